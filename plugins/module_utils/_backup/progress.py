# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""How a long run goes on, for whoever waits: C(journalctl -f -t ipai-odoo-backup) shows it, whatever has begun it.

Of what a timer runs, the journal has the standard output by that name.  What a playbook runs is told here.  Ansible's
own log has no name to rely on: where Python's C(systemd) is installed, which fail2ban wants, it is the interpreter's.
"""

from __future__ import annotations

import os
import syslog

#: As systemd calls what it starts, by the program's file.
NAME = "ipai-odoo-backup"


def journal(text: str) -> None:
    """Tell the journal, unless it has the standard output already."""
    if "JOURNAL_STREAM" in os.environ:
        return
    syslog.openlog(NAME, facility=syslog.LOG_DAEMON)
    syslog.syslog(syslog.LOG_INFO, text)
