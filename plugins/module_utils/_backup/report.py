# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What one wants to know of an environment's backups, gathered: whether all is well, and what there is."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, window

#: Seconds after which something is late that runs by itself: its interval, its jitter, and some patience.
EXPECTED = {
    "pair": 26 * 3600.0,
    "pass": 3600.0,
    "verify": 26 * 3600.0,
    "drill": 8 * 86400.0,
    "archive-full": 26 * 3600.0,
    "archive-incr": 3 * 3600.0,
}
#: Runs that are told of, the newest first.
RECENT = 30
OK, FAILING, LATE, NEVER = "ok", "failing", "late", "never"


def state_of(kind: str, now: t.Mapping[str, t.Any], seconds: float) -> str:
    """How a kind of run is doing."""
    good = now.get("last_good")
    if now.get("failures"):
        return FAILING
    if not good:
        return NEVER
    age = seconds - window.seconds_of(good["end"])
    return LATE if kind in EXPECTED and age > EXPECTED[kind] else OK


def build(
    host: str,
    machine: str,
    zone: str,
    seconds: float,
    listing: t.Mapping[str, t.Any],
    status: record.Status,
    runs: t.Sequence[record.Entry],
) -> dict[str, t.Any]:
    """The report.

    :param zone: time zone in which the page shows times; in the report they are UTC.
    :param seconds: now, since 1970.
    :param listing: what ``odoo_backup_info`` tells.
    :param status: of the environment and of its database server.
    :param runs: of both.
    :returns: V(attention) (sentences; empty when all is well), V(kinds), V(window), V(backups), V(drills), V(failures).
    """
    kinds = []
    attention = [f"The repository {name} cannot be asked: {why}" for name, why in sorted(listing["problems"].items())]
    for kind, now in status.items():
        state = state_of(kind, now, seconds)
        name = record.NAMES.get(kind, kind)
        if state == FAILING and kind not in record.ATTENDED:
            times = now["failures"]
            often = f"{times} times in a row, since" if times > 1 else "at"
            attention.append(f"The {name} has failed, {often} {now['since']}: {now['last_failure']['message']}")
        elif state == LATE:
            attention.append(f"The {name} is late: the last good one ended at {now['last_good']['end']}.")
        kinds.append({"kind": kind, "name": name, "state": state, **now})
    backups = sorted(listing["backups"], key=lambda backup: backup["at"], reverse=True)
    if not backups:
        attention.append("There is no backup yet.")
    newest = sorted(runs, key=lambda entry: entry["end"], reverse=True)
    order = list(record.NAMES)
    return {
        "host": host,
        "machine": machine,
        "timezone": zone,
        "generated": record.stamp(seconds),
        "attention": attention,
        "kinds": sorted(kinds, key=lambda kind: order.index(kind["kind"]) if kind["kind"] in order else len(order)),
        "window": listing["window"],
        "passes": listing["passes"],
        "backups": backups,
        "drills": [entry for entry in newest if entry["kind"] == "drill"][:RECENT],
        "failures": [entry for entry in newest if entry["result"] == record.BAD][:RECENT],
    }
