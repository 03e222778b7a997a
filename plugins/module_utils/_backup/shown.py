# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Sizes, durations and times as people read them."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime
from zoneinfo import ZoneInfo

from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import seconds_of

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
STAMP = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def size(number: float) -> str:
    """Bytes, readable."""
    for unit in UNITS:
        if number < 1024 or unit == UNITS[-1]:
            break
        number /= 1024
    return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"


def length(seconds: float) -> str:
    """A duration, readable."""
    whole = round(seconds)
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"


def moment(stamp: str, zone: str) -> str:
    """A time of the record as it is in a zone, in the form in which a restore takes it."""
    return datetime.fromtimestamp(seconds_of(stamp), ZoneInfo(zone)).isoformat(timespec="seconds")


def moments(text: str, zone: str) -> str:
    """A text with all its times of the record as :func:`moment` shows them."""
    return STAMP.sub(lambda found: moment(found[0], zone), text)


def columns(rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Rows of equally many words as lines with the words below each other."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(f"{word:{width}}" for word, width in zip(row, widths)).rstrip() for row in rows]
