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
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings


def needed(settings: Settings) -> bool:
    """Whether the environment's database is empty."""
    return restore_plan.live_is_empty(settings)


def wish(
    settings: Settings, backup: str | None, target: datetime | None, repository: str | None
) -> restore_plan.Wish | None:
    """What is to be restored; ``None`` when the environment was never backed up, and nothing was asked for.

    :param backup: an id or V(latest); without one, and without ``target``, the last moment that can be had.
    """
    if backup or target:
        return restore_plan.Wish(backup=backup or "", moment=target, repository=repository, publish=True)
    found = pairs.catalogue(settings, repository)
    if not found.backups and not any(found.passes.values()) and not found.problems:
        return None
    archived = bool(settings.archive and settings.server) and bool(
        moment.newest_of_former(Archive(archive_settings.load(settings.server)).info(), repository)
    )
    return restore_plan.Wish(newest=archived, repository=repository, publish=True)


def recover(settings: Settings, wanted: restore_plan.Wish, *, secrets: bool, say: pairs.Say) -> dict[str, t.Any]:
    """Restore and publish; with ``secrets``, also the passwords by which one logged in.

    :returns: see :func:`restore.restore`, and V(secrets) (the names of those that came back).
    :raises BackupError: it cannot be restored; the database is empty still.
    """
    planned = restore_plan.plan(settings, wanted)
    done = restore.restore(settings, planned, say)
    done["secrets"] = []
    if secrets and planned.backup and planned.place:
        parts = planned.backup.places[planned.place.repository.name]
        done["secrets"] = private.restore(settings, planned.place, parts[pairs.MANIFEST])
    return done
