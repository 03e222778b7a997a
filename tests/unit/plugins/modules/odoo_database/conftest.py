# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils import _postgres, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.module_utils._odoo import administrator, commands, keeper
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import State, Wanted
from ansible_collections.ipai.odoo.plugins.modules import odoo_database

PASSWORD = "tq7-Vd9x.Lm2Zr"
PARAMETERS = {"web.base.url": "https://erp.example.com", "web.base.url.freeze": True}


class World:
    """A droplet with a database and an Odoo that does as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.state: State | None = State()
        self.serving = False
        self.log: list[str] = []
        self.broken: BaseException | None = None
        self.policy = "unless-stopped"
        self.image: str = "/usr/lib/python3/dist-packages/odoo/addons/sale/__manifest__.py\n"
        self.leftover = False
        self.tmp_path = tmp_path
        (tmp_path / "admin").write_text(PASSWORD)
        access = Access(os.getuid(), os.getgid(), 0o600)
        monkeypatch.setattr(administrator, "STATE_ACCESS", access)
        monkeypatch.setattr(_postgres, "HAS_PSYCOPG2", True)
        monkeypatch.setattr(_postgres, "reader", lambda database: contextlib.nullcontext(None))
        monkeypatch.setattr(keeper, "read_state", self.read_state)
        for name in (
            "container",
            "container_stop",
            "container_start",
            "container_finish",
            "container_restart_policy",
            "compose_run",
            "image_run",
        ):
            monkeypatch.setattr(_stack, name, getattr(self, name))

    def read_state(self, reader: object, wanted: Wanted) -> State:
        if self.state is None:
            raise _postgres.Unreachable("nobody there")
        return self.state

    def container(self, name: str) -> dict[str, t.Any] | None:
        if name == "erp-task":
            labels = {"com.docker.compose.project": "erp"}
            return {"State": {"Status": "running"}, "Config": {"Labels": labels}} if self.leftover else None
        return {
            "State": {"Status": "running" if self.serving else "exited"},
            "Config": {"Image": "ipai/erp:1"},
            "HostConfig": {"RestartPolicy": {"Name": self.policy}},
        }

    def container_stop(self, name: str) -> None:
        if name == "erp-task":
            self.log.append("stop task")
            return
        # What a machine that restarts from now on does.
        assert self.policy != "unless-stopped"
        self.serving = False
        self.log.append("stop")

    def container_start(self, name: str) -> None:
        assert not self.leftover
        self.serving = True
        self.log.append("start")

    def container_restart_policy(self, name: str, policy: str) -> None:
        self.policy = policy

    def container_finish(self, name: str, timeout: float) -> bool:
        self.leftover = False
        return True

    def image_run(self, name: str, script: str) -> str:
        return self.image

    def compose_run(
        self, directory: str, project: str, service: str, command: list[str], *, stdin: str | None, **options: t.Any
    ) -> Result:
        assert PASSWORD not in json.dumps(list(command))
        assert self.state is not None
        for error in (self.broken,) if self.broken else ():
            raise error
        if command[1] == "shell":
            self.log.append("shell")
            assert stdin is not None
            line = next(line for line in stdin.splitlines() if "json.loads(" in line)
            payload = json.loads(eval(line.split("json.loads(", 1)[1].rsplit(")))", 1)[0]))
            parameters = {**self.state.parameters, **payload["parameters"]}
            self.state = dataclasses.replace(
                self.state,
                parameters={key: value for key, value in parameters.items() if value is not None},
                languages=self.state.languages | set(payload["languages"]),
            )
            return Result(tuple(command), 0, commands.MARK + "{}\n", "")
        self.log.append("install")
        names = next(part for part in command if part.startswith("--init=")).split("=")[1].split(",")
        marked = [name for name in self.state.modules if self.state.modules[name] == "to install"]
        self.state = dataclasses.replace(
            self.state,
            begun=True,
            initialised=True,
            uuid="u",
            languages=self.state.languages | {"en_US"},
            modules={**self.state.modules, "base": "installed", **dict.fromkeys([*names, *marked], "installed")},
        )
        return Result(tuple(command), 0, "", "")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(monkeypatch, tmp_path)


def call(capsys: pytest.CaptureFixture[str], world: World, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
    arguments = {
        "environment": "erp",
        "directory": str(world.tmp_path),
        "host": "10.202.0.2",
        "password_file": str(world.tmp_path / "db"),
        "admin_password_file": str(world.tmp_path / "admin"),
        "admin_state_file": str(world.tmp_path / "admin_state"),
        "modules": ["crm"],
        "parameters": PARAMETERS,
        "image": "ipai/erp:1",
        "_ansible_check_mode": check,
        "_ansible_diff": True,
        **params,
    }
    with patch_module_args(arguments), pytest.raises(SystemExit):
        odoo_database.main()
    output = capsys.readouterr().out
    assert PASSWORD not in output
    return t.cast("dict[str, t.Any]", json.loads(output))
