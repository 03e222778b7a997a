# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Drills: a backup is restored where nothing can go wrong, asked, timed, and thrown away.

What a drill measures is what a restore takes: from the first byte out of the repository until Odoo serves the data.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
import typing as t
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_copy,
    archive_settings,
    archive_window,
    checks,
    dumps,
    guest,
    moment,
    odoo_probe,
    pairs,
    restore_plan,
    runs,
    throwaway,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._files import give

MEMORY_MB = 1024
#: The role that owns everything in a drill's database.
OWNER = "drill"


def drill(
    settings: Settings,
    *,
    backup: str = "latest",
    repository: str | None = None,
    say: pairs.Say = lambda text: None,
) -> dict[str, t.Any]:
    """Restore a backup into a server without a network, look at it, start Odoo on it, and remove everything.

    Backups and passes go on meanwhile; nothing is removed.

    :param repository: where from; without one, from the last that has it, which is the farthest away.
    With an archive, the last moment that can be had is restored as well, from the farthest repository.

    :returns: V(id), V(repository), V(checks), V(rto_seconds), V(rpo_seconds) (age of what could be had when the drill
        began), V(moment).
    :raises BackupError: the backup cannot be restored, or is not what it should be.
    """
    what = f"drill of {settings.environment}"
    if backup != "latest":
        # A mistyped id says nothing about backups: it must not stand in the record as a drill that failed.
        pairs.catalogue(settings, repository).find(backup)
    with (
        runs.recording(settings, "drill") as run,
        _lock.hold(f"drill-{settings.environment}", 3600.0, what),
        pairs.reading(settings, what),
    ):
        begun = datetime.now(timezone.utc)
        found = pairs.catalogue(settings, repository)
        chosen = found.find(backup)
        place = farthest(settings, chosen)
        run.details.update(id=chosen.id, repository=place.repository.name)
        run.details["rpo_seconds"] = round((begun - chosen.at).total_seconds(), 1)
        start = time.monotonic()
        seen = rehearse(settings, place, chosen, say)
        run.details["rto_seconds"] = round(time.monotonic() - start, 1)
        if settings.archive and backup == "latest":
            at, more = rehearse_moment(settings, found, say)
            seen += more
            run.details["moment"] = window.stamp(at)
            # What the archive has need not come out of the backup.
            run.details["rpo_seconds"] = round((begun - at).total_seconds(), 1)
        run.details["checks"] = [check.plain() for check in seen]
        wrong = [f"{check.name}: {check.said}" for check in seen if not check.ok]
        if wrong:
            raise BackupError(
                f"{chosen.id} of {place} was restored and is not good: {'; '.join(wrong)}. Look which of the others is"
                f" (`ipai-odoo-backup list {settings.environment}` shows them; playbook drill with -e drill_backup=ID),"
                " and make a new one now (playbook backup)"
            )
        if found.problems:
            raise BackupError(f"{chosen.id} is good, but: {'; '.join(found.problems.values())}")
        return dict(run.details)


def farthest(settings: Settings, backup: pairs.Backup) -> Restic:
    """The last of the repositories that have the backup."""
    return next(place for place in reversed(pairs.repositories(settings)) if place.repository.name in backup.places)


def rehearse(settings: Settings, place: Restic, backup: pairs.Backup, say: pairs.Say) -> list[checks.Check]:
    """Restore, ask, and remove."""
    document = _stack.container(settings.server)
    if document is None:
        raise BackupError(f"there is no container {settings.server}, whose image a drill needs: run the playbook site")
    name = f"{settings.environment}-drill"
    folder = os.path.join(settings.home, "drill")
    with throwaway.server(name, document["Config"]["Image"], folder, MEMORY_MB) as server:
        files = os.path.join(folder, "filestore")
        fetch(settings, place, backup, server, files, say)
        say("looking at what was restored")
        with guest.visit(server, settings.database, OWNER) as session:
            restored = checks.Restored(session, settings.database, files, backup.manifest)
            seen = checks.run(restored, settings.invariants)
            say("starting Odoo on it")
            login = odoo_probe.Login("127.0.0.1", 5432, settings.database, OWNER, session.password)
            return seen + odoo_probe.probe(settings, login, files, f"container:{name}")


def rehearse_moment(settings: Settings, found: pairs.Catalogue, say: pairs.Say) -> tuple[datetime, list[checks.Check]]:
    """Restore the last moment that database and filestore share, ask, and remove; the moment, and what was seen.

    :raises BackupError: there is none.
    """
    archived = archive_settings.load(settings.server)
    repository = archived.repositories[-1].name
    place = next(one for one in reversed(pairs.repositories(settings)) if found.passes.get(one.repository.name))
    passes = found.passes[place.repository.name]
    spans = window.shared(archive_window.spans(Archive(archived), repository).get(repository, []), list(passes))
    if not spans:
        raise BackupError(
            f"no moment can be restored from the archive of {settings.server} in {repository}: look at"
            f" `ipai-odoo-backup archive-window {settings.server}`, and make a base backup"
            f" (`ipai-odoo-backup archive {settings.server} full`)"
        )
    at = spans[-1].end
    files = os.path.join(settings.home, "drill-files")
    shutil.rmtree(files, ignore_errors=True)
    say(f"restoring {window.stamp(at)} from {repository}, with files from {place}")
    try:
        for snapshot in window.passes_for(at, passes):
            place.restore_folder(snapshot, files)
        with archive_copy.at(archived, at, repository=repository) as copy:
            base = restore_plan.base(found, at)
            manifest = base.manifest if base else None
            restored = checks.Restored(copy.server, settings.database, files, manifest, later=True)
            seen = [moment.lived(copy.server, at), *checks.run(restored, settings.invariants)]
    finally:
        shutil.rmtree(files, ignore_errors=True)
    return at, [dataclasses.replace(check, name=f"moment: {check.name}") for check in seen]


def fetch(settings: Settings, place: Restic, backup: pairs.Backup, server: Server, files: str, say: pairs.Say) -> None:
    """Restore a backup into an empty server and an empty folder."""
    parts = backup.places[place.repository.name]
    server.create(settings.database, "postgres")
    say(f"database of {backup.id} from {place}")
    with guest.loading(server, settings.database, OWNER, Server(settings.server), settings.database) as reader:
        dumps.read(
            place,
            parts[pairs.DATABASE],
            backup.manifest,
            reader,
            lambda size: say(f"database: {size / 2**20:.0f} MiB"),
        )
    say(f"{backup.manifest['filestore']['files']} files from {place}")
    place.restore_folder(parts[pairs.FILESTORE], files)
    owner = os.stat(os.path.join(settings.directory, "data"))
    give(files, owner.st_uid, owner.st_gid)
