# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Bring back what an environment held whose droplet is gone: into an empty database, and only there."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_settings,
    moment,
    pairs,
    private,
    restore,
    restore_plan,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings


def needed(settings: Settings) -> bool:
    """Whether the environment's database is empty."""
    return restore_plan.live_is_empty(settings)


def wish(
    settings: Settings,
    backup: str | None,
    target: datetime | None,
    repository: str | None,
    *,
    required: bool = False,
) -> restore_plan.Wish | None:
    """What is to be restored; ``None`` when the environment was never backed up, and nothing certain was asked for.

    :param backup: an id or V(latest); without one, and without ``target``, the last moment that can be had.
    :param required: it must have been backed up.
    :raises BackupError: it was not; or nobody knows what is the newest, because a repository does not answer.
    """
    if target or backup not in (None, "", "latest"):
        return restore_plan.Wish(backup=backup or "", moment=target, repository=repository, publish=True)
    found = pairs.catalogue(settings, repository)
    if found.problems:
        raise BackupError(
            f"the newest of {settings.environment} is not known: {'; '.join(found.problems.values())}. Nothing was"
            " restored. Mend that, or name the repository to restore from (-e recover_repository=…)"
        )
    if not found.backups and not any(found.passes.values()):
        if required:
            raise BackupError(_nothing(settings, repository))
        return None
    archived = bool(settings.archive and settings.server) and bool(
        moment.newest_of_former(Archive(archive_settings.load(settings.server)).info(), repository)
    )
    return restore_plan.Wish(newest=archived and not backup, repository=repository, publish=True)


def _nothing(settings: Settings, repository: str | None) -> str:
    names = ", ".join(one.name for one in settings.repositories if repository in (None, one.name))
    return (
        f"{settings.environment} makes backups, and there is none to recover it from: "
        + (f"nothing is in {names}" if names else "none of its repositories is there")
        + ". Nothing was installed, and no repository was made. Is a path, a prefix or a bucket another than it was, or"
        " a disk not mounted? Correct backup_repositories and run again. If it is meant to begin empty, say so with"
        " odoo_recover_empty=true, in the inventory or with -e"
    )


def recover(settings: Settings, wanted: restore_plan.Wish, *, secrets: bool, say: pairs.Say) -> dict[str, t.Any]:
    """Restore and publish; with ``secrets``, also the passwords by which one logged in.

    :returns: see :func:`restore.restore`, and V(secrets) (the names of those that came back).
    :raises BackupError: it cannot be restored; the database is empty still.
    """
    planned = restore_plan.plan(settings, wanted)
    done = restore.restore(settings, planned, say)
    done["secrets"] = []
    if secrets and planned.backup:
        # A moment's files may come from elsewhere.
        place = restore_plan.place_of(settings, planned.backup)
        parts = planned.backup.places[place.repository.name]
        done["secrets"] = private.restore(settings, place, parts[pairs.MANIFEST])
    return done
