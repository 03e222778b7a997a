# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that concern the archive of a database server."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_copy,
    archive_settings,
    archive_window,
    record,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive, Backup, Kind
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import parse
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
        archive.keep_pace()
        state = archive.archiver()
        run.details.update(waiting=state["waiting"], lag_seconds=round(state["lag"]), last=state["last_archived_wal"])
        if state["lag"] > LAG:
            raise BackupError(
                f"{state['waiting']} WAL segments of {server} wait to be archived, the oldest for {state['lag']:.0f}"
                " seconds: a repository does not take them. `ipai-odoo-backup archive-info"
                f" {server}` asks each; `journalctl CONTAINER_NAME={server}` has what pgBackRest says"
            )


def backup(server: str, words: t.Sequence[str]) -> None:
    """full|incr|diff [REPOSITORY]: make a base backup in each repository, or in the one that is named.

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


def window(server: str, _words: t.Sequence[str]) -> None:
    """Say which moments each repository can restore the server to, and where its WAL has gaps."""
    archive = Archive(archive_settings.load(server))
    missing = archive_window.gaps(archive)
    for name, spans in archive_window.spans(archive).items():
        for span in spans:
            sys.stdout.write(f"repository {name}: {span}\n")
        for gap in missing[name]:
            sys.stdout.write(f"repository {name}: {gap}\n")


def gaps(server: str, _words: t.Sequence[str]) -> None:
    """See that the WAL is whole since the newest base backup; where it is not, begin anew with a full one.

    :raises BackupError: it was not.
    """
    settings = archive_settings.load(server)
    archive = Archive(settings)
    with record.run(settings.state, "archive-gaps", server, settings.webhook_file):
        said = [
            f"repository {name}: {gap}. {_begun_anew(archive, name)}"
            for name, gap in archive_window.broken(archive).items()
        ]
        if said:
            spans = archive_window.spans(archive).items()
            known = "; ".join(f"{span} from {name}" for name, found in spans for span in found) or "nothing"
            raise BackupError(f"{' '.join(said)} What can be restored: {known}")


def _begun_anew(archive: Archive, repository: str) -> str:
    try:
        made = archive.backup("full", repository)
    except (BackupError, CommandError) as exc:
        return f"Nothing later can be restored from it. A full backup would change that, and failed: {exc}."
    return f"A full backup was made, and moments after {made.stop:%Y-%m-%dT%H:%M:%SZ} can be restored again."


def verify(server: str, words: t.Sequence[str]) -> None:
    """[REPOSITORY]: look for gaps in each repository, or in the one that is named, and read everything in it.

    :raises BackupError: something is missing or damaged.
    """
    settings = archive_settings.load(server)
    archive = Archive(settings)
    with record.run(settings.state, "archive-verify", server, settings.webhook_file) as run:
        broken, found = archive_window.broken(archive), dict[str, list[str]]()
        for repository in settings.chosen(words[0] if words else None):
            gap = broken.get(repository.name)
            found[repository.name] = [*([gap] if gap else []), *archive.verify(repository.name)]
        run.details["repository"] = [name for name, wrong in found.items() if not wrong]
        wrong = [f"repository {name}: {'; '.join(said)}" for name, said in found.items() if said]
        if wrong:
            raise BackupError(
                f"{' | '.join(wrong)}. After a full backup (`ipai-odoo-backup archive {server} full`) all moments from"
                " then on can be restored again; earlier ones perhaps from another repository"
            )


def attempt(server: str, words: t.Sequence[str]) -> None:
    """[latest|TIME] [REPOSITORY]: restore the server to a moment into a copy, say what is in it, and remove it again.

    The default is the end of the WAL.

    :raises BackupError: it cannot be restored.
    """
    settings = archive_settings.load(server)
    repository = words[1] if len(words) > 1 else None
    moment = None if not words or words[0] == "latest" else parse(words[0])
    with archive_copy.at(settings, moment, repository=repository) as copy:
        beat = copy.server.value("postgres", "SELECT max(at)::text FROM ipai_odoo.heartbeat")
        databases = ", ".join(sorted(copy.server.databases()))
        sys.stdout.write(
            f"{archive_copy.told(moment)} from {copy.backup} of repository {copy.repository}: files in"
            f" {copy.restore_seconds:g} s, WAL in {copy.replay_seconds:g} s, last heartbeat {beat},"
            f" databases {databases}\n"
        )


def _told(one: Backup) -> str:
    return (
        f"{one.stop:%Y-%m-%dT%H:%M:%SZ} {one.kind} {one.label} in {one.repository}: {one.bytes} bytes,"
        f" {one.stored_bytes} stored, {one.seconds:.0f} s"
    )


COMMANDS: t.Mapping[str, t.Callable[[str, t.Sequence[str]], None]] = {
    "archive": backup,
    "archive-gaps": gaps,
    "archive-info": info,
    "archive-try": attempt,
    "archive-verify": verify,
    "archive-window": window,
    "heartbeat": heartbeat,
}
