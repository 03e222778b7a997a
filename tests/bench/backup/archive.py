# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of the bench's own server, as the role makes it for the demo's, with a repository on disk alone."""

from __future__ import annotations

import random
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_copy, archive_settings, filestore
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_setup import Setup
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server

DISK = "disk"
#: Seconds of commits before the kill: longer than WAL may wait for its archiving, and then some part of that again.
BEFORE_KILL = 40.0
#: Seconds between two commits.
PAUSE = 0.05


def prepare(model: str, name: str, root: Path) -> archive_settings.ArchiveSettings:
    """Settings, configuration and an empty repository for the server ``name``, like those of ``model``."""
    settings = like(model, name, root)
    (root / "pgbackrest").mkdir(mode=0o755)
    text = (Path(archive_settings.load(model).home) / "secrets" / "archive" / "pgbackrest.conf").read_text()
    text = re.sub(r"(?m)^repo(?!1-).*\n", "", text).replace(f"[{model}]", f"[{name}]")
    text = re.sub(r"(?m)^(repo1-cipher-pass)=.*", rf"\1={secrets.token_hex(16)}", text)
    (root / "pgbackrest" / "pgbackrest.conf").write_text(text)
    folder = Path(settings.repositories[0].folder)
    folder.mkdir(mode=0o700)
    _stack.docker("run", "--rm", f"--volume={folder}:/mnt", "--entrypoint=chown", settings.image, "postgres", "/mnt")
    # Until there is an archive, WAL is let go.
    path = root / "config" / "postgresql.conf"
    path.write_text(re.sub(r"(?m)^archive_command = .*", "archive_command = 'true'", path.read_text()))
    return settings


def like(model: str, name: str, root: Path) -> archive_settings.ArchiveSettings:
    """The settings of ``name``, but for its place and repository those of ``model``."""
    repository = archive_settings.ArchiveRepository(1, DISK, str(root / "repository-wal"))
    volumes = (f"{root}/pgbackrest:/etc/pgbackrest:ro", f"{repository.folder}:/var/lib/pgbackrest/disk:rw")
    return replace(
        archive_settings.load(model), server=name, home=str(root), repositories=(repository,), hosts={}, volumes=volumes
    )


def begin(archive: Archive) -> float:
    """Archive from now on, with a full backup; seconds of it."""
    name = archive.settings.server
    archive.server.execute(
        "postgres",
        "ALTER SYSTEM SET archive_command = :'command'; SELECT pg_reload_conf();",
        command=f"pgbackrest --stanza={name} archive-push %p",
    )
    start = time.monotonic()
    Setup(archive, adopt=False, check_mode=False).run()
    return time.monotonic() - start


def incremental(archive: Archive, day: Callable[[], Any]) -> dict[str, Any]:
    """The backup after a working day: its seconds and bytes, and those of the day's WAL."""
    folder = archive.settings.repositories[0].folder
    before = filestore.size(folder)
    day()
    archive.switch()
    start = time.monotonic()
    made = archive.backup("incr", DISK)
    seconds = time.monotonic() - start
    return {"seconds": seconds, "stored": made.stored_bytes, "all": filestore.size(folder) - before}


def lose(archive: Archive, connect: Callable[[], Any]) -> float:
    """Kill the server while rows are committed; seconds between the last of them and the last that the archive has."""
    name = archive.settings.server
    with connect() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS commits (at double precision)")
        cursor.connection.commit()
        last, end = 0.0, time.monotonic() + BEFORE_KILL + random.uniform(0, archive.settings.archive_timeout)
        while time.monotonic() < end:
            now = time.time()
            cursor.execute("INSERT INTO commits VALUES (%s)", (now,))
            cursor.connection.commit()
            last = now
            time.sleep(PAUSE)
        database = cursor.connection.info.dbname
    _stack.docker("kill", "--signal=KILL", name)
    with archive_copy.at(archive.settings, None) as copy:
        found = float(Server(copy.container).value(database, "SELECT max(at) FROM commits"))
    return last - found
