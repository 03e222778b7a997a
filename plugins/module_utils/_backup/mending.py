# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What becomes of a repository in which data is damaged or missing.

Left alone, it would spoil the backups to come as well: what is the same as something damaged is not stored again.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic, version
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError

#: The first restic that repairs without being told that this is an experiment.
REPAIRS = (0, 17)


def mend(place: Restic, others: t.Sequence[Restic], damage: str, say: pairs.Say) -> str:
    """Take what is damaged out of a repository and bring it back from the others; what was done.

    Only what cannot be read here, and is in another repository, is replaced.
    """
    if version() < REPAIRS:
        return "this restic cannot repair it: 0.17 or newer can"
    say(f"taking out what is damaged in {place}")
    try:
        lost = place.repair(damage)
        here = [one for one in place.snapshots() if one.id[:8] in lost]
        back = 0
        for other in others:
            there = {pairs.mark(one) for one in other.snapshots()}
            theirs = [one for one in here if pairs.mark(one) in there]
            # The manifest first: a backup that is half removed is no backup.
            for manifest in (True, False):
                place.forget([one.id for one in theirs if (one.tags.get("part") == pairs.MANIFEST) is manifest])
            say(f"copying from {other}")
            pairs.synchronise(other, place)
            back += len(theirs)
            here = [one for one in here if one not in theirs]
    except RepositoryError as exc:
        return f"it could not be repaired: {exc}"
    done = "what was damaged is taken out, new backups are whole"
    if back:
        done += f"; {back} snapshots were copied again from the other repositories"
    if here:
        names = sorted({one.tags.get("backup") or one.tags.get("at", one.id) for one in here})
        done += f"; lost here: {', '.join(names[:5])}"
    return done
