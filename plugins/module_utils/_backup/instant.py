# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""One instant of an environment: a snapshot of its database, and a mirror of its filestore with all that it names.

While the mirror is made, the collector is kept out by a lock that it waits for and users do not notice.  It is held for
that fraction of a second only: a collector that waits for its own lock makes all writers wait behind it.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils import _postgres
from ansible_collections.ipai.odoo.plugins.module_utils._backup import filestore
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, make_private_directory, write_atomic

#: A table of Odoo's attachments; the collector takes it in SHARE MODE.
KEEP_COLLECTOR_OUT = "LOCK TABLE ir_attachment IN ROW EXCLUSIVE MODE"

FACTS = """
    SELECT (SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema'
              AND n.nspname !~ '^pg_') AS tables,
           current_setting('server_version') AS version,
           pg_database_size(current_database()) AS bytes,
           now() AS at
"""
MODULES = "SELECT name, state FROM ir_module_module WHERE state NOT IN ('uninstalled', 'uninstallable') ORDER BY name"
VERSIONS = "SELECT name, latest_version FROM ir_module_module WHERE state = 'installed' ORDER BY name"
SERIES = "SELECT latest_version FROM ir_module_module WHERE name = 'base'"
UUID = "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"
EXTENSIONS = "SELECT extname FROM pg_extension ORDER BY extname"
FILES = "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL"


@dataclass(frozen=True)
class Instant:
    """What was held.

    :param snapshot: what ``pg_dump`` is given to see the same moment.
    :param facts: of database and filestore at that moment, for the manifest.
    """

    snapshot: str
    facts: dict[str, t.Any]


def database(settings: Settings) -> _postgres.Database:
    """The environment's database, entered as its own role."""
    return _postgres.Database(
        settings.host, settings.port, settings.database, settings.user, settings.password_file, settings.sslmode
    )


@contextlib.contextmanager
def hold(settings: Settings) -> t.Iterator[Instant]:
    """Hold an instant; the snapshot lasts as long as the context.

    :raises BackupError: the database is no Odoo, or an upgrade works in it.
    :raises PostgresError: it cannot be asked.
    """
    place = database(settings)
    with _postgres.reader(place) as reader:
        with _postgres.lock(place, KEEP_COLLECTOR_OUT):
            # From here on nothing that the snapshot names is removed.
            snapshot = reader.value("SELECT pg_export_snapshot()")
            done = _mirror(settings)
        yield Instant(snapshot, facts(settings, reader.rows, settings.mirror, done.files))


def facts(
    settings: Settings, rows: t.Callable[[str], t.Sequence[t.Sequence[t.Any]]], folder: str, files: int
) -> dict[str, t.Any]:
    """What a manifest says of a database and its filestore.

    :param rows: answers a question to the database.
    :param files: how many there are in ``folder``.
    """
    referenced = [row[0] for row in rows(FILES)]
    tables, version, size, moment = rows(FACTS)[0]
    return {
        "at": moment if isinstance(moment, str) else moment.isoformat(),
        "database": {
            "name": settings.database,
            "bytes": size,
            "tables": tables,
            "version": version,
            "extensions": [row[0] for row in rows(EXTENSIONS)],
        },
        "odoo": {
            "version": rows(SERIES)[0][0],
            "uuid": rows(UUID)[0][0],
            "modules": dict(t.cast("t.Iterable[tuple[str, str]]", rows(MODULES))),
            "versions": dict(t.cast("t.Iterable[tuple[str, str]]", rows(VERSIONS))),
        },
        "filestore": {
            "files": files,
            "referenced": len(referenced),
            "missing": filestore.missing(folder, referenced),
        },
    }


def mirror_files(settings: Settings) -> datetime:
    """Mirror the filestore alone; the moment whose files it has for certain."""
    with _postgres.lock(database(settings), KEEP_COLLECTOR_OUT):
        # What is written while the mirror is made may lack in it.
        now = datetime.now(timezone.utc)
        _mirror(settings)
    return now


@dataclass(frozen=True)
class Stored:
    """The mirror as it is now is in every repository.

    :param at: since the pass of that time; ``seen`` is when the filestore was last seen to be the same still.
    """

    at: datetime
    seen: datetime


def stored(settings: Settings) -> Stored | None:
    """Whether the mirror as it is now is in every repository; ``None`` when something is new, or nobody knows."""
    try:
        with open(_note(settings), encoding="utf-8") as stream:
            found = json.load(stream)
        return Stored(datetime.fromisoformat(found["at"]), datetime.fromisoformat(found["seen"]))
    except (OSError, ValueError, KeyError):
        return None


def note(settings: Settings, at: datetime, seen: datetime) -> None:
    """Remember that the mirror is in every repository."""
    make_private_directory(settings.state, Access(os.geteuid(), os.getegid(), 0o700))
    text = json.dumps({"at": at.isoformat(), "seen": seen.isoformat()})
    write_atomic(_note(settings), text.encode(), Access(os.geteuid(), os.getegid(), 0o600))


def _note(settings: Settings) -> str:
    return os.path.join(settings.state, "pass.json")


def _mirror(settings: Settings) -> filestore.Mirrored:
    try:
        done = filestore.mirror(settings.filestore, settings.mirror)
        if done.added or done.removed:
            # Whoever has it mirrored may fail to store it.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_note(settings))
        return done
    except FileNotFoundError:
        raise BackupError(
            f"there is no filestore {settings.filestore}: is the database {settings.database} in use by Odoo?"
        ) from None
    except OSError as exc:
        raise BackupError(f"cannot link the files of {settings.filestore} into {settings.mirror}: {exc}") from exc
