# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that concern the backups of an environment."""

from __future__ import annotations

import sys
import typing as t
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    drill,
    importing,
    listing,
    odoo_zip,
    pairs,
    progress,
    runs,
    settings,
    timers,
)


def say(text: str) -> None:
    """Progress, for the journal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    progress.journal(text)


def pair(host: str, _words: t.Sequence[str]) -> None:
    """Make a backup of database and filestore, and remove what has expired."""
    runs.make_backup(settings.load(host), say=say, wait=3600.0)


def make_pass(host: str, _words: t.Sequence[str]) -> None:
    """Store the filestore's new files."""
    found = settings.load(host)
    try:
        runs.make_pass(found, say=say)
    finally:
        timers.watch(found)


def export(host: str, words: t.Sequence[str]) -> None:
    """FILE [ID]: write a backup, by default the latest, as a zip of Odoo, which is not encrypted."""
    if not words:
        raise settings.BackupError(
            "say which file to write: ipai-odoo-backup export ENVIRONMENT /path/to/file.zip [ID]"
        )
    found = settings.load(host)
    with pairs.reading(found, f"export of {host}"):
        backup = pairs.catalogue(found).find(words[1] if len(words) > 1 else "latest")
        place = next(one for one in pairs.repositories(found) if one.repository.name in backup.places)
        size = odoo_zip.export(found, place, backup, words[0], say)
    say(f"{words[0]}: {backup.id}, {size / 2**20:.1f} MiB, not encrypted")


def import_zip(host: str, words: t.Sequence[str]) -> None:
    """FILE: make a backup of a zip of Odoo."""
    if len(words) != 1:
        raise settings.BackupError("say which file to read: ipai-odoo-backup import ENVIRONMENT /path/to/file.zip")
    found = settings.load(host)
    with pairs.lock(found, f"import into the backups of {host}", 3600.0):
        backup, problems = importing.import_zip(found, words[0], say)
    for problem in problems.values():
        say(problem)
    say(backup.id)


def show(host: str, _words: t.Sequence[str]) -> None:
    """List the backups, and the moments that can be restored."""
    found = settings.load(host)
    for line in listing.lines(listing.listing(found), found.timezone):
        say(line)


def rehearse(host: str, words: t.Sequence[str]) -> None:
    """[ID]: restore a backup, by default the latest, where nothing can go wrong, look at it, and remove it again."""
    found = drill.drill(settings.load(host), backup=words[0] if words else "latest", say=say)
    for check in found["checks"]:
        say(f"{check['name']}: {check['said']}")
    say(f"{found['id']} of {found['repository']} restored, looked at and serving after {found['rto_seconds']} s")


def verify(host: str, _words: t.Sequence[str]) -> None:
    """Look through the repositories, read a seventh of their data, and free space."""
    runs.verify(settings.load(host), datetime.now(timezone.utc), say=say)


COMMANDS: dict[str, t.Callable[[str, t.Sequence[str]], None]] = {
    "drill": rehearse,
    "export": export,
    "import": import_zip,
    "list": show,
    "pair": pair,
    "pass": make_pass,
    "verify": verify,
}
