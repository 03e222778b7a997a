# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filestores change their names as their databases did, from wherever a killed run has stopped."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import publish
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result

JOURNAL = publish.Journal("erp", "erp-restored-1", "erp-before-1", oid=2, ticket="t", replaced=1, serving=True)


@pytest.fixture
def settings(plain: Settings) -> Settings:
    Path(plain.filestores).mkdir(parents=True)
    return plain


def fill(settings: Settings, **stores: str) -> None:
    for name, word in stores.items():
        folder = Path(settings.filestores, name.replace("_", "-"))
        folder.mkdir()
        (folder / "word").write_text(word)
        if word == "restored":
            (folder / publish.MARKER).write_text(JOURNAL.ticket)


def found(settings: Settings) -> dict[str, str]:
    return {folder.name: (folder / "word").read_text() for folder in Path(settings.filestores).iterdir()}


WANTED = {"erp": "restored", "erp-before-1": "former"}


def test_filestores_change_places(settings: Settings) -> None:
    fill(settings, erp="former", erp_restored_1="restored")
    publish.move_files(settings, JOURNAL)
    assert found(settings) == WANTED


def test_killed_between_the_two_steps(settings: Settings) -> None:
    fill(settings, erp="restored", erp_restored_1="former")
    publish.move_files(settings, JOURNAL)
    assert found(settings) == WANTED


def test_done_is_done(settings: Settings) -> None:
    fill(settings, erp="restored", erp_before_1="former")
    Path(settings.filestores, "erp", publish.MARKER).unlink()
    publish.move_files(settings, JOURNAL)
    assert found(settings) == WANTED


def test_marker_of_another_run_means_nothing(settings: Settings) -> None:
    fill(settings, erp="former", erp_restored_1="restored")
    Path(settings.filestores, "erp", publish.MARKER).write_text("another")
    publish.move_files(settings, JOURNAL)
    assert found(settings) == WANTED


def test_nothing_is_live(settings: Settings) -> None:
    fill(settings, erp_restored_1="restored")
    publish.move_files(settings, JOURNAL)
    assert found(settings) == {"erp": "restored"}


def test_nothing_is_overwritten(settings: Settings) -> None:
    fill(settings, erp="restored", erp_restored_1="former", erp_before_1="older")
    with pytest.raises(FileExistsError):
        publish.move_files(settings, JOURNAL)
    assert found(settings)["erp-before-1"] == "older"


def test_only_its_own_sessions_are_ended() -> None:
    """Another environment of the same server may be publishing just now."""
    told: list[str] = []

    class Fake(Server):
        def execute(self, database: str, sql: str, *, timeout: float = 0, **variables: str) -> Result:
            told.append(variables["application"])
            return Result(("psql",), 0, "", "")

    first = dataclasses.replace(JOURNAL, replaced=0)
    publish.swap(Fake("pg"), first, "erp")
    publish._fence(Fake("pg"), first)
    publish._fence(Fake("pg"), dataclasses.replace(first, ticket="another"))
    assert told[0] == told[1] != told[2]


def test_without_a_journal_there_is_nothing_to_mend(settings: Settings) -> None:
    assert publish.mend(settings) == ""
    assert publish.mend_held(settings) == ""


def test_journal_is_read_as_it_was_written(settings: Settings) -> None:
    Path(settings.home).mkdir()
    Path(settings.home, publish.JOURNAL).write_text(json.dumps(dataclasses.asdict(JOURNAL)))
    assert publish.read(settings) == JOURNAL


@pytest.mark.parametrize(
    ("status", "policy", "steps"),
    [
        ("exited", "no", ["stop", "start"]),
        # Docker is still stopping it for a run that was killed meanwhile.
        ("running", "no", ["stop", "start"]),
        ("running", "unless-stopped", []),
        ("exited", "unless-stopped", ["start"]),
    ],
)
def test_odoo_runs_whatever_a_killed_run_has_begun(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, status: str, policy: str, steps: list[str]
) -> None:
    done: list[str] = []
    document = {"State": {"Status": status}, "HostConfig": {"RestartPolicy": {"Name": policy}}}
    monkeypatch.setattr(publish._stack, "container", lambda _name: document)
    monkeypatch.setattr(publish._stack, "container_stop", lambda _name: done.append("stop"))
    monkeypatch.setattr(publish._stack, "container_start", lambda _name: done.append("start"))
    monkeypatch.setattr(publish._stack, "container_restart_policy", lambda _name, wanted: done.append(wanted))
    publish._wake(settings)
    assert done == [*steps, "unless-stopped"]
