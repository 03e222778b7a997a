# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The program of the backups, ``ipai-odoo-backup COMMAND HOST [WORD…]``: what timers of the droplet call.

It is made of the same functions that the modules call; no controller is needed.  A failure is one message on
standard error and exit code 1.
"""

from __future__ import annotations

import os
import sys
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_commands,
    pair_commands,
    record_commands,
    restore_commands,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: What is called with the host's name and further words.  What it says goes to standard output by itself.  The first
#: line of its docstring is what the help says of it.
Command = t.Callable[[str, t.Sequence[str]], None]

COMMANDS: t.Mapping[str, Command] = {
    **archive_commands.COMMANDS,
    **pair_commands.COMMANDS,
    **record_commands.COMMANDS,
    **restore_commands.COMMANDS,
}


def usage() -> str:
    """Every command, with a line of explanation."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {(command.__doc__ or '').partition(chr(10))[0]}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: ipai-odoo-backup COMMAND HOST [WORD…]",
            "HOST is an environment, or a database server for heartbeat and what begins with archive. Commands:",
            *sorted(lines),
            "",
        ]
    )


def main(argv: t.Sequence[str]) -> int:
    """Run one command; its exit code."""
    if argv[:1] in (["-h"], ["--help"], ["help"]):
        sys.stdout.write(usage())
        return 0
    if len(argv) < 2 or argv[0] not in COMMANDS:
        sys.stderr.write(usage())
        return 2
    command, host, *words = argv
    try:
        COMMANDS[command](host, words)
    except (BackupError, CommandError, OSError) as exc:
        sys.stderr.write(prefixed(f"{command} {host}: {exc}"))
        return 1
    return 0


def prefixed(text: str) -> str:
    """An error with the prefix by which the journal knows one (sd-daemon(3)), where standard error goes there."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return f"{text}\n"
    # systemd.exec(5): a variable alone may have been inherited by somebody with another standard error.
    prefix = "<3>" if os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}" else ""
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())
