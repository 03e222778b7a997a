# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Timers that somebody has stopped: of what does not run, no run can tell that it failed.

Two timers look after all of an environment and of its database server, themselves among them.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import run

#: Runs that have timers, of an environment and of an archived server.
ENVIRONMENT = ("pair", "pass", "verify", "drill", "mend")
SERVER = ("archive", "archive-full", "archive-incr", "archive-gaps", "archive-verify")
#: What is asked of a timer and of the service that it starts.
PROPERTIES = ("Id", "LoadState", "ActiveState", "LastTriggerUSec", "NextElapseUSecRealtime")
#: Seconds in which a playbook restarts a timer.
PATIENCE = 5.0


@dataclass(frozen=True)
class Timer:
    """What systemd knows of a timer; times are seconds since 1970.

    :param there: somebody has made it.
    :param active: it waits for its next moment, or for the end of what it has started.
    :param running: what it starts is at work.
    :param triggered: when it went off last.  One that never has, and was itself started anew, says when it was made.
    :param due: when it goes off next.
    """

    there: bool = False
    active: bool = False
    running: bool = False
    triggered: float | None = None
    due: float | None = None

    @property
    def goes_on(self) -> bool:
        """Whether what it starts will run again."""
        return self.running or (self.active and self.due is not None)


def units(settings: Settings) -> dict[str, str]:
    """Kind of run → the unit that a timer starts, without its suffix."""
    found = {kind: record.unit(kind, settings.environment) for kind in ENVIRONMENT}
    if settings.archive and settings.server:
        found |= {kind: record.unit(kind, settings.server) for kind in SERVER}
    return found


def look(settings: Settings) -> dict[str, Timer]:
    """Kind of run → its timer.

    :raises CommandError: systemd does not answer.
    """
    names = units(settings)
    argv = ["systemctl", "show", f"--property={','.join(PROPERTIES)}"]
    argv += [f"{unit}.{suffix}" for unit in names.values() for suffix in ("timer", "service")]
    said = run(argv, timeout=30, check=True, env={"TZ": "UTC"}).stdout
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in said.split("\n\n")]
    shown = {block["Id"]: block for block in blocks if "Id" in block}
    found = {}
    for kind, unit in names.items():
        timer, service = shown.get(f"{unit}.timer", {}), shown.get(f"{unit}.service", {})
        found[kind] = Timer(
            there=timer.get("LoadState", "not-found") != "not-found",
            active=timer.get("ActiveState") == "active",
            running=service.get("ActiveState") == "activating",
            triggered=_seconds(timer.get("LastTriggerUSec", "")),
            due=_seconds(timer.get("NextElapseUSecRealtime", "")),
        )
    return found


def _seconds(text: str) -> float | None:
    """What systemd writes as ``Sat 2026-11-21 02:00:00 UTC``, and as nothing or ``n/a`` where there is no time."""
    try:
        # Python's names of days are those of a locale.
        return datetime.strptime(text.partition(" ")[2].replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z").timestamp()
    except ValueError:
        return None


def stopped(settings: Settings) -> list[str]:
    """The timers that do not run; none where no backups are made by themselves."""
    found = [f"{unit}.timer" for unit in units(settings).values()]
    # A line for each, in their order; its exit code says only whether all are.
    said = run(["systemctl", "is-active", *found], timeout=30).stdout.split()
    idle = [unit for unit, state in zip(found, said) if state != "active"]
    return idle if len(idle) < len(found) else []


def watch(settings: Settings, look: t.Callable[[Settings], list[str]] = stopped) -> None:
    """Tell of stopped timers when they are found, daily while it lasts, and when they run again."""
    host, kind = settings.environment, "timers"
    idle = look(settings)
    if idle:
        time.sleep(PATIENCE)
        idle = look(settings)
    if not idle:
        record.recovered(settings.state, kind, host, settings.webhook_file)
        return
    before = record.read_status(settings.state).get(kind, {})
    if before.get("failures") and time.time() - window.seconds_of(before["last_failure"]["end"]) < record.REMINDER:
        return
    with contextlib.suppress(BackupError), record.run(settings.state, kind, host, settings.webhook_file):
        raise BackupError(f"stopped, switched off or masked: {', '.join(idle)}. What they start is not done")
