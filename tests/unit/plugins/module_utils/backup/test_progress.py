# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one sees how a long run goes on."""

from __future__ import annotations

import syslog
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import pair_commands

MODULES = Path(__file__).resolve().parents[5] / "plugins" / "modules"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the journal is told, and by whom."""
    names, told = [""], list[tuple[str, str]]()
    monkeypatch.setattr(syslog, "openlog", lambda name, **_: names.append(name))
    monkeypatch.setattr(syslog, "syslog", lambda _level, text: told.append((names[-1], text)))
    return told


def test_the_program_tells_the_journal_once(
    told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A playbook keeps its standard output; of what a timer runs, the journal has that."""
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    pair_commands.say("database restored")
    monkeypatch.setenv("JOURNAL_STREAM", "9:1234")
    pair_commands.say("files follow")
    assert told == [("ipai-odoo-backup", "database restored")]
    assert capsys.readouterr().out == "database restored\nfiles follow\n"


@pytest.mark.parametrize("name", ["odoo_backup", "odoo_recover", "odoo_restore"])
def test_modules_tell_it_by_the_same_name(name: str) -> None:
    text = (MODULES / f"{name}.py").read_text(encoding="utf-8")
    assert "progress.journal" in text and "module.log" not in text
