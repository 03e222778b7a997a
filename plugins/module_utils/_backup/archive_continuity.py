# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether the WAL in a repository is whole, from each base backup to the newest segment.  Pure.

``pgbackrest verify`` calls an archive with a hole in it good, and PostgreSQL takes a hole for the end of the WAL.
Names of segments are those of PostgreSQL (``src/include/access/xlog_internal.h``): eight hexadecimal digits each of
timeline, log and segment.  A timeline's history file names the timelines that it came from, and where it left them.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

SEGMENT = re.compile(r"(?:^|/)([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})-[0-9a-f]{40}(?:\.\w+)?$")
HISTORY = re.compile(r"(?:^|/)([0-9A-F]{8})\.history$")
#: ``initdb`` makes segments of this size unless told otherwise.
SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Segment:
    """A segment: the timeline that wrote it, and its place in the WAL counted from the beginning."""

    timeline: int
    number: int

    def name(self, size: int = SIZE) -> str:
        per_log = 0x100000000 // size
        return f"{self.timeline:08X}{self.number // per_log:08X}{self.number % per_log:08X}"


@dataclass(frozen=True)
class Gap:
    """Segments that are missing, both ends included."""

    first: str
    last: str
    count: int

    def __str__(self) -> str:
        return (
            f"{self.first} is missing" if self.count == 1 else f"{self.count} segments from {self.first} to {self.last}"
        )


@dataclass(frozen=True)
class Stretch:
    """Consecutive segments without a gap, from the beginning of a base backup on.

    :param backups: labels of the backups that can be restored to any moment in it.
    :param end: the last segment; the stretch ends there because nothing follows, or at ``gap``.
    """

    backups: tuple[str, ...]
    end: Segment
    gap: Gap | None = None


def parse_segment(name: str, size: int = SIZE) -> Segment | None:
    """A segment from its name, with or without what pgBackRest appends; ``None`` for other files."""
    found = SEGMENT.search(name) or re.fullmatch(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})", name)
    if found is None:
        return None
    timeline, log, low = (int(part, 16) for part in found.groups())
    return Segment(timeline, log * (0x100000000 // size) + low)


def parse_history(text: str, size: int = SIZE) -> dict[int, int]:
    """Ancestors of a timeline: each with the number of the segment in which it was left."""
    ancestors = {}
    for line in text.splitlines():
        found = re.match(r"\s*(\d+)\s+([0-9A-F]+)/([0-9A-F]+)", line)
        if found:
            place = (int(found[2], 16) << 32) + int(found[3], 16)
            ancestors[int(found[1])] = place // size
    return ancestors


def history_files(names: t.Iterable[str]) -> dict[int, str]:
    """The history file of each timeline that has one."""
    return {int(found[1], 16): name for name in names if (found := HISTORY.search(name))}


def stretches(
    segments: t.Collection[Segment],
    backups: t.Mapping[str, Segment],
    histories: t.Mapping[int, t.Mapping[int, int]],
    size: int = SIZE,
) -> list[Stretch]:
    """What can be restored without a gap, oldest first.

    :param backups: label and first segment of each base backup.
    :param histories: of each timeline but the first, what :func:`parse_history` says.
    """
    if not segments:
        return []
    newest = max(segments)
    found: dict[tuple[Segment, Gap | None], list[str]] = {}
    for label, start in sorted(backups.items(), key=lambda item: (item[1].number, item[0])):
        # A backup of a timeline that was left before it began cannot reach the newest one.
        path = _path(newest.timeline, histories)
        reachable = start.timeline in path and start.number <= path[start.timeline][1]
        if not reachable:
            path = _path(start.timeline, histories)
        found.setdefault(_follow(start, segments, path, size), []).append(label)
    return [Stretch(tuple(labels), end, gap) for (end, gap), labels in found.items()]


def _path(timeline: int, histories: t.Mapping[int, t.Mapping[int, int]]) -> dict[int, tuple[int, float]]:
    """The timelines that lead to ``timeline``: from which segment to which each of them counts."""
    path: dict[int, tuple[int, float]] = {}
    begin = 0
    for ancestor, left in sorted(histories.get(timeline, {}).items()):
        path[ancestor] = (begin, left)
        begin = left
    path[timeline] = (begin, float("inf"))
    return path


def _follow(
    start: Segment, segments: t.Collection[Segment], path: t.Mapping[int, tuple[int, float]], size: int
) -> tuple[Segment, Gap | None]:
    """The last segment that can be reached from ``start``, and the gap that it ends at."""
    there = {one.number: one for one in sorted(segments) if _counts(one, path) and one.number >= start.number}
    number = start.number
    while number in there:
        number += 1
    last = there.get(number - 1, Segment(start.timeline, number - 1))
    later = [one for one in there if one > number]
    if not later and number > start.number:
        return last, None
    end = min(later, default=number + 1)
    first = Segment(last.timeline, number)
    return last, Gap(first.name(size), Segment(last.timeline, end - 1).name(size), end - number)


def _counts(one: Segment, path: t.Mapping[int, tuple[int, float]]) -> bool:
    begin, end = path.get(one.timeline, (1, 0))
    return begin <= one.number <= end
