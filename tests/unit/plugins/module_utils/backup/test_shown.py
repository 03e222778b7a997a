# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import shown, window


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")]
)
def test_lengths(seconds: float, said: str) -> None:
    assert shown.length(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 B"), (1536, "1.5 KiB"), (150 * 2**20, "150 MiB"), (5 * 2**50, "5120 TiB")]
)
def test_sizes(number: float, said: str) -> None:
    assert shown.size(number) == said


@pytest.mark.parametrize("zone", ["Asia/Singapore", "UTC"])
def test_times_can_be_typed(zone: str) -> None:
    said = shown.moment("2026-11-21T02:00:00Z", zone)
    assert window.stamp(window.parse(said)) == "2026-11-21T02:00:00Z" and " " not in said
    assert (
        shown.moments("since 2026-11-21T02:00:00Z: 20261121T020000Z-5f2c", zone)
        == f"since {said}: 20261121T020000Z-5f2c"
    )


def test_words_are_below_each_other() -> None:
    assert shown.columns([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
