# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Sets an archive up: a stanza and a base backup in every repository, and nobody else's archive taken over unasked."""

from __future__ import annotations

import dataclasses
import json
import os
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _files
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import (
    NO_STANZA,
    NO_STANZA_DATA,
    Archive,
    Contents,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: How pgBackRest ends while another one has the lock, and the seconds until that is a matter.
LOCKED = 50
LOCK_TIMEOUT = 120.0


class Setup:
    """What there is to do for an archive.

    :ivar steps: what was done, or would be, in words.
    :ivar warnings: what keeps the archive from being complete.
    """

    def __init__(self, archive: Archive, *, adopt: bool, check_mode: bool) -> None:
        self.archive = archive
        self.adopt = adopt
        self.check_mode = check_mode
        self.steps: list[str] = []
        self.warnings: list[str] = []

    def run(self) -> None:
        """Bring it about.

        :raises BackupError, CommandError: it cannot be, or no repository can be read.
        """
        found = self._readable(self.archive.info())
        system = self.archive.system()
        others = [one for one in found if one.systems and one.systems[-1] != system]
        if others and not self.adopt:
            raise BackupError(self._refusal(others, system))
        if others:
            self.steps.append(f"go on in the archive of another server in {names(others)}")
        fresh = [one for one in found if one.code in (NO_STANZA, NO_STANZA_DATA)]
        self._refuse_vanished(fresh)
        if fresh:
            self.steps.append(f"begin an archive in {names(fresh)}")
        if (others or fresh) and not self.check_mode:
            # Each goes through the repositories in their order, and ends at the first that is the other's business.
            for _turn in found if others else ():
                self._stanza("stanza-upgrade", check=False)
                self._stanza("stanza-create", check=False)
            self._stanza("stanza-create")
            self.archive.pgbackrest("check", timeout=600)
            found = self._readable(self.archive.info())
        lacking = found if self.check_mode and others else [one for one in found if not one.backups]
        for one in lacking:
            self.steps.append(f"make a full backup in {one.repository.name}")
            if not self.check_mode:
                self.archive.backup("full", one.repository.name)
        if not self.check_mode:
            self._remember(found)

    def _refuse_vanished(self, fresh: t.Iterable[Contents]) -> None:
        """:raises BackupError: there is nothing where an earlier run has begun an archive."""
        places, used = self.archive.settings.places(), self._used()
        for one in fresh:
            where = places[one.repository.name]
            if where in used:
                raise BackupError(
                    f"the archive of {self.archive.settings.server} in {one.repository.name} was in use, and there is"
                    f" nothing in {where} any more. None was begun there. Is a disk not mounted, or was a bucket"
                    " emptied? Bring it back and run again. If what was in it is lost for good, give the repository"
                    " another path or prefix in backup_repositories: an archive is begun there"
                )

    def _used(self) -> set[str]:
        try:
            with open(self._memory, encoding="utf-8") as stream:
                return set(json.load(stream))
        except FileNotFoundError:
            return set()

    def _remember(self, begun: t.Iterable[Contents]) -> None:
        """Keep where archives were begun: a place that is empty later is no new one."""
        settings, used = self.archive.settings, self._used()
        places = settings.places()
        after = used.union(places[one.repository.name] for one in begun)
        if after != used:
            access = _files.Access(os.geteuid(), os.getegid(), 0o600)
            _files.make_private_directory(settings.state, dataclasses.replace(access, mode=0o700))
            _files.write_atomic(self._memory, json.dumps(sorted(after)).encode(), access)

    @property
    def _memory(self) -> str:
        return os.path.join(self.archive.settings.state, "places.json")

    def _stanza(self, command: str, *, check: bool = True) -> None:
        """Run one of pgBackRest's commands that want to be alone, which they are not while WAL is being pushed."""
        end = time.monotonic() + LOCK_TIMEOUT
        done = self.archive.pgbackrest(command, check=False)
        while done.rc == LOCKED and time.monotonic() < end:
            time.sleep(0.5)
            done = self.archive.pgbackrest(command, check=False)
        if check and done.rc:
            raise CommandError(done.argv, done.rc, done.stdout, done.stderr)

    def _readable(self, contents: t.Iterable[Contents]) -> list[Contents]:
        found = list(contents)
        locked = [one for one in found if one.locked]
        if locked:
            raise BackupError(self._locked(locked))
        self.warnings = [
            f"the repository {one.repository.name} of {self.archive.settings.server} cannot be read: {one.message}"
            for one in found
            if not one.readable
        ]
        if len(self.warnings) == len(found):
            raise BackupError("; ".join(self.warnings))
        return [one for one in found if one.readable]

    def _locked(self, locked: t.Sequence[Contents]) -> str:
        settings = self.archive.settings
        return (
            f"the key on the droplet does not open the archive of {settings.server} in {names(locked)}, which was made"
            f" with another one or is damaged ({locked[0].message}). Nothing was written to it. The key is in the"
            " recovery kit of the time when the archive was begun: put that in its place or set postgres_archive_key,"
            f" remove {settings.home}/secrets/archive_key on the droplet, and run again. To begin anew without what is"
            " in it, give the server another path or prefix in backup_repositories"
        )

    def _refusal(self, others: t.Sequence[Contents], system: int) -> str:
        server = self.archive.settings.server
        return (
            f"{names(others)} holds the archive of another server named {server} (system identifier"
            f" {others[0].systems[-1]}; this one has {system}). Nothing was written to it. If the droplet of that"
            " server is gone, bring everything back with the playbook ipai.odoo.recover. If this server was restored"
            " from the archive or takes the other's place with what it has, set postgres_archive_adopt to true for one"
            " run: the archive goes on with this one, and what is in it stays until it expires. Otherwise give this"
            " server another path or prefix in backup_repositories, or another name"
        )


def names(contents: t.Iterable[Contents]) -> str:
    return " and ".join(one.repository.name for one in contents)
