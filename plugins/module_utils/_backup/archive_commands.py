# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that concern the archive of a database server."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_settings, record
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive, Backup, Kind
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: Seconds that WAL may wait for a repository before somebody is told.
LAG = 180.0
KINDS: t.Mapping[str, Kind] = {"full": "full", "incr": "incr", "diff": "diff"}


def heartbeat(server: str, _words: t.Sequence[str]) -> None:
    """Write the time into the server, and see whether its archive keeps up.

    :raises BackupError: WAL has been waiting for too long.
    """
    settings = archive_settings.load(server)
    archive = Archive(settings)
    with record.run(settings.state, "archive", server, settings.webhook_file) as run:
        archive.heartbeat()
        state = archive.archiver()
        run.details.update(waiting=state["waiting"], lag_seconds=round(state["lag"]), last=state["last_archived_wal"])
        if state["lag"] > LAG:
            raise BackupError(
                f"{state['waiting']} WAL segments of {server} wait to be archived, the oldest for {state['lag']:.0f}"
                " seconds: a repository does not take them. `ipai-odoo-backup archive-info"
                f" {server}` asks each; `journalctl CONTAINER_NAME={server}` has what pgBackRest says"
            )


def backup(server: str, words: t.Sequence[str]) -> None:
    """Make a base backup (V(full), V(incr) or V(diff)) in each repository, or in the one that is named.

    :raises BackupError: it failed in a repository; the others were tried.
    """
    if not 1 <= len(words) <= 2 or words[0] not in KINDS:
        raise BackupError(f"say full, incr or diff, and perhaps a repository, not {' '.join(words)!r}")
    settings = archive_settings.load(server)
    archive = Archive(settings)
    with record.run(settings.state, f"archive-{words[0]}", server, settings.webhook_file) as run:
        made, failed = [], []
        for repository in settings.chosen(words[1] if len(words) == 2 else None):
            try:
                made.append(archive.backup(KINDS[words[0]], repository.name))
                sys.stdout.write(_told(made[-1]) + "\n")
            except (BackupError, CommandError) as exc:
                failed.append(f"repository {repository.name}: {exc}")
        run.details.update(
            label={one.repository: one.label for one in made},
            bytes={one.repository: one.bytes for one in made},
            stored_bytes={one.repository: one.stored_bytes for one in made},
        )
        if failed:
            raise BackupError("; ".join(failed))


def info(server: str, _words: t.Sequence[str]) -> None:
    """Say what each repository holds."""
    for contents in Archive(archive_settings.load(server)).info():
        sys.stdout.write(f"repository {contents.repository.name}: {contents.message}\n")
        for one in contents.backups:
            sys.stdout.write(f"  {_told(one)}\n")


def _told(one: Backup) -> str:
    return (
        f"{one.stop:%Y-%m-%dT%H:%M:%SZ} {one.kind} {one.label} in {one.repository}: {one.bytes} bytes,"
        f" {one.stored_bytes} stored, {one.seconds:.0f} s"
    )


COMMANDS: t.Mapping[str, t.Callable[[str, t.Sequence[str]], None]] = {
    "archive": backup,
    "archive-info": info,
    "heartbeat": heartbeat,
}
