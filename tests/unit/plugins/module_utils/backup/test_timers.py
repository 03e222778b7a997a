# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, settings, timers, window
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result

ROOT = Path(__file__).parents[5]


@pytest.fixture
def erp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    metrics = str(tmp_path / "metrics")
    monkeypatch.setattr(timers.record, "recovered", functools.partial(record.recovered, metrics=metrics))
    monkeypatch.setattr(timers.record, "run", functools.partial(record.Run, metrics=metrics))
    monkeypatch.setattr(settings, "STATE", str(tmp_path))
    monkeypatch.setattr(timers, "PATIENCE", 0)
    texts = {one.name: "" for one in dataclasses.fields(settings.Settings) if one.type == "str"}
    return settings.Settings(**{**texts, "environment": "erp", "server": "pg", "port": 0, "repositories": ()})


def results(erp: settings.Settings) -> list[str]:
    return [entry["result"] for entry in record.read_runs(erp.state)]


def test_a_stopped_timer_is_told_of_once_and_at_its_end(erp: settings.Settings) -> None:
    timers.watch(erp, lambda _: [])
    assert results(erp) == []
    for _minute in range(3):
        timers.watch(erp, lambda _: ["ipai-backup-pair@erp.timer"])
    (entry,) = record.read_runs(erp.state)
    assert entry["kind"] == "timers" and "ipai-backup-pair@erp.timer" in entry["message"]
    timers.watch(erp, lambda _: [])
    timers.watch(erp, lambda _: [])
    assert results(erp) == [record.BAD, record.GOOD]


def test_a_timer_that_is_just_restarted_is_none(erp: settings.Settings) -> None:
    looks = iter([["ipai-backup-pair@erp.timer"], []])
    timers.watch(erp, lambda _: next(looks))
    assert results(erp) == []


@pytest.mark.parametrize(
    ("archive", "states", "idle"),
    [
        (False, ["active"] * 5, []),
        (False, ["active", "inactive", "active", "active", "failed"], ["ipai-backup-pass@erp", "ipai-backup-mend@erp"]),
        # Backups by hand only.
        (False, ["inactive"] * 5, []),
        (True, ["active"] * 6 + ["unknown"] + ["active"] * 3, ["ipai-archive-full@pg"]),
    ],
)
def test_which_are_stopped(
    erp: settings.Settings, monkeypatch: pytest.MonkeyPatch, archive: bool, states: list[str], idle: list[str]
) -> None:
    def answer(argv: t.Sequence[str], **_unused: t.Any) -> Result:
        assert len(argv) == 2 + len(states)
        return Result(tuple(argv), 3, "\n".join(states) + "\n", "")

    monkeypatch.setattr(timers, "run", answer)
    assert timers.stopped(dataclasses.replace(erp, archive=archive)) == [f"{unit}.timer" for unit in idle]


SHOWN = """\
Id=ipai-backup-pair@erp.timer
LoadState=loaded
ActiveState=active
NextElapseUSecRealtime=Sun 2026-11-22 02:05:31 UTC
LastTriggerUSec=Sat 2026-11-21 02:05:31 UTC

Id=ipai-backup-pair@erp.service
LoadState=loaded
ActiveState=activating

Id=ipai-backup-pass@erp.timer
LoadState=loaded
ActiveState=inactive
NextElapseUSecRealtime=n/a
LastTriggerUSec=

Id=ipai-backup-pass@erp.service
LoadState=loaded
ActiveState=failed

Id=ipai-backup-verify@erp.timer
LoadState=not-found
ActiveState=inactive
"""


def test_what_systemd_knows_of_timers(erp: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(argv: t.Sequence[str], *, env: t.Mapping[str, str], **_unused: t.Any) -> Result:
        assert env == {"TZ": "UTC"} and len(argv) == 3 + 2 * len(timers.ENVIRONMENT)
        return Result(tuple(argv), 0, SHOWN, "")

    monkeypatch.setattr(timers, "run", answer)
    found = timers.look(erp)
    assert list(found) == list(timers.ENVIRONMENT)
    went_off = window.seconds_of("2026-11-21T02:05:31Z")
    assert found["pair"] == timers.Timer(True, True, True, went_off, went_off + 86400)
    assert found["pass"] == timers.Timer(there=True)
    assert found["verify"] == found["drill"] == timers.Timer()
    assert [timer.goes_on for timer in found.values()] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("role", "name", "kinds"),
    [("backup", "__backup_runs", timers.ENVIRONMENT), ("postgres", "__postgres_archive_runs", timers.SERVER)],
)
def test_all_timers_of_the_roles_are_looked_after(role: str, name: str, kinds: tuple[str, ...]) -> None:
    text = (ROOT / "roles" / role / "vars" / "main.yml").read_text()
    block = re.split(rf"^{name}:\n", text, flags=re.M)[1]
    runs = yaml.safe_load(re.split(r"^(?=\S)", block, flags=re.M)[0])
    assert tuple(run["kind"] for run in runs) == kinds
