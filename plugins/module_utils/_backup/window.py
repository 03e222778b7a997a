# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The moments that can be restored: those that the archive of the database and the passes over the filestore share.

Pure: what is there has been read before.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError


@dataclass(frozen=True)
class Span:
    """A stretch of time without a gap, both ends included; UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.start <= moment <= self.end

    def ends(self) -> tuple[str, str]:
        """The first and the last whole second, as people type them."""
        return stamp(self.start + timedelta(microseconds=-self.start.microsecond % 10**6)), stamp(self.end)

    def __str__(self) -> str:
        return " to ".join(self.ends())


def stamp(moment: datetime) -> str:
    """A moment as people type it: ``2026-11-21T02:00:00Z``."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> float:
    """Seconds since 1970 of what :func:`stamp` has written."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def parse(text: str) -> datetime:
    """A moment that somebody typed, with its zone.

    :raises BackupError: it is no time, or lacks its zone.
    """
    # Ansible's -e ends a value at a blank, and a day alone is no moment.
    whole = re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text.strip())
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00")) if whole else None
    except ValueError:
        moment = None
    if moment is None:
        raise BackupError(f"{text!r} is no time; write it as 2026-11-21T02:00:00Z or 2026-11-21T10:00:00+08:00")
    if moment.tzinfo is None:
        raise BackupError(f"{text!r} lacks its zone; write {text.strip()}Z for UTC, or {text.strip()}+08:00")
    return moment


def shared(database: t.Sequence[Span], files: t.Sequence[datetime]) -> list[Span]:
    """The stretches in which database and filestore can be had together.

    :param database: what the archive covers.
    :param files: times of all passes that are kept.  The files of a moment are those of the first pass after it,
        filled up from the last one before: so each moment between the first and the last pass is covered.
    """
    if not files:
        return []
    first, last = min(files), max(files)
    found = [Span(max(span.start, first), min(span.end, last)) for span in database]
    return [span for span in found if span.start <= span.end]


def choose(moment: datetime, spans: t.Sequence[Span], database: t.Sequence[Span], later: str = "") -> Span:
    """The stretch that holds ``moment``.

    :param later: what has been done to have one that is newer than all.
    :raises BackupError: none does; the message names those there are.
    """
    for span in spans:
        if moment in span:
            return span
    if not spans:
        raise BackupError(
            "no moment can be restored yet: that takes an archived database server (postgres_archive) with a full"
            " backup, and a pass over the filestore. A backup can be restored by its id"
        )
    known = "; ".join(map(str, spans))
    message = f"{stamp(moment)} cannot be restored: database and filestore share {known}"
    beyond = [span for span in database if moment in span]
    if beyond:
        message += f" (the database alone reaches until {stamp(beyond[0].end)}; the next pass brings the files)"
    if later:
        message += f"; {later}"
    raise BackupError(message)


def passes_for(moment: datetime, passes: t.Mapping[datetime, str]) -> list[str]:
    """The snapshots of the filestore that hold the files of ``moment``: the first after it, then the last before it."""
    after = sorted(at for at in passes if at >= moment)
    before = sorted(at for at in passes if at < moment)
    return [passes[at] for at in (*after[:1], *before[-1:])]
