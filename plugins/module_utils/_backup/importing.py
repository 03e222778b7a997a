# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Make a backup of a zip file in Odoo's own format, which is then restored as any other.

It is loaded into a throwaway server first: what does not load, or is no Odoo, never gets among the backups.
"""

from __future__ import annotations

import os
import shutil
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import checks, instant, odoo_zip, pairs, throwaway
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump

#: A setting that newer programs write and older servers do not know stands in the first lines of a dump.
WITHOUT_NEWER_SETTINGS = ("sed", "-e", "1,60{/^SET transaction_timeout/d}")


def import_zip(settings: Settings, path: str, say: pairs.Say) -> tuple[pairs.Backup, dict[str, str]]:
    """Make a backup of a zip file; the backup, and repository → why it is not there.  The lock is the caller's.

    :raises BackupError: the file is no backup of Odoo, or is damaged.
    """
    document = _stack.container(settings.server)
    if document is None:
        raise BackupError(f"there is no container {settings.server}: run the playbook site first")
    name, folder = f"{settings.environment}-import", os.path.join(settings.home, "import")
    unpacked = f"{folder}-files"
    shutil.rmtree(unpacked, ignore_errors=True)
    os.makedirs(settings.home, mode=0o700, exist_ok=True)
    try:
        say(f"unpacking {path}")
        told = odoo_zip.unpack(path, unpacked)
        files = os.path.join(unpacked, odoo_zip.FILES)
        with throwaway.server(name, document["Config"]["Image"], folder) as server:
            say("loading its database")
            load(server, settings.database, os.path.join(unpacked, odoo_zip.DUMP))
            facts = instant.facts(settings, rows(server, settings.database), files, count(files))
            seen = checks.run(checks.Restored(server, settings.database, files, facts), {})
            wrong = [f"{one.name}: {one.said}" for one in seen if not one.ok]
            if wrong:
                raise BackupError(f"{path} is not good: {'; '.join(wrong)}. Nothing was changed")
            head = pairs.new_head(
                settings, pairs.IMPORTED, "", f"{os.path.basename(path)} of {told.get('db_name', '?')}"
            )
            source = pairs.Source(server.dump(settings.database), files, facts)
            backup, problems = pairs.store(settings, source, head, say)
        return backup, pairs.spread(settings, backup, problems, say)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def load(server: Server, database: str, dump: str) -> None:
    """Run a dump's statements in a new database.

    :raises BackupError: one of them fails.
    """
    server.create(database, "postgres")
    reader = server.argv("psql", *["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"])
    try:
        pump([*WITHOUT_NEWER_SETTINGS, dump], [*reader, f"--dbname={database}"], timeout=LONG)
    except CommandError as exc:
        raise BackupError(f"its database cannot be loaded: {exc.said}. Nothing was changed") from exc


def rows(server: Server, database: str) -> t.Callable[[str], list[tuple[t.Any, ...]]]:
    """Asks ``database`` as :func:`instant.facts` wants it."""

    def ask(sql: str) -> list[tuple[t.Any, ...]]:
        try:
            return [tuple(row.values()) for row in server.rows(database, sql, read_only=True)]
        except CommandError as exc:
            raise BackupError(f"this is no database of Odoo: {exc.said}. Nothing was changed") from exc

    return ask


def count(folder: str) -> int:
    """The files in a folder and those below it."""
    return sum(len(files) for _base, _folders, files in os.walk(folder))
