# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""How far the verifications of the repositories are, and what they have found to be lost: the last runs tell."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings


@dataclass(frozen=True)
class Checked:
    """What is known of a repository.

    :param part: the part of its data that was read last.
    :param pruned: when space was freed last.
    :param lost: snapshots of which something was missing then.  What is the same is stored again with later backups,
        which brings them back: the next verification knows.
    """

    part: int = 0
    pruned: datetime | None = None
    lost: frozenset[str] = frozenset()

    def plain(self) -> dict[str, t.Any]:
        """As it is remembered."""
        pruned = self.pruned.isoformat() if self.pruned else None
        return {"part": self.part, "pruned": pruned, "lost": sorted(self.lost)}


def last(settings: Settings) -> dict[str, Checked]:
    """What is known of each repository, by its name."""
    found: dict[str, Checked] = defaultdict(Checked)
    for entry in record.read_runs(settings.state):
        if entry["kind"] == "verify":
            for name, one in entry["details"].get("checks", {}).items():
                # A repository that could not be asked is as it was.
                if "part" in one:
                    pruned = datetime.fromisoformat(one["pruned"]) if one["pruned"] else None
                    found[name] = Checked(one["part"], pruned, frozenset(one["lost"]))
    return found


def lost(settings: Settings) -> dict[str, frozenset[str]]:
    """Repository → snapshots that cannot be read in it."""
    return defaultdict(frozenset, {name: one.lost for name, one in last(settings).items()})
