# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the backups of an environment need to know: read from one file that the role ``backup`` writes.

Nothing secret is in it; it names the files that hold secrets.
"""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t
from dataclasses import dataclass, field

#: One file for each environment, ``<environment>.json``.
DIRECTORY = "/etc/ipai-odoo/backup"
#: What the program remembers of each environment and database server, in a folder of its name.
STATE = "/var/lib/ipai-odoo"


class BackupError(Exception):
    """A backup or a restore cannot be done, or failed.  The text is for the operator and says what to do."""


@dataclass(frozen=True)
class Repository:
    """A place for backups: a folder of the droplet, or a bucket of an S3 service.

    :param path: folder, or prefix inside the bucket; each environment and each database server has a folder in it.
    :param endpoint: host of the S3 service, with a port if it is not 443; empty for a folder.
    :param credentials_file: access key and secret key as AWS's programs keep them, readable by root only.
    """

    name: str
    path: str
    endpoint: str = ""
    bucket: str = ""
    region: str = ""
    credentials_file: str = ""

    @property
    def remote(self) -> bool:
        return bool(self.endpoint)

    def __str__(self) -> str:
        return f"repository {self.name}"


@dataclass(frozen=True)
class Retention:
    """Which backups stay: all of the last ``days``, and beyond them the newest of so many days, weeks and months."""

    days: int = 30
    daily: int = 7
    weekly: int = 4
    monthly: int = 3


@dataclass(frozen=True)
class Settings:
    """The backups of one environment.

    :param directory: the environment's folder on the droplet.
    :param server: container of the database server; empty for a managed one.
    :param host: address of the database server as the droplet reaches it.
    :param user: the environment's database role, with its password in ``password_file``.
    :param archive: the server's WAL is archived: any moment can be restored.
    :param key_file: encrypts the repositories.
    :param webhook_file: holds the address that alerts go to; empty for none.
    :param invariants: name → SQL that answers no row when all is well.
    """

    environment: str
    directory: str
    server: str
    host: str
    port: int
    database: str
    user: str
    password_file: str
    sslmode: str
    container: str
    restart: str
    key_file: str
    repositories: tuple[Repository, ...]
    archive: bool = False
    retention: Retention = field(default_factory=Retention)
    webhook_file: str = ""
    timezone: str = "Asia/Singapore"
    invariants: t.Mapping[str, str] = field(default_factory=dict)

    @property
    def filestore(self) -> str:
        """The files of the environment's attachments."""
        return os.path.join(self.filestores, self.database)

    @property
    def filestores(self) -> str:
        """Odoo's folder with one filestore for each database."""
        return os.path.join(self.directory, "data", "filestore")

    @property
    def home(self) -> str:
        """Root's folder for what backups need near the filestore: on the same file system, for hard links."""
        return os.path.join(self.directory, "backup")

    @property
    def mirror(self) -> str:
        """Hard links of the filestore, as of the last moment that was held."""
        return os.path.join(self.home, "filestore")

    @property
    def state(self) -> str:
        """What the program remembers of this environment."""
        return os.path.join(STATE, self.environment)

    def repository(self, name: str) -> Repository:
        """:raises BackupError: there is none of that name."""
        for repository in self.repositories:
            if repository.name == name:
                return repository
        known = ", ".join(repository.name for repository in self.repositories)
        raise BackupError(f"{self.environment} has no repository {name}; it has: {known}")


def parse(document: t.Mapping[str, t.Any]) -> Settings:
    """Settings from what :func:`load` has read.

    :raises BackupError: a key is missing or unknown.
    """
    values = dict(document)
    try:
        values["repositories"] = tuple(Repository(**one) for one in values["repositories"])
        values["retention"] = Retention(**values.get("retention", {}))
        return Settings(**values)
    except (KeyError, TypeError) as exc:
        raise BackupError(
            f"the settings of the backup are not understood ({exc}): run the playbook site again"
        ) from exc


def load(environment: str, directory: str = DIRECTORY) -> Settings:
    """The settings of an environment on this droplet.

    :raises BackupError: there are none.
    """
    path = os.path.join(directory, f"{environment}.json")
    try:
        with open(path, encoding="utf-8") as stream:
            document = json.load(stream)
    except FileNotFoundError:
        names = ", ".join(known(directory)) or "none"
        raise BackupError(
            f"no backups are set up for {environment} on this droplet (set up are: {names}). Run the playbook site with"
            f" --limit {environment} first, with odoo_backup true or repositories in backup_repositories"
        ) from None
    except (OSError, ValueError) as exc:
        raise BackupError(f"cannot read {path}: {exc}") from exc
    return parse(document)


def known(directory: str = DIRECTORY) -> list[str]:
    """The environments of this droplet that have backup settings."""
    try:
        return sorted(name[:-5] for name in os.listdir(directory) if name.endswith(".json"))
    except FileNotFoundError:
        return []


def dump(settings: Settings) -> dict[str, t.Any]:
    """The opposite of :func:`parse`."""
    return dataclasses.asdict(settings)
