# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the archive of a server can be restored to, and where it has gaps: asked of each repository."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive, Contents, moment
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_continuity import (
    Segment,
    Stretch,
    history_files,
    parse_history,
    parse_segment,
    stretches,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import Span

#: Segments that are looked through for the last commit before the end of a stretch.
LOOKED_THROUGH = 8
#: There is a commit in any stretch of this length, as long as the server lives.
HEARTBEAT = datetime.timedelta(seconds=75)
#: Prints the commits of a segment of repository $1 named $2; the segment is decrypted and unpacked for it.
COMMITS = """\
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
pgbackrest --stanza="$0" --repo="$1" --no-archive-async archive-get "$2" "$folder/$2"
pg_waldump --rmgr=Transaction "$folder/$2" 2>/dev/null | grep -o 'COMMIT [0-9-]* [0-9:.]* [A-Z]*' | tail -n 1
"""


def parse_commit(text: str) -> datetime.datetime | None:
    """The time of a commit as C(pg_waldump) prints it, in a server whose zone is UTC."""
    found = re.search(r"COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) (?:UTC|GMT)", text)
    return datetime.datetime.fromisoformat(f"{found[1]}+00:00") if found else None


def whole(archive: Archive, contents: Contents) -> list[Stretch]:
    """What a repository holds of a cluster without a gap; each stretch but a last one without ``gap`` ends at one.

    :raises CommandError: the repository cannot be read.
    """
    folder = f"archive/{archive.settings.server}/{contents.archive}"
    names = archive.files(contents.repository.name, folder) if contents.archive else {}
    segments = {found for name in names if (found := parse_segment(name))}
    histories = {
        timeline: parse_history(archive.read(contents.repository.name, f"{folder}/{name}"))
        for timeline, name in history_files(names).items()
    }
    starts = {one.label: parse_segment(one.wal_start) for one in contents.backups if not one.damaged}
    backups = {label: start for label, start in starts.items() if start}
    return stretches(segments, backups, histories)


def spans(archive: Archive, repository: str | None = None) -> dict[str, list[Span]]:
    """The moments that each repository, or the one named, can restore the server to; none if it cannot be read.

    A span begins when a base backup was complete.  It ends right before the last commit in front of a gap or of the
    end of the WAL, because PostgreSQL knows that it has reached a moment when it sees a later commit.
    """
    return {
        contents.repository.name: _spans(archive, contents)
        for contents in archive.info()
        if repository in (None, contents.repository.name)
    }


def _spans(archive: Archive, contents: Contents) -> list[Span]:
    if not contents.readable:
        return []
    return [span for one in contents.clusters for span in _cluster_spans(archive, one, current=one is contents)]


def _cluster_spans(archive: Archive, contents: Contents, *, current: bool) -> list[Span]:
    stops = {one.label: one.stop for one in contents.backups}
    found = []
    for stretch in whole(archive, contents):
        start = min(stops[label] for label in stretch.backups)
        if current:
            end = last_commit(archive, contents.repository.name, stretch.end)
        else:
            end = stored(archive, contents, stretch.end)
        if end and end > start:
            found.append(Span(start, end - datetime.timedelta(microseconds=1)))
    return found


def gaps(archive: Archive, repository: str | None = None) -> dict[str, list[str]]:
    """The gaps of each repository, or of the one named, in words; also that it cannot be read."""
    found: dict[str, list[str]] = {}
    for contents in archive.info():
        if repository not in (None, contents.repository.name):
            continue
        said = [str(stretch.gap) for stretch in whole(archive, contents) if stretch.gap] if contents.readable else []
        found[contents.repository.name] = said if contents.readable else [contents.message]
    return found


def broken(archive: Archive) -> dict[str, str]:
    """The repositories whose WAL has a gap after their newest base backup, with the gap.

    Nothing later can be restored from them, until there is another full one.  WAL that waits is not missing yet.
    """
    pending, found = archive.pending(), {}
    for contents in archive.info():
        newest = [one.label for one in contents.backups if not one.damaged][-1:]
        for stretch in whole(archive, contents) if newest else ():
            if stretch.gap and stretch.gap.first < pending and newest[0] in stretch.backups:
                found[contents.repository.name] = str(stretch.gap)
    return found


def stored(archive: Archive, contents: Contents, end: Segment) -> datetime.datetime | None:
    """A moment shortly before a segment of a former cluster was stored, with a commit after it.

    pgBackRest unpacks segments of the current cluster only; but there was a heartbeat each half minute.
    """
    folder = f"archive/{archive.settings.server}/{contents.archive}"
    for name, seconds in archive.files(contents.repository.name, folder).items():
        if parse_segment(name) == end:
            return moment(seconds) - HEARTBEAT
    return None


def last_commit(archive: Archive, repository: str, end: Segment) -> datetime.datetime | None:
    """When the last transaction up to the end of a segment was committed."""
    number = archive.settings.repository(repository).number
    for back in range(LOOKED_THROUGH):
        segment = Segment(end.timeline, end.number - back)
        argv = ["timeout", "120", "sh", "-c", COMMITS, archive.settings.server, str(number), segment.name()]
        result = _stack.container_exec(archive.settings.server, argv, user="postgres", check=False, timeout=150)
        commit = parse_commit(result.stdout)
        if commit:
            return commit
    return None


def union(found: t.Mapping[str, t.Sequence[Span]]) -> list[Span]:
    """The moments that one repository or another can restore, overlapping stretches made one."""
    merged: list[Span] = []
    for span in sorted((one for each in found.values() for one in each), key=lambda one: (one.start, one.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
