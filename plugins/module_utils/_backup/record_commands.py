# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that tell of runs: to whoever waits for them, and about those that can tell no more."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _files
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    listing,
    record,
    report,
    report_page,
    settings,
    shown,
    timers,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings

#: Where the settings of environments and of database servers lie.
DIRECTORIES = (settings.DIRECTORY, "/etc/ipai-odoo/archive")


def webhook_file(host: str, directories: t.Sequence[str] = DIRECTORIES) -> str:
    """The file with the address for alerts about an environment or a database server; empty for none.

    Only that is read: an alert has to work where the rest of the settings does not.
    """
    for directory in directories:
        try:
            with open(os.path.join(directory, f"{host}.json"), encoding="utf-8") as stream:
                return str(json.load(stream).get("webhook_file") or "")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, AttributeError) as exc:
            raise BackupError(f"the settings of {host} in {directory} cannot be read: {exc}") from exc
    return ""


def alert(name: str, _words: t.Sequence[str]) -> None:
    """Record the failure of a unit that could not do it itself, such as pair:erp; systemd calls it."""
    kind, separator, host = name.partition(":")
    if not separator:
        raise BackupError(f"{name} is no run: it is named as pair:erp is")
    record.broken(os.path.join(settings.STATE, host), kind, host, webhook_file(host), os.environ)


def gather(found: Settings, seconds: float) -> dict[str, t.Any]:
    """The report of an environment; what runs for its database server belongs to it."""
    states = [found.state] + ([os.path.join(settings.STATE, found.server)] if found.server else [])
    status = {kind: now for state in states for kind, now in record.read_status(state).items()}
    runs = [entry for state in states for entry in record.read_runs(state)]
    return report.build(found, socket.gethostname(), seconds, listing.listing(found), status, runs, timers.look(found))


def write_report(host: str, _words: t.Sequence[str]) -> None:
    """Write report.json and report.html into /var/lib/ipai-odoo/HOST, and say what needs attention."""
    found = settings.load(host)
    built = gather(found, time.time())
    owner = _files.Access(os.geteuid(), os.getegid(), 0o600)
    _files.make_private_directory(found.state, _files.Access(owner.uid, owner.gid, 0o700))
    for name, content in (
        ("report.json", json.dumps(built, indent=1, ensure_ascii=False)),
        ("report.html", report_page.page(built)),
    ):
        _files.write_atomic(os.path.join(found.state, name), content.encode(), owner)
    lines = [report.headline(built), *built["attention"], *built["unproven"], *built["notices"]]
    sys.stdout.write(shown.moments("\n".join(lines), found.timezone) + "\n")


COMMANDS: dict[str, t.Callable[[str, t.Sequence[str]], None]] = {"alert": alert, "report": write_report}
