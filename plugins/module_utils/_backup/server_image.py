# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The image of a database server whose WAL is archived: pgBackRest runs where PostgreSQL does.

An image that has it is used as it is.  Otherwise one is built on it with the distribution's package; its tag stands
for what it was built from, so that what is there is never built again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._release.builder import read_certificates
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import pinned

CERTIFICATES = "/usr/local/share/ca-certificates/ipai"
PENDING = "pending"

#: The pgBackRest that a major version of PostgreSQL needs, from pgBackRest's release notes; 2.48 for older ones, since
#: the archive stores blocks and bundles.
NEEDED: t.Mapping[int, tuple[int, int]] = {17: (2, 52), 18: (2, 55)}
OLDEST = (2, 48)

#: Asks an image for all that :class:`ServerImage` holds.
PROBE = (
    'printf "%s|%s|%s|%s|%s" "$(id -u postgres)" "$(id -g postgres)" "$PGDATA" "$(postgres --version)"'
    ' "$(command -v pgbackrest >/dev/null && pgbackrest version)"'
)

INSTALL = """\
RUN export DEBIAN_FRONTEND=noninteractive \\
 && apt-get update \\
 && apt-get install -y --no-install-recommends pgbackrest \\
 && rm -rf /var/lib/apt/lists/*
"""


@dataclass(frozen=True)
class ServerImage:
    """What the role needs to know of the image; numbers are 0 and texts empty in check mode where it is not there."""

    image: str
    uid: int = 0
    gid: int = 0
    pgdata: str = ""
    postgres: int = 0
    pgbackrest: str = ""


def parse(image: str, text: str) -> ServerImage:
    """What :data:`PROBE` has printed.

    :raises BackupError: the image has not the interface of the official one.
    """
    uid, gid, pgdata, server, archiver = [*text.split("|"), *[""] * 4][:5]
    major = re.search(r"\(PostgreSQL\) (\d+)", server)
    if not (uid.isdigit() and gid.isdigit() and pgdata and major):
        raise BackupError(
            f"the image {image} has no user postgres, no PGDATA or no server: postgres_image must have the interface of"
            " the official image postgres"
        )
    version = re.search(r"pgBackRest (\S+)", archiver)
    return ServerImage(image, int(uid), int(gid), pgdata, int(major[1]), version[1] if version else "")


def check_version(found: ServerImage) -> None:
    """:raises BackupError: pgBackRest is too old for this PostgreSQL."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", found.pgbackrest)[:2])
    needed = NEEDED.get(found.postgres, OLDEST)
    if numbers < needed:
        raise BackupError(
            f"pgBackRest {found.pgbackrest} in the image {found.image} is too old for PostgreSQL {found.postgres},"
            f" which needs {needed[0]}.{needed[1]} or newer. Set postgres_image to an image whose distribution has it"
            " (the official one, based on Debian, does), or postgres_archive to false"
        )


def dockerfile(base: str, user: str, certificates: t.Container[str]) -> str:
    """How the image is made.  Works with BuildKit and with the builder before it."""
    lines = [f"FROM {base}\n", "USER root\n"]
    if certificates:
        lines += [f"COPY certificates/ {CERTIFICATES}/\n", "RUN update-ca-certificates\n"]
    lines.append(INSTALL)
    if user:
        lines.append(f"USER {user}\n")
    return "".join(lines)


def tag(major: int, base_id: str, text: str, certificates: t.Mapping[str, str]) -> str:
    """The tag stands for the content; ``text`` is the Dockerfile without the base's name."""
    content = json.dumps([base_id, text, dict(certificates)], sort_keys=True)
    return f"{major}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


class Builder:
    """Brings the image about, or says in check mode what it would be."""

    def __init__(self, base: str, major: int, *, ca_directory: str, timeout: float, check_mode: bool) -> None:
        self.base = base
        self.major = major
        self.certificates = read_certificates(ca_directory)
        self.timeout = timeout
        self.check_mode = check_mode

    def run(self) -> tuple[ServerImage, bool]:
        """The image, and whether it was built (would be, in check mode).

        :raises BackupError, CommandError: it cannot be had.
        """
        if self.check_mode:
            return self._work() if _stack.available() else (ServerImage(self._pending()), True)
        with _lock.hold("postgres-image", 2 * self.timeout, f"the building of an image on {self.base}"):
            return self._work()

    def _pending(self) -> str:
        return f"ipai/postgres:{self.major}-{PENDING}"

    def _work(self) -> tuple[ServerImage, bool]:
        document = _stack.image(self.base)
        if document is None:
            if self.check_mode:
                return ServerImage(self._pending()), True
            _stack.image_pull(self.base, self.timeout)
            document = _stack.image(self.base) or {}
        user = str((document.get("Config") or {}).get("User") or "")
        text = dockerfile("", user, self.certificates)
        name = f"ipai/postgres:{tag(self.major, document['Id'], text, self.certificates)}"
        if _stack.image(name) is not None:
            return self._asked(name), False
        found = parse(self.base, _stack.image_run(document["Id"], PROBE))
        if found.pgbackrest:
            check_version(found)
            return found, False
        if self.check_mode:
            return replace(found, image=name), True
        reference = pinned(self.base, document.get("RepoDigests") or []) or self.base
        self._build(name, dockerfile(reference, user, self.certificates))
        return self._asked(name), True

    def _asked(self, name: str) -> ServerImage:
        found = parse(name, _stack.image_run(name, PROBE))
        check_version(found)
        return found

    def _build(self, name: str, text: str) -> None:
        files = {"Dockerfile": text, **{f"certificates/{file}": pem for file, pem in self.certificates.items()}}
        with tempfile.TemporaryDirectory(prefix="ipai-postgres-") as context:
            os.mkdir(os.path.join(context, "certificates"))
            for path, content in files.items():
                with open(os.path.join(context, path), "w", encoding="utf-8") as stream:
                    stream.write(content)
            _stack.image_build(context, name, {}, self.timeout)
