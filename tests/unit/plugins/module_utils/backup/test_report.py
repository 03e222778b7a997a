# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, report, report_page, window

NOW = window.seconds_of("2026-11-21T12:00:00Z")
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


def built(runs: t.Sequence[record.Entry], **listing: t.Any) -> dict[str, t.Any]:
    status: record.Status = {}
    for one in runs:
        status = record.advance(status, one)
    backups = [backup("20261121T020000Z-0001", "2026-11-21T02:00:00Z")]
    found = {"backups": backups, "window": [], "passes": {}, "problems": {}, **listing}
    return report.build("erp", "odoo-1", "Asia/Singapore", NOW, found, status, runs)


def states(found: dict[str, t.Any]) -> dict[str, str]:
    return {kind["kind"]: kind["state"] for kind in found["kinds"]}


def test_all_is_well() -> None:
    found = built([entry("pass", 0.2), entry("pair", 10), entry("drill", 100, id="20261121T020000Z-0001")])
    assert found["attention"] == []
    assert states(found) == {"pair": "ok", "pass": "ok", "drill": "ok"}, "in the order of their names"
    assert "All is well" in report_page.page(found)


@pytest.mark.parametrize(("kind", "hours"), [("pair", 27), ("pass", 2), ("verify", 27), ("drill", 24 * 9)])
def test_what_does_not_run_any_more_is_late(kind: str, hours: float) -> None:
    found = built([entry(kind, hours)])
    assert states(found) == {kind: "late"}
    assert len(found["attention"]) == 1 and "is late" in found["attention"][0]


def test_what_fails_comes_first() -> None:
    found = built([entry("pair", 10), entry("pair", 2, record.BAD, EVIL), entry("pair", 1, record.BAD, EVIL)])
    assert states(found) == {"pair": "failing"}
    assert "2 times in a row" in found["attention"][0] and EVIL in found["attention"][0]
    assert [one["end"] for one in found["failures"]] == ["2026-11-21T11:00:00Z", "2026-11-21T10:00:00Z"]


def test_a_restore_by_hand_that_failed_needs_no_attention() -> None:
    assert built([entry("restore", 1, record.BAD, "no space")])["attention"] == []


def test_no_backup_and_no_repository_need_attention() -> None:
    found = built([], backups=[], problems={"spaces": "no answer"})
    assert found["attention"] == ["The repository spaces cannot be asked: no answer", "There is no backup yet."]
    page = report_page.page(found)
    assert "2 things need attention" in page and "Nothing has run yet" in page


def test_the_page_shows_text_as_text_and_needs_nothing_else() -> None:
    evil = backup(
        EVIL, "2026-11-21T02:00:00Z", label=EVIL, reason=EVIL, kind=EVIL, repositories=[EVIL], missing=["a/b"]
    )
    failed = entry("drill", 3, record.BAD, EVIL, id=EVIL)
    unknown = entry(EVIL, 2, record.BAD, EVIL)
    found = built([failed, unknown], backups=[evil], problems={EVIL: EVIL})
    page = report_page.page(found | {"host": EVIL, "machine": EVIL})
    assert "<script" not in page and page.count("&lt;script&gt;") > 10
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "1 missing already then" in page


def test_times_are_of_the_zone_that_was_asked_for() -> None:
    spans = [{"start": "2026-11-14T02:00:00Z", "end": "2026-11-21T11:50:00Z"}]
    drill = entry("drill", 5, id="x", rto_seconds=161.0, rpo_seconds=31.0)
    proven = backup("x", "2026-11-21T02:00:00Z", verified={"at": "2026-11-21T07:00:00Z", "how": "drill"})
    page = report_page.page(built([drill], window=spans, backups=[proven]))
    for shown in (
        "2026-11-14 10:00",
        "2026-11-21 19:50",
        "drill, 2026-11-21 15:00",
        "2 min 41 s",
        "31.0 s",
        "39.0 MiB",
    ):
        assert shown in page
