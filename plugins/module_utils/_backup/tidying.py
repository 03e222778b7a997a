# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What is removed from an environment's repositories, and in which order."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import checked, pairs, retention
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings


def tidy(settings: Settings, now: datetime, verified: str | None = None) -> dict[str, t.Any]:
    """Remove what retention does not keep, and the parts of runs that were cut short.

    The locks, :func:`pairs.lock` and :func:`pairs.removing`, are the caller's.

    Nothing is removed from any repository while one of them cannot be asked, since what it holds is not known.

    :returns: V(removed) and V(kept) (ids), V(parts) (their number).
    :raises RepositoryError: a repository does not answer.
    """
    places = pairs.repositories(settings)
    snapshots = {place.repository.name: place.snapshots() for place in places}
    wholes = {name: pairs.whole(found) for name, found in snapshots.items()}
    times: dict[str, datetime] = {}
    imported = set()
    for name, found in wholes.items():
        for snapshot in snapshots[name]:
            marked = snapshot.tags.get("backup", "")
            if snapshot.tags.get("kind") == pairs.IMPORTED:
                imported.add(marked)
            if marked in found and snapshot.tags.get("part") == pairs.DATABASE:
                times.setdefault(marked, snapshot.time)
    lost = checked.lost(settings)
    damaged = set(times)
    for name, found in wholes.items():
        damaged -= {identifier for identifier, one in found.items() if lost[name].isdisjoint(one.values())}
    stays = retention.keep(
        times, settings.retention, now, zone=settings.timezone, verified=verified, lesser=damaged | imported
    )
    kept = {one.id for one in stays}
    removed = sorted(times.keys() - kept)
    parts = 0
    for place in places:
        name = place.repository.name
        passes = {one.id: one.time for one in snapshots[name] if one.tags.get("part") == pairs.PASS}
        goes = set(retention.thin(passes, settings.retention, now))
        for snapshot in snapshots[name]:
            identifier = snapshot.tags.get("backup")
            if identifier is not None and identifier not in wholes[name]:
                parts += 1
                goes.add(snapshot.id)
            elif identifier in removed:
                goes.add(snapshot.id)
        # The manifest first: a backup that is half removed is no backup.
        manifests = {wholes[name][one][pairs.MANIFEST] for one in removed if one in wholes[name]}
        place.forget(sorted(manifests))
        place.forget(sorted(goes - manifests))
    return {"removed": removed, "kept": sorted(kept), "parts": parts}
