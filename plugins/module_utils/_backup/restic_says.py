# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What restic means when it refuses: its words, in the versions up to 0.18, as messages for the operator."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Repository
from ansible_collections.ipai.odoo.plugins.module_utils._command import RC_TIMEOUT, CommandError, tail

# What restic says, in the versions up to 0.18 → what is meant.
NO_REPOSITORY = ("is there a repository at the following location", "repository does not exist")
WRONG_KEY = ("wrong password or no key found",)
LOCKED = ("repository is already locked", "unable to create lock")
NO_SPACE = ("no space left on device", "quota", "insufficientstorage")
REFUSED = ("access denied", "accessdenied", "invalidaccesskeyid", "signaturedoesnotmatch", "forbidden")
DAMAGED = ("repository contains errors", "is damaged and must be repaired", "invalid data returned")
#: Marks of the lines that name what is damaged.
TELLING = ("error:", "pack ", "invalid data", "does not exist")
CLOCK = ("requesttimetooskewed", "certificate is not yet valid", "certificate has expired")


class RepositoryError(BackupError):
    """A repository does not do what it is asked.

    :param missing: there is none yet.
    :param locked: the lock of another program is in it.
    :param damage: what restic says about data that is not what was stored.
    """

    def __init__(self, message: str, *, missing: bool = False, locked: bool = False, damage: str = "") -> None:
        super().__init__(message)
        self.missing = missing
        self.locked = locked
        self.damage = damage


def explain(repository: Repository, exc: CommandError) -> RepositoryError:
    """What a failure of restic means for the operator."""
    said = f"{exc.reason}\n{exc.stderr}\n{exc.stdout}".lower()

    def says(sayings: t.Sequence[str]) -> bool:
        return any(saying in said for saying in sayings)

    where = f"{repository} ({place(repository)})"
    # These first: a repository that may not be looked at is taken for one that is not there.
    if says(CLOCK):
        return RepositoryError(
            f"{where} refuses what comes with a wrong time: look at the droplet's clock (timedatectl), then run again"
        )
    if says(REFUSED):
        return RepositoryError(f"{where} refuses the access key or the secret key: correct backup_repositories")
    if exc.rc == RC_TIMEOUT:
        return RepositoryError(f"{where} does not answer ({exc.reason}); the next run tries again by itself")
    if exc.rc == 10 or says(NO_REPOSITORY):
        return RepositoryError(
            f"there are no backups in {where}: is a disk not mounted, or a bucket emptied? Where it is new or its"
            " address was wrong, correct that and run the playbook site, which prepares it",
            missing=True,
        )
    if exc.rc == 12 or says(WRONG_KEY):
        return RepositoryError(
            f"{where} was made with another key. Give the key of its recovery kit as backup_key, or choose"
            " another place for this environment; nothing was changed"
        )
    if says(NO_SPACE):
        return RepositoryError(
            f"{where} is full. Make room or enlarge it: no backup was removed, and those before this one are whole"
        )
    if exc.rc == 11 or says(LOCKED):
        return RepositoryError(f"another program works in {where}: {holder(exc)}", locked=True)
    if says(DAMAGED):
        lines = [line[:200] for line in f"{exc.stderr}\n{exc.stdout}".splitlines() if any(x in line for x in TELLING)]
        return RepositoryError(f"{where} is damaged: {'; '.join(lines[:3])}", damage=f"{exc.stderr}\n{exc.stdout}")
    return RepositoryError(f"{where}: {exc.reason}: {tail(exc.said, lines=4)}")


def holder(exc: CommandError) -> str:
    """Whose lock it is, as restic says it."""
    match = re.search(r"locked (?:exclusively )?(by .+)", exc.said)
    return match[1] if match else tail(exc.said, lines=2)


def place(repository: Repository, *parts: str) -> str:
    """Where a repository is, as one reads it."""
    if repository.remote:
        return "/".join(part for part in (repository.endpoint, repository.bucket, repository.path, *parts) if part)
    return os.path.join(repository.path, *parts)
