# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.commands import (
    FIND_MODULES,
    found_modules,
    shell_result,
    shell_script,
)
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError


def test_modules_of_an_image() -> None:
    listing = "/usr/lib/odoo/addons/crm/__manifest__.py\n/opt/ipai/addons/own/linked\n/__manifest__.py\n\n"
    assert {"crm", "linked"} <= found_modules(listing)
    assert "__manifest__.py" not in found_modules(listing)
    done = subprocess.run(["/bin/sh", "-n", "-c", FIND_MODULES], check=False, capture_output=True)
    assert done.returncode == 0


class Record:
    """Enough of Odoo's environment for the script."""

    def __init__(self, log: list[t.Any]) -> None:
        self.log = log
        self.cr = self
        self.registry = self
        self.ids = [7]
        self.codes: list[str] = []

    def __getitem__(self, name: str) -> Record:
        self.log.append(name)
        return self

    def with_context(self, **context: t.Any) -> Record:
        return self

    def sudo(self) -> Record:
        return self

    def search(self, domain: list[t.Any]) -> Record:
        self.codes = [code for code in domain[0][2] if code != "xx_XX"]
        return self

    def mapped(self, name: str) -> list[str]:
        return self.codes

    def create(self, values: dict[str, t.Any]) -> Record:
        self.log.append(values)
        return self

    def lang_install(self) -> None:
        self.log.append("lang_install")

    def ref(self, name: str) -> Record:
        self.log.append(name)
        return self

    def write(self, values: dict[str, t.Any]) -> None:
        self.log.append(values)

    def set_param(self, key: str, value: t.Any) -> None:
        self.log.append((key, value))

    def commit(self) -> None:
        self.log.append("commit")

    def signal_changes(self) -> None:
        self.log.append("signal")


def run_script(script: str) -> list[t.Any]:
    log: list[t.Any] = []
    exec(compile(script, "shell", "exec"), {"env": Record(log), "__name__": "__main__"})
    return log


def test_script(capsys: pytest.CaptureFixture[str]) -> None:
    password = 'it\'s "quoted"\\ and {odd!r} ü'
    script = shell_script(["de_DE"], {"a": "1", "b": None}, {"login": "admin", "password": password})
    log = run_script(script)
    assert {"lang_ids": [(6, 0, [7])], "overwrite": False} in log
    assert ("a", "1") in log
    assert ("b", False) in log
    assert {"login": "admin", "password": password} in log
    assert log[-2:] == ["commit", "signal"]
    output = capsys.readouterr().out
    assert password not in output
    assert shell_result("noise\n" + output) == {
        "languages": ["de_DE"],
        "parameters": ["a", "b"],
        "administrator": True,
    }


def test_script_with_unknown_language() -> None:
    with pytest.raises(SystemExit, match="xx_XX"):
        run_script(shell_script(["xx_XX"], {}, None))


def test_shell_without_result() -> None:
    with pytest.raises(OdooError, match="without a result"):
        shell_result("something else\n")
