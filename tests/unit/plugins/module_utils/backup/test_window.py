# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import (
    Span,
    choose,
    parse,
    passes_for,
    shared,
    stamp,
)

ZERO = datetime(2026, 11, 21, 2, 0, tzinfo=timezone.utc)


def at(minutes: float) -> datetime:
    return ZERO + timedelta(minutes=minutes)


DATABASE = [Span(at(0), at(100)), Span(at(200), at(300))]


def test_shared_is_what_both_reach() -> None:
    assert shared(DATABASE, [at(10), at(20), at(250)]) == [Span(at(10), at(100)), Span(at(200), at(250))]
    assert shared(DATABASE, [at(50)]) == [Span(at(50), at(50))]
    assert shared(DATABASE, [at(110), at(150)]) == []
    assert shared(DATABASE, []) == []
    assert shared([], [at(1)]) == []


def test_choose_takes_the_stretch_around_the_moment() -> None:
    spans = shared(DATABASE, [at(10), at(250)])
    assert choose(at(10), spans, DATABASE) == spans[0]
    assert choose(at(250), spans, DATABASE) == spans[1]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (
            5,
            r"02:05:00Z cannot be restored: .* share 2026-11-21T02:10:00Z to 2026-11-21T03:40:00Z; 2026-11-21T05:20",
        ),
        (150, r"cannot be restored"),
        (290, r"the database alone reaches until 2026-11-21T07:00:00Z; the next pass brings the files"),
    ],
)
def test_choose_names_what_there_is(minutes: float, said: str) -> None:
    with pytest.raises(BackupError, match=said):
        choose(at(minutes), shared(DATABASE, [at(10), at(250)]), DATABASE)


def test_choose_without_an_archive() -> None:
    with pytest.raises(BackupError, match="postgres_archive"):
        choose(at(1), [], [])


def test_passes_the_first_after_then_the_last_before() -> None:
    passes = {at(10): "a", at(20): "b", at(30): "c"}
    assert passes_for(at(20), passes) == ["b", "a"]
    assert passes_for(at(21), passes) == ["c", "b"]
    assert passes_for(at(5), passes) == ["a"]
    assert passes_for(at(31), passes) == ["c"]
    assert passes_for(at(1), {}) == []


def test_the_ends_of_a_stretch_can_be_typed() -> None:
    part = timedelta(microseconds=300000)
    for span in (Span(at(0), at(1)), Span(at(0) + part, at(1) + part)):
        assert all(parse(end) in span for end in span.ends()), str(span)


@pytest.mark.parametrize("text", ["2026-11-21T02:00:00Z", "2026-11-21 10:00:00+08:00", " 2026-11-21T02:00Z "])
def test_parse(text: str) -> None:
    assert parse(text) == ZERO
    assert stamp(parse(text)) == "2026-11-21T02:00:00Z"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "is no time"),
        ("2026-11-21", "is no time"),
        ("2026-11-21Z", "is no time"),
        ("2026-11-21 02:00", "lacks its zone"),
        ("", "no time"),
    ],
)
def test_parse_refuses(text: str, said: str) -> None:
    with pytest.raises(BackupError, match=said):
        parse(text)
