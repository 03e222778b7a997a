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

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _postgres, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
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


def test_check_make_check_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    planned = call(capsys, world, check=True)
    assert planned["changed"]
    assert planned["initialised"]
    assert world.log == []
    made = call(capsys, world)
    assert made["diff"] == planned["diff"]
    assert made["installed"] == ["base", "crm"]
    assert made["administrator"]
    assert world.log == ["install", "shell"]
    for check in (True, False):
        again = call(capsys, world, check=check)
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"] == {}
    assert world.log == ["install", "shell"]


def test_one_at_a_time(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with _lock.hold(_lock.environment("erp")):
        result = call(capsys, world, timeout=0)
        assert result["failed"] and "another run has had it" in result["msg"] and world.log == []
        # Nothing is changed: nobody to wait for.
        assert "failed" not in call(capsys, world, check=True, timeout=0)
    assert call(capsys, world)["changed"]


def test_only_a_given_password_is_set_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    (world.tmp_path / "admin").write_text(PASSWORD + "x")
    changed = call(capsys, world)
    assert changed["administrator"]
    assert world.log == ["install", "shell", "shell"]
    assert not call(capsys, world)["changed"]
    # Another database behind the same name has not got it.
    assert world.state is not None
    world.state = dataclasses.replace(world.state, uuid="other")
    assert call(capsys, world)["administrator"]


def test_odoo_rests_while_modules_are_installed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    assert call(capsys, world, modules=["crm", "sale"])["installed"] == ["sale"]
    assert world.log == ["stop", "install", "start"]


def test_old_release_stays_stopped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")
    assert world.log == ["stop", "install"]


def test_failure_leaves_odoo_serving(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    result = call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")
    assert result["failed"]
    assert "Traceback" in result["msg"]
    assert world.serving
    assert world.policy == "unless-stopped"


def test_module_of_another_series_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said = (
        "2026-11-21 05:04:27,589 7 CRITICAL erp odoo.service.server: Failed to initialize database `erp`.\n"
        "ValueError: Invalid version '19.0.1.0.0'. Modules should have a version in format `x.y`, `x.y.z`, `18.0.x.y`"
        " or `18.0.x.y.z`.\n\nThe above exception was the direct cause of the following exception:\n\n"
        "ValueError: Module ipai_demo: invalid manifest\n"
    )
    world.broken = CommandError(["odoo"], 255, "", said)
    result = call(capsys, world)
    assert result["failed"]
    assert result["msg"].startswith(
        "module ipai_demo has version 19.0.1.0.0, which this series of Odoo does not accept"
    )
    assert "odoo_addon_repositories" in result["msg"]
    assert "Traceback" not in result["msg"]


def test_task_that_takes_too_long_is_ended_first(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()

    def slow(*arguments: t.Any, **options: t.Any) -> t.NoReturn:
        world.leftover = True
        raise CommandError(["odoo"], 124, reason="no end after 1 seconds")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_stack, "compose_run", slow)
        assert call(capsys, world, modules=["crm", "sale"])["failed"]
    assert world.log == ["stop", "stop task", "start"]


@pytest.mark.parametrize("broken", ["nothing happens", "shell fails", "shell says nothing", "database goes away"])
def test_whatever_fails_later_leaves_odoo_serving(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The new release is not there yet: what was stopped for it has to serve on."""
    call(capsys, world)
    world.serving = True
    world.log.clear()
    install = world.compose_run

    def run(directory: str, project: str, service: str, command: list[str], **options: t.Any) -> Result:
        if broken == "nothing happens":
            return Result(("odoo",), 0, "", "")
        if command[1] != "shell":
            result = install(directory, project, service, command, **options)
            if broken == "database goes away":
                world.state = None
            return result
        if broken == "shell fails":
            raise CommandError(command, 1, "", "Traceback")
        return Result(("odoo",), 0, "", "")

    monkeypatch.setattr(_stack, "compose_run", run)
    options = {"modules": ["crm", "sale"], "languages": ["en_US", "de_DE"], "image": "ipai/erp:2"}
    assert call(capsys, world, **options)["failed"]
    assert world.log in (["stop", "start"], ["stop", "install", "start"])
    assert world.serving
    assert world.policy == "unless-stopped"


def test_odoo_that_does_not_start_again_is_told(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call(capsys, world)
    world.serving = True
    world.broken = CommandError(["odoo"], 255, "", "Traceback")

    def start(name: str) -> None:
        raise CommandError(["docker", "start", name], 1, "", "no space left")

    monkeypatch.setattr(_stack, "container_start", start)
    result = call(capsys, world, modules=["crm", "sale"])
    assert "Traceback" in result["msg"]
    assert "no space left" in result["msg"]


def test_typo_stops_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    result = call(capsys, world, modules=["crm", "sale", "sael"], image="ipai/erp:2")
    assert result["failed"]
    assert "does not find the modules sael:" in result["msg"]
    assert world.log == []
    # One that was uploaded in Odoo is in the data directory.
    (world.tmp_path / "data" / "addons" / "19.0" / "sael").mkdir(parents=True)
    assert call(capsys, world, modules=["crm", "sale", "sael"], image="ipai/erp:2")["installed"] == ["sale", "sael"]


def test_killed_between_stop_and_start(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine starts it when the machine does; should the next run fail without that, it does so itself."""
    call(capsys, world)
    world.serving = True
    world.broken = KeyboardInterrupt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeper.Keeper, "rescue", lambda self, reason: None)
        with pytest.raises(KeyboardInterrupt):
            call(capsys, world, modules=["crm", "sale"])
    assert not world.serving
    assert world.policy == "always"
    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    assert call(capsys, world, modules=["crm", "sale"])["failed"]
    assert world.serving
    assert world.policy == "unless-stopped", "as if nothing had happened"
    # Nor when there is nothing left to do for the next run.
    world.broken = None
    call(capsys, world, modules=["crm", "sale"])
    world.serving, world.policy = False, "always"
    result = call(capsys, world, modules=["crm", "sale"])
    assert result["changed"]
    assert (world.serving, world.policy) == (True, "unless-stopped")
    assert not call(capsys, world, modules=["crm", "sale"])["changed"]
    # One of another release gets a successor.
    world.serving, world.policy = False, "always"
    assert not call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")["changed"]
    assert not world.serving
    assert call(capsys, world, modules=["crm", "sael"])["failed"]
    assert world.serving


def test_what_a_person_has_marked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Odoo would carry it out with the next installation: an uninstallation that nobody has confirmed."""
    call(capsys, world)
    assert world.state is not None
    marked = {**world.state.modules, "stock": "to remove", "crm": "to upgrade"}
    world.state = dataclasses.replace(world.state, modules=marked)
    world.serving = True
    world.log.clear()
    for check in (True, False):
        assert not call(capsys, world, check=check)["changed"]
        result = call(capsys, world, check=check, modules=["crm", "sale"])
        assert result["failed"]
        assert "crm (to upgrade), stock (to remove)" in result["msg"]
    assert world.log == []
    assert call(capsys, world, parameters={"a": "b"})["parameters"] == ["a"]
    assert world.log == ["shell"]


def test_container_of_somebody_else(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leftover = True
    container = world.container

    def foreign(name: str) -> dict[str, t.Any] | None:
        document = container(name)
        if document and name == "erp-task":
            document["Config"]["Labels"]["com.docker.compose.project"] = "erp-task"
        return document

    monkeypatch.setattr(_stack, "container", foreign)
    result = call(capsys, world)
    assert result["failed"]
    assert "erp-task" in result["msg"]
    assert world.leftover


def test_interrupted_run_is_finished(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.state = State(begun=True, modules={"base": "installed", "crm": "to install", "mail": "to install"})
    result = call(capsys, world)
    assert result["initialised"]
    assert result["resumed"] == ["mail"]
    assert world.state.modules["crm"] == "installed"
    assert not call(capsys, world)["changed"]


def test_unknown_module(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    call(capsys, world)
    monkeypatch.setattr(_stack, "compose_run", lambda *arguments, **options: Result(("odoo",), 0, "", ""))
    result = call(capsys, world, modules=["crm", "nowhere"])
    assert result["failed"]
    assert "nowhere" in result["msg"]


def test_database_that_does_not_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    known = world.state
    world.state = None
    assert call(capsys, world, check=True)["initialised"]
    result = call(capsys, world)
    assert result["failed"]
    assert result["msg"] == "nobody there"
    # A database that was there once is not taken for one that will be made.
    world.state = known
    call(capsys, world)
    world.state = None
    assert call(capsys, world, check=True)["msg"] == "nobody there"


def test_data_changes_hands_while_odoo_rests(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base image of the new release has another user of Odoo."""
    data = world.tmp_path / "data"
    data.mkdir()
    former = (os.stat(data).st_uid, os.stat(data).st_gid)
    owners = [former]

    def give(path: str, uid: int, gid: int) -> None:
        assert path == str(data) and not world.serving
        owners.append((uid, gid))

    monkeypatch.setattr(keeper, "give", give)
    monkeypatch.setattr(keeper, "given", lambda path, uid, gid: owners[-1] == (uid, gid))
    call(capsys, world)
    world.serving = True
    release: dict[str, t.Any] = {"modules": ["crm", "sale"], "image": "ipai/erp:2", "uid": 4711, "gid": 4712}
    assert call(capsys, world, check=True, **release)["changed"]
    assert owners == [former]

    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    assert call(capsys, world, **release)["failed"]
    assert world.serving
    assert owners == [former, (4711, 4712), former], "the former release has its data again"

    world.broken = None
    assert call(capsys, world, **release)["changed"]
    assert owners[-1] == (4711, 4712) and not world.serving, "its successor takes over"
    assert not call(capsys, world, **release)["changed"]
