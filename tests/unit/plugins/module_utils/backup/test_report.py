# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    record,
    record_commands,
    report,
    report_page,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Repository, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.timers import ENVIRONMENT, Timer

NOW = window.seconds_of("2026-11-21T12:00:00Z")
DISK, SPACES = Repository("disk", "/srv/backup"), Repository("spaces", "", "s3.lab.test")
ERP = Settings(
    **dict.fromkeys(("directory", "host", "database", "user", "password_file", "sslmode", "restart", "key_file"), ""),
    environment="erp",
    server="pg",
    port=5432,
    container="erp-odoo",
    repositories=(DISK, SPACES),
    webhook_file="/hook",
)
EVIL = '<script>alert("x")</script>'


def entry(kind: str, hours: float, result: str = record.GOOD, message: str = "", **details: t.Any) -> record.Entry:
    """A run that ended so many hours ago."""
    end = record.stamp(NOW - hours * 3600)
    return {
        "kind": kind,
        "host": "erp",
        "start": end,
        "end": end,
        "seconds": 7.5,
        "result": result,
        "message": message,
        "details": details,
    }


def backup(identifier: str, at: str, **more: t.Any) -> dict[str, t.Any]:
    return {
        "id": identifier,
        "kind": "scheduled",
        "label": "",
        "reason": "",
        "at": at,
        "finished": at,
        "seconds": 75.0,
        "bytes": {"database": 40894464, "filestore": 1089123},
        "stored_bytes": {"database": 312880, "filestore": 0},
        "files": 812,
        "missing": [],
        "odoo_version": "19.0.1.3",
        "postgres_version": "17.6",
        "repositories": ["disk", "spaces"],
        "verified": {},
        "damaged": False,
        **more,
    }


def clock(triggered: float | None = 0.2, due: float | None = 5, **more: t.Any) -> Timer:
    """A timer that went off so many hours ago, and will in so many."""
    then, later = (None if triggered is None else NOW - triggered * 3600), (None if due is None else NOW + due * 3600)
    return Timer(**{"there": True, "active": True, "triggered": then, "due": later, **more})


def gathered(
    runs: t.Sequence[record.Entry],
    timers: t.Mapping[str, Timer] | None = None,
    settings: Settings | None = None,
    **listing: t.Any,
) -> dict[str, t.Any]:
    status: record.Status = {}
    for one in runs:
        status = record.advance(status, one)
    backups = [backup("20261121T020000Z-0001", "2026-11-21T02:00:00Z")]
    found = {"backups": backups, "window": [], "passes": {}, "problems": {}, **listing}
    clocks = {**dict.fromkeys(ENVIRONMENT, clock()), **(timers or {})}
    return report.build(settings or ERP, "odoo-1", NOW, found, status, runs, clocks)


def states(found: dict[str, t.Any]) -> dict[str, str]:
    return {kind["kind"]: kind["state"] for kind in found["kinds"]}


def test_all_is_well() -> None:
    runs = [entry("pass", 0.1), entry("pair", 10), entry("verify", 7), entry("drill", 100, id="20261121T020000Z-0001")]
    found = gathered(runs)
    assert found["attention"] == found["unproven"] == found["notices"] == []
    assert states(found) == dict.fromkeys(("pair", "pass", "verify", "drill", "mend"), "ok"), "in their names' order"
    assert "All is well" in report_page.page(found)


def test_a_new_droplet_is_neither_broken_nor_proven() -> None:
    timers = {"pair": clock(None, None, running=True), "drill": clock(30, 13), "verify": clock(30, 17)}
    found = gathered([entry("pass", 0.1)], timers, backups=[])
    assert found["attention"] == []
    assert found["unproven"] == [
        "There is no backup yet; a run is at work now.",
        "No backup has been restored in a drill yet; the next run is at 2026-11-22T01:00:00Z.",
    ]
    assert states(found) == {"pair": "never", "pass": "ok", "verify": "never", "drill": "never", "mend": "ok"}
    page = report_page.page(found)
    assert "All is well" not in page and "not all is proven yet" in page and "needs attention" not in page
    assert "Next: 2026-11-22 13:00" in page, "of the verification, which has never run"


@pytest.mark.parametrize("kind", ["pair", "pass", "verify", "drill"])
def test_what_its_timer_has_started_and_is_not_heard_of_is_late(kind: str) -> None:
    runs = [entry("drill", 400), entry(kind, 300)]
    found = gathered(runs, {"drill": clock(500), kind: clock(2)})
    assert states(found)[kind] == "late" and len(found["attention"]) == 1
    assert "is late: it was started at 2026-11-21T10:00:00Z" in found["attention"][0]
    for timer in (clock(2, running=True), clock(0.5), clock(301)):
        assert gathered(runs, {"drill": clock(500), kind: timer})["attention"] == [], "at work, just begun, or not due"


def test_a_rare_schedule_is_not_late() -> None:
    """A month between two backups, and between two drills."""
    runs, monthly = [entry("pair", 600), entry("drill", 600), entry("mend", 600)], clock(600.2, 120)
    assert gathered(runs, {"pair": monthly, "drill": monthly})["attention"] == []


@pytest.mark.parametrize("timer", [clock(due=None), clock(active=False), Timer()])
def test_what_nothing_starts_any_more_is_stopped(timer: Timer) -> None:
    timers = entry("timers", 1, record.BAD, "stopped, switched off or masked: ipai-backup-pair@erp.timer")
    found = gathered([entry("pair", 10), entry("drill", 10), timers], {"pair": timer})
    assert states(found)["pair"] == "stopped"
    assert len(found["attention"]) == 1 and "does not run by itself any more" in found["attention"][0]


