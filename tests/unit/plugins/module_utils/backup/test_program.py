# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program is what the module has imported, and runs without Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _program, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._backup import main

ME = {"owner": str(os.getuid()), "group": str(os.getgid())}


def wanted(tmp_path: Path) -> list[_tree.Wanted]:
    found = _program.wanted(_program.sources(), str(tmp_path / "lib"), str(tmp_path / "sbin" / "program"))
    return [replace(item, **ME) for item in found]


def put(tmp_path: Path) -> list[_tree.Change]:
    changes = _tree.plan(wanted(tmp_path))
    for change in changes:
        _tree.put(change)
    return changes


def test_written_once_and_strangers_removed(tmp_path: Path) -> None:
    assert put(tmp_path) and not put(tmp_path)
    stranger = tmp_path / "lib" / "ansible_collections/ipai/odoo/plugins/module_utils/_backup/former.py"
    stranger.touch()
    assert [change.path for change in put(tmp_path)] == [str(stranger)]


def test_runs_without_ansible(tmp_path: Path) -> None:
    put(tmp_path)
    # -S: no packages but Python's own, and so no Ansible.
    argv = [sys.executable, "-I", "-S", str(tmp_path / "sbin" / "program")]
    for words, code in (([], 2), (["pair"], 2), (["nothing", "erp"], 2), (["--help"], 0)):
        done = subprocess.run([*argv, *words], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stdout if code else done.stderr) == (code, ""), done.stderr
        assert done.stdout + done.stderr == main.usage()


def test_the_help_has_a_line_for_each_command() -> None:
    for name, command in main.COMMANDS.items():
        first = (command.__doc__ or "").splitlines()[0]
        assert first.endswith(".") and f"  {name} " in main.usage() and first in main.usage(), name
    assert all(len(line) <= 130 for line in main.usage().splitlines())


def test_says_what_failed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(host: str, words: object) -> None:
        raise OSError(f"{host} {words}")

    monkeypatch.setitem(main.COMMANDS, "fail", fail)  # type: ignore[arg-type]
    assert main.main(["fail", "erp", "now"]) == 1
    assert capsys.readouterr().err == "fail erp: erp ['now']\n"


@pytest.mark.parametrize("journal", [True, False])
def test_the_journal_is_told_that_it_is_an_error(tmp_path: Path, journal: bool) -> None:
    put(tmp_path)
    argv = [sys.executable, "-I", "-S", str(tmp_path / "sbin" / "program"), "archive", "erp", "first\nsecond"]
    with (tmp_path / "stderr").open("wb") as stream:
        found = os.fstat(stream.fileno())
        variables = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + (not journal)}"}
        subprocess.run(argv, check=False, stderr=stream, env=variables)
    lines = (tmp_path / "stderr").read_text().splitlines()
    assert lines and [line.startswith("<3>") for line in lines] == [journal] * len(lines)
