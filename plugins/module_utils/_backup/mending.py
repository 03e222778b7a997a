# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What becomes of a repository in which data is damaged or missing.

Left alone, it would spoil the backups to come as well: what is the same as something damaged is not stored again.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic, Snapshot, version
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError

#: The first restic that repairs without being told that this is an experiment.
REPAIRS = (0, 17)


@dataclass(frozen=True)
class Mended:
    """What was done, in words, and the snapshots of the repository that lack something still; ``None``: not known."""

    said: str
    lost: frozenset[str] | None = None


def mend(
    place: Restic,
    others: t.Sequence[Restic],
    damage: str,
    lost: t.Mapping[str, t.Container[str]],
    say: pairs.Say,
) -> Mended:
    """Take what is damaged out of a repository and bring it back from the others.

    Only what cannot be read here, and is in another repository, is replaced.

    :param lost: repository → what is known to be lost in it.
    """
    if version() < REPAIRS:
        return Mended("this restic cannot repair it: 0.17 or newer can")
    say(f"taking out what is damaged in {place}")
    here: list[Snapshot] | None = None
    back = 0
    try:
        damaged = place.repair(damage)
        here = [one for one in place.snapshots() if one.id[:8] in damaged]
        for other in others:
            name = other.repository.name
            there = {pairs.mark(one) for one in other.snapshots() if one.id not in lost[name]}
            theirs = [one for one in here if pairs.mark(one) in there]
            # The manifest first: a backup that is half removed is no backup.
            for manifest in (True, False):
                place.forget([one.id for one in theirs if (one.tags.get("part") == pairs.MANIFEST) is manifest])
            here = [one for one in here if one not in theirs]
            say(f"copying from {other}")
            pairs.synchronise(other, place, {name: lost[name], place.repository.name: ids(here)})
            back += len(theirs)
    except RepositoryError as exc:
        return Mended(f"it could not be repaired: {exc}", None if here is None else ids(here))
    done = "what was damaged is taken out, new backups are whole"
    if back:
        done += f"; {back} snapshots were copied again from the other repositories"
    if here:
        names = sorted({one.tags.get("backup") or one.tags.get("at", one.id) for one in here})
        done += f"; lost here: {', '.join(names[:5])}"
    return Mended(done, ids(here))


def ids(snapshots: t.Iterable[Snapshot]) -> frozenset[str]:
    return frozenset(one.id for one in snapshots)
