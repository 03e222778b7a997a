# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A database as it was at a moment, taken out of a copy of its whole server."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_copy, archive_settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive, Backup, Contents
from ansible_collections.ipai.odoo.plugins.module_utils._backup.checks import Check
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, TABLES, Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program, pump

#: Seconds between the last sign of life before a moment and the moment itself; there is one each half minute.
GAP = 150.0
BEAT = """
    SELECT extract(epoch FROM :'moment'::timestamptz - max(at)) AS age FROM ipai_odoo.heartbeat WHERE at <= :'moment'
"""


def read_newest(settings: Settings, repository: str | None, reader: Program, say: t.Callable[[str], None]) -> Check:
    """Give a dump of the environment's database to a program, as of the last moment of a server that is gone.

    The archive goes on with the server that has taken its place; of those before, the newest with the database counts.

    :returns: from when its last sign of life is.
    :raises BackupError: no former server has it.
    :raises CommandError: the dump, or that program, failed.
    """
    archived = archive_settings.load(settings.server)
    for chosen in newest_of_former(Archive(archived).info(), repository):
        say(f"making a copy of the former {settings.server} as of its last archived moment")
        with archive_copy.at(archived, None, backups=chosen) as copy:
            if not _holds(copy.server, settings.database):
                say(f"that server held nothing in {settings.database}: looking for one before it")
                continue
            beat = copy.server.value("postgres", "SELECT max(at) FROM ipai_odoo.heartbeat")
            pump(copy.server.dump(settings.database), reader, timeout=LONG)
        return Check("heartbeat", beat is not None, f"the former server's last sign of life is from {beat}")
    raise BackupError(f"no former server in the archive of {settings.server} holds the database {settings.database}")


def newest_of_former(contents: t.Sequence[Contents], repository: str | None) -> list[list[Backup]]:
    """The newest base backups of each former server, one of each repository; the newest server first."""
    found: dict[int, list[Backup]] = {}
    for one in contents:
        if repository in (None, one.repository.name):
            for cluster in one.former:
                whole = [backup for backup in cluster.backups if not backup.damaged]
                if whole:
                    found.setdefault(cluster.systems[-1], []).append(whole[-1])
    return sorted(found.values(), key=lambda backups: max(one.stop for one in backups), reverse=True)


def _holds(server: Server, database: str) -> bool:
    return database in server.databases() and server.value(database, TABLES) > 0


def read_database(
    settings: Settings,
    moment: datetime,
    repository: str | None,
    reader: Program,
    say: t.Callable[[str], None],
) -> Check:
    """Give a dump of the environment's database, as of a moment, to a program; whether the server lived then.

    :raises BackupError: the moment cannot be reached.
    :raises CommandError: the dump, or that program, failed.
    """
    say(f"making a copy of {settings.server} as of {moment.isoformat()}")
    with archive_copy.at(archive_settings.load(settings.server), moment, repository=repository) as copy:
        say(f"the copy runs, files after {copy.restore_seconds:g} s, WAL after {copy.replay_seconds:g} s more")
        pump(
            copy.server.dump(settings.database),
            reader,
            timeout=LONG,
            progress=lambda size: say(f"database: {size / 2**20:.0f} MiB"),
        )
        return lived(copy.server, moment)


def lived(server: Server, moment: datetime) -> Check:
    """Whether a copy of a server shows that the server lived shortly before a moment."""
    try:
        age = server.value("postgres", BEAT, moment=moment.isoformat())
    except CommandError as exc:
        return Check("heartbeat", False, f"cannot be asked: {exc}")
    if age is None:
        return Check("heartbeat", False, "there is none from before that moment")
    return Check("heartbeat", age <= GAP, f"the last one is {age:.0f} s before that moment")
