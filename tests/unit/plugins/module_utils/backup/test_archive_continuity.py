# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps in the WAL, over the ends of log files and over timelines."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_continuity import (
    Segment,
    Stretch,
    history_files,
    parse_history,
    parse_segment,
    stretches,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import Span

HASH = "d44afa8a3f6226bab334984c8254e4ad6a385504"
HISTORY = "1\t0/5000140\tno recovery target specified\n\n2\t0/8000000\tbefore 2026-11-21 08:00:00+00\n"


def line(timeline: int, first: int, last: int) -> set[Segment]:
    return {Segment(timeline, number) for number in range(first, last + 1)}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"0000000100000000/000000010000000000000003-{HASH}.zst", Segment(1, 3)),
        (f"0000000A00000002/0000000A00000002000000FF-{HASH}", Segment(10, 0x2FF)),
        ("000000010000000100000000", Segment(1, 256)),
        (f"000000010000000000000003.partial-{HASH}.zst", None),
        ("000000010000000000000005.00000028.backup", None),
        ("00000002.history", None),
    ],
)
def test_names(name: str, found: Segment | None) -> None:
    assert parse_segment(name) == found
    if found and "-" not in name:
        assert found.name() == name


def test_history() -> None:
    assert parse_history(HISTORY) == {1: 5, 2: 8}
    assert history_files(["00000003.history", "x", f"0000000100000000/000000010000000000000003-{HASH}.zst"]) == {
        3: "00000003.history"
    }


def test_whole() -> None:
    found = stretches(line(1, 250, 260), {"later": Segment(1, 255), "first": Segment(1, 250)}, {})
    assert found == [Stretch(("first", "later"), Segment(1, 260))]
    assert stretches(set(), {"first": Segment(1, 1)}, {}) == []


def test_gap() -> None:
    segments = line(1, 3, 12) - line(1, 6, 7)
    first, second = stretches(segments, {"a": Segment(1, 3), "b": Segment(1, 8)}, {})
    assert (first.backups, first.end) == (("a",), Segment(1, 5))
    assert str(first.gap) == "2 segments from 000000010000000000000006 to 000000010000000000000007"
    assert second == Stretch(("b",), Segment(1, 12))


def test_gap_over_the_end_of_a_log_file() -> None:
    (found,) = stretches(line(1, 254, 258) - {Segment(1, 255)}, {"a": Segment(1, 254)}, {})
    assert str(found.gap) == "0000000100000000000000FF is missing"


def test_first_segment_of_a_backup_is_missing() -> None:
    (found,) = stretches(line(1, 4, 9), {"a": Segment(1, 3)}, {})
    assert found.gap is not None and found.gap.count == 1
    (found,) = stretches(line(1, 1, 2), {"a": Segment(1, 3)}, {})
    assert found.gap is not None


def test_timelines() -> None:
    """Timeline 2 went on from segment 5, timeline 3 from segment 8 of it."""
    histories = {2: {1: 5}, 3: {1: 5, 2: 8}}
    segments = line(1, 3, 5) | line(2, 5, 8) | line(3, 8, 10)
    assert stretches(segments, {"a": Segment(1, 3)}, histories) == [Stretch(("a",), Segment(3, 10))]
    # What the former timeline wrote after it was left is no substitute.
    segments = line(1, 3, 12) | line(2, 6, 8) | line(3, 8, 10)
    assert stretches(segments - {Segment(2, 7)}, {"a": Segment(1, 3)}, histories)[0].gap is not None
    # The segment in which a timeline began may have been archived by the former one or by the new one.
    for lacking in (Segment(1, 5), Segment(2, 5)):
        kept = (line(1, 3, 5) | line(2, 5, 8)) - {lacking}
        assert stretches(kept, {"a": Segment(1, 3)}, histories) == [Stretch(("a",), Segment(2, 8))]


def test_backup_of_a_timeline_that_was_left() -> None:
    segments = line(1, 3, 9) | line(2, 5, 7)
    found = stretches(segments, {"old": Segment(1, 8), "good": Segment(1, 3)}, {2: {1: 5}})
    assert found == [Stretch(("good",), Segment(2, 7)), Stretch(("old",), Segment(1, 9))]


def test_commit() -> None:
    assert archive_window.parse_commit("COMMIT 2026-11-21 08:55:39.853071 UTC\n") == datetime.datetime(
        2026, 11, 21, 8, 55, 39, 853071, tzinfo=datetime.timezone.utc
    )
    assert archive_window.parse_commit("COMMIT 2026-11-21 08:55:39.853071 CET") is None
    assert archive_window.parse_commit("") is None


def test_union() -> None:
    def span(first: int, last: int) -> Span:
        day = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
        return Span(day.replace(hour=first), day.replace(hour=last))

    assert archive_window.union({"disk": [span(1, 3), span(6, 7)], "s3": [span(2, 4)]}) == [span(1, 4), span(6, 7)]
