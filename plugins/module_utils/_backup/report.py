# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What one wants to know of an environment's backups, gathered: whether all is well, and what there is."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.timers import ENVIRONMENT, SERVER, Timer
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import seconds_of

#: Seconds after which a run that its timer has started, and that is not at work, should have left a word.
PATIENCE = 3600.0
#: Kinds that leave a word only when there was something to do.
QUIET = ("mend",)
#: Runs that are told of, the newest first.
RECENT = 30
OK, FAILING, STOPPED, LATE, NEVER, OFF = "ok", "failing", "stopped", "late", "never", "off"


def state_of(kind: str, now: t.Mapping[str, t.Any], timer: Timer | None, ended: float | None, seconds: float) -> str:
    """How a kind of run is doing.

    :param timer: what starts it; without one, it is started by hand or by another run.
    :param ended: when the last of its runs ended, well or not; ``None`` if none ever has.
    :param seconds: now.
    """
    if now.get("failures"):
        return FAILING
    if timer and not timer.goes_on:
        return STOPPED
    called = timer.triggered if timer and not timer.running and kind not in QUIET else None
    # A timer that never went off may say that it did, so the first run is told of by nobody but itself.
    if called and ended and ended < called < seconds - PATIENCE:
        return LATE
    return OK if now.get("last_good") or kind in QUIET else NEVER


def build(
    settings: Settings,
    machine: str,
    seconds: float,
    listing: t.Mapping[str, t.Any],
    status: record.Status,
    runs: t.Sequence[record.Entry],
    timers: t.Mapping[str, Timer],
) -> dict[str, t.Any]:
    """The report; times in it are UTC.

    :param seconds: now, since 1970.
    :param listing: what ``odoo_backup_info`` tells.
    :param status: of the environment and of its database server.
    :param runs: of both.
    :param timers: of both, by the kind of run that they start.
    :returns: V(attention) (sentences about what is wrong), V(unproven) (about what is still to come), V(notices) (about
        what could be better), V(off) (no backups are made by themselves), V(kinds), V(window), V(backups), V(drills),
        V(failures).
    """
    off = not any(timers[kind].there for kind in ENVIRONMENT)
    timers = {kind: timer for kind, timer in timers.items() if not (off and kind in ENVIRONMENT)}
    ends: dict[str, float] = {}
    for entry in runs:
        ends[entry["kind"]] = max(ends.get(entry["kind"], 0.0), seconds_of(entry["end"]))
    kinds, states = [], {}
    attention = [f"The repository {name} cannot be asked: {why}" for name, why in sorted(listing["problems"].items())]
    for kind in sorted({*status, *timers}, key=_order):
        now, timer = status.get(kind, {}), timers.get(kind)
        states[kind] = OFF if off and kind in ENVIRONMENT else state_of(kind, now, timer, ends.get(kind), seconds)
        name = record.NAMES.get(kind, kind)
        # What is stopped is told of by name already; and what is off, nothing mends.
        told = kind in record.ATTENDED or (kind == "timers" and STOPPED in states.values())
        if not told and not (off and kind not in SERVER):
            attention += _complaint(name, states[kind], now, timer)
        kinds.append({"kind": kind, "name": name, "state": states[kind], "timer": _plain(timer), **now})
    backups = sorted(listing["backups"], key=lambda backup: backup["at"], reverse=True)
    unproven = []
    if not (backups or off):
        if states["pair"] == NEVER:
            unproven.append(f"There is no backup yet{_due(timers['pair'])}.")
        else:
            attention.append("There is no backup.")
    if states.get("drill") == NEVER and not off:
        unproven.append(f"No backup has been restored in a drill yet{_due(timers.get('drill'))}.")
    newest = sorted(runs, key=lambda entry: entry["end"], reverse=True)
    return {
        "host": settings.environment,
        "machine": machine,
        "timezone": settings.timezone,
        "generated": record.stamp(seconds),
        "attention": attention,
        "unproven": unproven,
        "notices": [] if off else _notices(settings),
        "off": off,
        "kinds": kinds,
        "window": listing["window"],
        "passes": listing["passes"],
        "backups": backups,
        "drills": [entry for entry in newest if entry["kind"] == "drill"][:RECENT],
        "failures": [entry for entry in newest if entry["result"] == record.BAD][:RECENT],
    }


def headline(found: t.Mapping[str, t.Any]) -> str:
    """The report in a sentence or two."""
    off = "Backups are off (odoo_backup)."
    if found["attention"]:
        number = len(found["attention"])
        needs = "1 thing needs attention." if number == 1 else f"{number} things need attention."
        return f"{needs} {off}" if found["off"] else needs
    if found["off"]:
        return off
    return "Nothing is wrong, but not all is proven yet." if found["unproven"] else "All is well."


def _order(kind: str) -> tuple[int, str]:
    names = list(record.NAMES)
    return (names.index(kind) if kind in names else len(names), kind)


def _complaint(name: str, state: str, now: t.Mapping[str, t.Any], timer: Timer | None) -> list[str]:
    """What is wrong with a kind of run, if anything is."""
    if state == FAILING:
        times = now["failures"]
        often = f"{times} times in a row, since" if times > 1 else "at"
        return [f"The {name} has failed, {often} {now['since']}: {now['last_failure']['message']}"]
    if state == LATE and timer and timer.triggered:
        return [f"The {name} is late: it was started at {record.stamp(timer.triggered)}, and no run has ended since."]
    if state == STOPPED:
        return [f"The {name} does not run by itself any more: its timer is stopped or gone. Run the playbook site."]
    return []


def _plain(timer: Timer | None) -> dict[str, t.Any] | None:
    """A timer as plain data, times as text."""
    if not timer:
        return None
    found = dataclasses.asdict(timer)
    times = ("triggered", "due")
    return {**found, **{name: record.stamp(found[name]) if found[name] else None for name in times}}


def _due(timer: Timer | None) -> str:
    if timer and timer.running:
        return "; a run is at work now"
    return f"; the next run is at {record.stamp(timer.due)}" if timer and timer.due else ""


def _notices(settings: Settings) -> list[str]:
    found = []
    if not any(one.remote for one in settings.repositories):
        found.append("No backup is off the droplet: whoever loses it loses them. Add a bucket to backup_repositories.")
    elif len(settings.repositories) == 1:
        found.append(
            f"All backups are in one place, {settings.repositories[0].name}. Add another to backup_repositories."
        )
    if not settings.webhook_file:
        found.append("Nobody is told when something fails: backup_webhook is empty.")
    return found
