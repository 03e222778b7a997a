# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module droplet_packages on a machine that keeps its state."""

from __future__ import annotations

import json
import typing as t
from functools import partial
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _packages
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result
from ansible_collections.ipai.odoo.plugins.modules import droplet_packages


class Machine:
    """dpkg and apt, in memory: the second letter of a status says how far a package is."""

    def __init__(self) -> None:
        self.status = {"chrony": "ii "}
        #: What somebody else brings to its end while this machine's lock is waited for.
        self.others: set[str] = set()
        self.changes: list[str] = []

    def run(self, argv: t.Sequence[str], **unused: t.Any) -> Result:
        said = ""
        if argv[0] == "dpkg-query":
            said = "".join(f"{status}|{name}\n" for name, status in self.status.items())
        elif argv[0] == "dpkg":
            self.changes.append("configure")
            self.status.update(dict.fromkeys(self.others, "ii "))
            for name in [name for name, status in self.status.items() if status != "ii "]:
                self.status[name] = "ii "
                said += f"Setting up {name} (1.0) ...\n"
        elif "install" in argv:
            names = argv[argv.index("install") + 1 :]
            self.changes.append(" ".join(["install", *names]))
            self.status.update(dict.fromkeys(names, "ii "))
        else:
            assert argv[-1] == "update"
            self.changes.append("update")
        return Result(tuple(argv), 0, said, "")


Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture(name="machine")
def fixture_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    machine = Machine()
    monkeypatch.setattr(_command, "run", machine.run)
    monkeypatch.setattr(_packages, "Packages", partial(_packages.Packages, updates=str(tmp_path)))
    return machine


@pytest.fixture(name="call")
def fixture_call(capsys: pytest.CaptureFixture[str], machine: Machine) -> Call:
    def call(*names: str, check: bool = False) -> dict[str, t.Any]:
        before = list(machine.changes)
        with (
            patch_module_args({"name": list(names), "_ansible_check_mode": check}),
            pytest.raises(SystemExit),
        ):
            droplet_packages.main()
        assert not check or machine.changes == before
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


def test_check_install_check_again(call: Call, machine: Machine) -> None:
    asked = ("nginx", "systemd-timesyncd | chrony")
    planned = call(*asked, check=True)
    made = call(*asked)
    assert planned == made and made["changed"]
    assert made["missing"] == ["nginx"] and made["present"] == ["chrony"]
    assert machine.changes == ["update", "install nginx"]
    for check in (True, False):
        again = call(*asked, check=check)
        assert not again["changed"] and again["missing"] == [] and again["present"] == ["nginx", "chrony"]
    assert machine.changes == ["update", "install nginx"]


@pytest.mark.parametrize("status", ["iU ", "iFR", "it "])
def test_what_is_unfinished_is_no_concern_while_nothing_is_missing(status: str, call: Call, machine: Machine) -> None:
    machine.status["third-party"] = status
    for check in (True, False):
        result = call("chrony", check=check)
        assert not result["changed"] and not result["finished"]
    assert machine.changes == []


def test_a_cut_off_installation_is_finished(call: Call, machine: Machine) -> None:
    machine.status["nginx"] = "iU "
    assert call("nginx", "openssl", check=True)["missing"] == ["nginx", "openssl"]
    made = call("nginx", "openssl")
    assert made["changed"] and made["finished"] and made["missing"] == ["openssl"]
    assert machine.changes == ["configure", "update", "install openssl"]
    for check in (True, False):
        assert not call("nginx", "openssl", check=check)["changed"]


def test_what_others_finish_is_no_change(call: Call, machine: Machine) -> None:
    machine.status["nginx"] = "iU "
    machine.others = {"nginx"}
    result = call("nginx")
    assert not result["changed"] and not result["finished"] and result["missing"] == []
    assert machine.changes == ["configure"]
