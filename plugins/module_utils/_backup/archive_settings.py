# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the archive of a database server needs to know: read from one file that the role ``postgres`` writes.

Nothing secret is in it.  Keys are in pgBackRest's own configuration, which root and the user of PostgreSQL can read.
"""

from __future__ import annotations

import configparser
import json
import os
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import STATE, BackupError

#: One file for each database server, ``<server>.json``.
DIRECTORY = "/etc/ipai-odoo/archive"


@dataclass(frozen=True)
class ArchiveRepository:
    """A place of the archive, with pgBackRest's number for it."""

    number: int
    name: str
    #: Folder of the droplet; empty for S3.
    folder: str = ""


@dataclass(frozen=True)
class ArchiveSettings:
    """The archive of one database server.

    :param server: name of its container, its network, and of its stanza.
    :param home: its folder on the droplet.
    :param image: what it runs, with pgBackRest; ``uid`` and ``gid`` are PostgreSQL's user in it.
    :param pgdata: where it keeps its data; ``data_mount`` is where the volume with them is.
    :param memory_mb: what a copy of it may use as well.
    :param hosts: names that the container must resolve, with their addresses.
    :param volumes: C(source:target:ro) or C(:rw), as C(docker run --volume) takes them: configuration, certificates,
        repositories on disk.
    :param archive_timeout: seconds after which a segment that has something in it is archived.
    :param webhook_file: holds the address that alerts go to; empty for none.
    """

    server: str
    home: str
    image: str
    uid: int
    gid: int
    pgdata: str
    data_mount: str
    memory_mb: int
    repositories: tuple[ArchiveRepository, ...]
    hosts: t.Mapping[str, str]
    volumes: tuple[str, ...]
    archive_timeout: int = 30
    webhook_file: str = ""

    @property
    def state(self) -> str:
        """What the program remembers of this server."""
        return os.path.join(STATE, self.server)

    @property
    def lock(self) -> str:
        """Of whatever writes to the repositories."""
        return f"archive-{self.server}"

    def repository(self, name: str) -> ArchiveRepository:
        """:raises BackupError: there is none of that name."""
        for repository in self.repositories:
            if repository.name == name:
                return repository
        known = ", ".join(repository.name for repository in self.repositories)
        raise BackupError(f"{self.server} has no repository {name}; it has: {known}")

    def places(self) -> dict[str, str]:
        """Where each repository lies, by its name: a folder of the droplet, or what leads to it in S3."""
        found = configparser.ConfigParser(interpolation=None)
        found.read(os.path.join(self.home, "secrets", "archive", "pgbackrest.conf"), encoding="utf-8")
        parts = ("s3-endpoint", "s3-bucket", "path")
        return {
            one.name: one.folder
            or "/".join(found.get("global", f"repo{one.number}-{part}", fallback="").strip("/") for part in parts)
            for one in self.repositories
        }

    def chosen(self, name: str | None) -> tuple[ArchiveRepository, ...]:
        """The repository of that name, or all of them."""
        return self.repositories if name is None else (self.repository(name),)


def parse(document: t.Mapping[str, t.Any]) -> ArchiveSettings:
    """Settings from what is in the file.

    :raises BackupError: a key is missing or unknown.
    """
    values = dict(document)
    try:
        values["repositories"] = tuple(ArchiveRepository(**one) for one in values["repositories"])
        values["volumes"] = tuple(values["volumes"])
        return ArchiveSettings(**values)
    except (KeyError, TypeError) as exc:
        raise BackupError(
            f"the settings of the archive are not understood ({exc}): run the playbook site again"
        ) from exc


def load(server: str, directory: str = DIRECTORY) -> ArchiveSettings:
    """The settings of a database server on this droplet.

    :raises BackupError: there are none.
    """
    path = os.path.join(directory, f"{server}.json")
    try:
        with open(path, encoding="utf-8") as stream:
            return parse(json.load(stream))
    except FileNotFoundError:
        raise BackupError(
            f"the WAL of {server} is not archived on this droplet. Set postgres_archive to true for it and run the"
            f" playbook site with --limit {server}"
        ) from None
    except (OSError, ValueError) as exc:
        raise BackupError(f"cannot read {path}: {exc}") from exc
