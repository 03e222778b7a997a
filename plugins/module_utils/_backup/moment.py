# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A database as it was at a moment, taken out of a copy of its whole server."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_copy, archive_settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.checks import Check
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump

#: Seconds between the last sign of life before a moment and the moment itself; there is one each minute.
GAP = 150.0
BEAT = """
    SELECT extract(epoch FROM :'moment'::timestamptz - max(at)) AS age FROM ipai_odoo.heartbeat WHERE at <= :'moment'
"""


def read_database(
    settings: Settings,
    moment: datetime,
    repository: str | None,
    reader: t.Sequence[str],
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
            copy.server.dump_argv(settings.database),
            reader,
            timeout=LONG,
            progress=lambda size: say(f"database: {size / 2**20:.0f} MiB"),
        )
        try:
            age = copy.server.value("postgres", BEAT, moment=moment.isoformat())
        except CommandError as exc:
            return Check("heartbeat", False, f"cannot be asked: {exc}")
    if age is None:
        return Check("heartbeat", False, "there is none from before that moment")
    return Check("heartbeat", age <= GAP, f"the last one is {age:.0f} s before that moment")
