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

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import run

#: Runs that have timers, of an environment and of an archived server.
ENVIRONMENT = ("pair", "pass", "verify", "drill", "mend")
SERVER = ("archive", "archive-full", "archive-incr", "archive-gaps", "archive-verify")
#: Seconds in which a playbook restarts a timer.
PATIENCE = 5.0


def stopped(settings: Settings) -> list[str]:
    """The timers that do not run; none where no backups are made by themselves."""
    units = [f"{record.unit(kind, settings.environment)}.timer" for kind in ENVIRONMENT]
    if settings.archive and settings.server:
        units += [f"{record.unit(kind, settings.server)}.timer" for kind in SERVER]
    # A line for each, in their order; its exit code says only whether all are.
    said = run(["systemctl", "is-active", *units], timeout=30).stdout.split()
    idle = [unit for unit, state in zip(units, said) if state != "active"]
    return idle if len(idle) < len(units) else []


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