def test_backups_that_are_off_are_not_missed() -> None:
    off = dict.fromkeys(ENVIRONMENT, Timer())
    runs = [entry("pair", 900, record.BAD, "no space"), entry("archive-full", 10)]
    found = gathered(runs, {**off, "archive-full": clock(10.1)}, dataclasses.replace(ERP, repositories=()), backups=[])
    assert found["off"] and found["attention"] == found["unproven"] == found["notices"] == []
    assert states(found) == {"pair": "off", "archive-full": "ok"}
    page = report_page.page(found)
    assert "Backups are off (odoo_backup)." in page and "needs attention" not in page and "All is well" not in page
    found = gathered([entry("archive-full", 1, record.BAD, "no space")], off)
    assert report.headline(found) == "1 thing needs attention. Backups are off (odoo_backup)."


def test_backups_that_have_vanished_are_missed() -> None:
    assert gathered([entry("pair", 10), entry("drill", 10)], backups=[])["attention"] == ["There is no backup."]


@pytest.mark.parametrize(
    ("repositories", "webhook", "said"),
    [
        ((DISK,), "/hook", ["off the droplet"]),
        ((DISK, dataclasses.replace(DISK, name="second")), "/hook", ["off the droplet"]),
        ((SPACES,), "/hook", ["in one place, spaces"]),
        ((DISK,), "", ["off the droplet", "Nobody is told"]),
    ],
)
def test_what_could_be_better_is_no_alarm(repositories: tuple[Repository, ...], webhook: str, said: list[str]) -> None:
    settings = dataclasses.replace(ERP, repositories=repositories, webhook_file=webhook)
    found = gathered([entry("pair", 10), entry("drill", 10)], settings=settings)
    assert report.headline(found) == "All is well."
    assert [part for part, one in zip(said, found["notices"], strict=True) if part in one] == said
    assert all(one in report_page.page(found) for one in found["notices"])


def test_what_fails_comes_first() -> None:
    found = gathered([entry("pair", 10), entry("pair", 2, record.BAD, EVIL), entry("pair", 1, record.BAD, EVIL)])
    assert states(found)["pair"] == "failing"
    assert "2 times in a row" in found["attention"][0] and EVIL in found["attention"][0]
    assert [one["end"] for one in found["failures"]] == ["2026-11-21T11:00:00Z", "2026-11-21T10:00:00Z"]


def test_a_restore_by_hand_that_failed_needs_no_attention() -> None:
    assert gathered([entry("restore", 1, record.BAD, "no space")])["attention"] == []


def test_a_repository_that_cannot_be_asked_needs_attention() -> None:
    found = gathered([entry("pair", 10)], backups=[], problems={"spaces": "no answer"})
    assert found["attention"] == ["The repository spaces cannot be asked: no answer", "There is no backup."]
    page = report_page.page(found)
    assert "2 things need attention" in page and "No backup has been restored in a drill yet" in page


def test_the_page_shows_text_as_text_and_needs_nothing_else() -> None:
    evil = backup(
        EVIL, "2026-11-21T02:00:00Z", label=EVIL, reason=EVIL, kind=EVIL, repositories=[EVIL], missing=["a/b"]
    )
    failed = entry("drill", 3, record.BAD, EVIL, id=EVIL)
    unknown = entry(EVIL, 2, record.BAD, EVIL)
    found = gathered([failed, unknown], backups=[evil], problems={EVIL: EVIL})
    page = report_page.page(found | {"host": EVIL, "machine": EVIL})
    assert "<script" not in page and page.count("&lt;script&gt;") > 10
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "1 missing already then" in page


def test_all_times_are_of_the_zone_that_was_asked_for() -> None:
    spans = [{"start": "2026-11-14T02:00:00Z", "end": "2026-11-21T11:50:00Z"}]
    drill = entry("drill", 5, id="x", rto_seconds=161.0, rpo_seconds=31.0)
    failed = entry("pair", 3, record.BAD, "skipped each time since 2026-11-21T08:00:00Z")
    proven = backup("x", "2026-11-21T02:00:00Z", verified={"at": "2026-11-21T07:00:00Z", "how": "drill"})
    page = report_page.page(gathered([drill, failed], window=spans, backups=[proven]))
    for shown in (
        "2026-11-14T10:00:00+08:00",
        "restore_target_time=2026-11-21T19:50:00+08:00",
        "<code>2026-11-21T10:00:00+08:00</code>",
        "skipped each time since 2026-11-21T16:00:00+08:00",
        'drill, <span class="time">2026-11-21 15:00</span>',
        "2 min 41 s",
        "31.0 s",
        "39.0 MiB",
    ):
        assert shown in page
    assert not re.search(r"\d\dZ", page)


def test_the_program_says_it_in_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = gathered([entry("pass", 0.1)], {"pair": clock(None, 2)}, backups=[])
    monkeypatch.setattr(record_commands.settings, "load", lambda _host: ERP)
    monkeypatch.setattr(record_commands.settings, "STATE", str(tmp_path))
    monkeypatch.setattr(record_commands, "gather", lambda *_: found)
    record_commands.COMMANDS["report"]("erp", [])
    assert capsys.readouterr().out.splitlines()[:2] == [
        "Nothing is wrong, but not all is proven yet.",
        "There is no backup yet; the next run is at 2026-11-21T22:00:00+08:00.",
    ]
    assert (tmp_path / "erp" / "report.html").read_text() == report_page.page(found)
    assert json.loads((tmp_path / "erp" / "report.json").read_text()) == found
