# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A repository of restic, from version 0.14 on: the only caller of that program.

Its exit codes are not relied on alone: those of older versions do not tell a wrong key from a missing repository.
Secrets go to it by the names of files.
"""

from __future__ import annotations

import functools
import json
import re
import tempfile
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup import reach
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError, explain, place
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Repository
from ansible_collections.ipai.odoo.plugins.module_utils._command import RC_TIMEOUT, CommandError, Result, run, tail
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program, Pumped, Transformation, pump

CACHE = "/var/cache/ipai-odoo/restic"
#: Seconds for a question to a repository that answers, for a transfer, and for work on the whole repository.
TIMEOUT = 120.0
TRANSFER = 6 * 3600.0
#: Seconds without progress after which a transfer is given up: restic itself goes on for a quarter of an hour.
STALL = 600.0
#: Whoever reads has no lock in the repository: it would wait for the hours of a check, and be in the way of removing.
#: That nothing is removed meanwhile is seen to on the droplet: see ``pairs.reading``.
UNLOCKED = "--no-lock"

Answer = t.TypeVar("Answer")


@dataclass(frozen=True)
class Snapshot:
    """What a repository holds of one moment.

    :param time: when it was made, UTC.
    :param tags: V(name=value) pairs.
    """

    id: str
    time: datetime
    tags: t.Mapping[str, str]


@dataclass(frozen=True)
class Stored:
    """A snapshot that was made: its bytes, and those that were not there yet, as they are stored."""

    snapshot: str
    size: int
    added: int
    files: int = 0


@functools.cache
def version() -> tuple[int, int]:
    """Of the restic on this droplet."""
    match = re.match(r"restic (\d+)\.(\d+)", run(["restic", "version"], timeout=30, check=True).stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


class Restic:
    """An environment's folder in a repository.  Methods raise :class:`RepositoryError`.

    :param key_file: holds the password of the repository.
    """

    def __init__(self, repository: Repository, environment: str, key_file: str) -> None:
        self.repository = repository
        self.environment = environment
        self.key_file = key_file

    def __str__(self) -> str:
        return str(self.repository)

    # The program

    def location(self) -> str:
        where = place(self.repository, self.environment, "restic")
        return f"s3:https://{where}" if self.repository.remote else where

    def variables(self) -> dict[str, str]:
        """The environment variables of restic: addresses and names of files, no secret."""
        found = {"RESTIC_REPOSITORY": self.location(), "RESTIC_PASSWORD_FILE": self.key_file}
        found["RESTIC_CACHE_DIR"] = CACHE
        found["RESTIC_PROGRESS_FPS"] = "0.1"
        if self.repository.remote:
            found["AWS_SHARED_CREDENTIALS_FILE"] = self.repository.credentials_file
            found["AWS_DEFAULT_REGION"] = self.repository.region
        return found

    def argv(self, *arguments: str) -> list[str]:
        options = ["--option", "s3.bucket-lookup=path"] if self.repository.remote else []
        if self.repository.remote and version() >= (0, 17):
            # Otherwise five minutes, again and again.
            options += ["--stuck-request-timeout", "1m"]
        return ["restic", *options, *arguments]

    def call(
        self,
        *arguments: str,
        timeout: float = TIMEOUT,
        cwd: str | None = None,
        stdin: str | None = None,
        env: t.Mapping[str, str] | None = None,
    ) -> Result:
        def work() -> Result:
            return run(
                self.argv(*arguments),
                timeout=timeout,
                cwd=cwd,
                stdin=stdin,
                env={**self.variables(), **(env or {})},
                check=True,
                watch=reach.patience(self.repository.endpoint) if self.repository.remote else None,
            )

        return self._work(work)

    def _work(self, work: t.Callable[[], Answer]) -> Answer:
        """Have restic do something, once more if the lock of a program that is gone is in its way.

        :raises CommandError: another program failed.
        """
        if self.repository.remote and (said := reach.reach(self.repository.endpoint)):
            raise explain(self.repository, CommandError(["restic"], RC_TIMEOUT, reason=said))
        try:
            return self._explained(work)
        except RepositoryError as exc:
            if not exc.locked:
                raise
        self.unlock()
        return self._explained(work)

    def _explained(self, work: t.Callable[[], Answer]) -> Answer:
        try:
            return work()
        except CommandError as exc:
            if exc.argv[:1] == ("restic",):
                raise explain(self.repository, exc) from exc
            raise

    # The repository

    def exists(self) -> bool:
        """Whether there is a repository that our key opens.

        :raises RepositoryError: it does not answer, or another key made it.
        """
        try:
            self.call("cat", "config", UNLOCKED)
        except RepositoryError as exc:
            if exc.missing:
                return False
            raise
        return True

    def initialise(self, like: Restic | None = None) -> None:
        """Make the repository; cut into the same pieces as ``like``, so that what is copied stays without doubles."""
        arguments = ["init"]
        env = {}
        if like is not None:
            arguments.append("--copy-chunker-params")
            env = self._from(like)
        self.call(*arguments, env=env)

    def _from(self, other: Restic) -> dict[str, str]:
        """The variables by which restic learns of a second repository; both are opened with one set of S3 keys."""
        found = {"RESTIC_FROM_REPOSITORY": other.location(), "RESTIC_FROM_PASSWORD_FILE": other.key_file}
        if other.repository.remote:
            if self.repository.remote and other.repository.credentials_file != self.repository.credentials_file:
                raise RepositoryError(f"{other} and {self} have different keys: restic copies with one pair only")
            found["AWS_SHARED_CREDENTIALS_FILE"] = other.repository.credentials_file
            found["AWS_DEFAULT_REGION"] = other.repository.region
        return found

    def unlock(self) -> None:
        """Remove locks of programs that are gone; those of living ones stay."""
        arguments = self.argv("unlock")
        self._explained(lambda: run(arguments, timeout=TIMEOUT, env=self.variables(), check=True))

    def check(self, subset: str | None = None, timeout: float = TRANSFER) -> str:
        """Look through the repository; ``subset`` (``3/7``, ``10%``) of its data is read as well."""
        arguments = ["check"] + ([f"--read-data-subset={subset}"] if subset else [])
        return self.call(*arguments, timeout=timeout).stdout

    def repair(self, damage: str) -> set[str]:
        """Take what is damaged out, so that it is stored again when it comes again; needs restic 0.17.

        :param damage: what :meth:`check` said of it.
        :returns: the short ids of snapshots that lack something now.
        """
        packs = {name for line in re.findall(r"restic repair packs ([0-9a-f ]+)", damage) for name in line.split()}
        with tempfile.TemporaryDirectory() as folder:
            # It leaves copies of the packs where it is.
            self.call("repair", *(["packs", *sorted(packs)] if packs else ["index"]), timeout=TRANSFER, cwd=folder)
        lost = set(re.findall(r"failed to load snapshot ([0-9a-f]{8})", damage))
        said = self.call("repair", "snapshots", "--dry-run", timeout=TRANSFER).stdout
        for one in re.split(r"^snapshot (?=[0-9a-f]{8} )", said, flags=re.M)[1:]:
            if "would " in one.partition("would modify")[0]:
                lost.add(one[:8])
        return lost

    # Storing

    def _tags(self, tags: t.Mapping[str, str]) -> list[str]:
        return [
            "--host",
            self.environment,
            *(part for key, value in tags.items() for part in ("--tag", f"{key}={value}")),
        ]

    def store_folder(self, folder: str, tags: t.Mapping[str, str]) -> Stored:
        """Store what is in a folder, without the folder's own path."""
        result = self.call("backup", "--json", "--quiet", *self._tags(tags), ".", timeout=TRANSFER, cwd=folder)
        return stored(result)

    def store_stream(
        self,
        writer: Program,
        name: str,
        tags: t.Mapping[str, str],
        progress: t.Callable[[int], None] | None = None,
        through: Transformation = iter,
    ) -> Stored:
        """Store what a program writes as one file; nothing is kept of a program that fails.

        :param through: what it goes through before.
        :raises CommandError: that program failed.
        """
        arguments = ["backup", "--json", "--quiet", "--stdin", "--stdin-filename", name, *self._tags(tags)]
        reader = self.argv(*arguments)
        pumped = self._work(
            lambda: pump(
                writer,
                reader,
                timeout=TRANSFER,
                stall=STALL,
                reader_env=self.variables(),
                progress=progress,
                through=through,
            )
        )
        return stored(pumped.reader, pumped.size)

    def copy(self, source: Restic, snapshots: t.Sequence[str]) -> None:
        """Copy snapshots from another repository; what is here already is not sent again."""
        if snapshots:
            self.call("copy", "--quiet", *snapshots, timeout=TRANSFER, env=self._from(source))

    # Reading

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, the oldest first."""
        result = self.call("snapshots", "--json", "--host", self.environment, UNLOCKED)
        return parse_snapshots(result.stdout)

    def read_text(self, snapshot: str, name: str) -> str:
        """A small file of a snapshot."""
        return self.call("dump", "--quiet", snapshot, f"/{name}", UNLOCKED).stdout

    def read_stream(
        self,
        snapshot: str,
        name: str,
        reader: Program | t.Sequence[str],
        progress: t.Callable[[int], None] | None = None,
        output: t.IO[bytes] | None = None,
        through: Transformation = iter,
    ) -> Pumped:
        """Give a file of a snapshot to a program, and what that writes to ``output``.

        :param through: what it goes through before.
        :raises CommandError: that program failed.
        """
        writer = self.argv("dump", "--quiet", snapshot, f"/{name}", UNLOCKED)
        return self._work(
            lambda: pump(
                writer,
                reader,
                timeout=TRANSFER,
                stall=STALL,
                writer_env=self.variables(),
                progress=progress,
                output=output,
                through=through,
            )
        )

    def restore_folder(self, snapshot: str, folder: str) -> None:
        """Write a snapshot's files into a folder; each is verified while it is written."""
        self.call("restore", "--quiet", snapshot, "--target", folder, UNLOCKED, timeout=TRANSFER)

    def size(self, snapshot: str) -> int:
        """The bytes of a snapshot's files when they are restored."""
        result = self.call("stats", "--mode", "restore-size", "--json", snapshot, UNLOCKED, timeout=600)
        document = json.loads(result.stdout)
        return int(document["total_size"])

    # Removing

    def forget(self, snapshots: t.Sequence[str]) -> None:
        """Remove snapshots; their data stays until :meth:`prune`."""
        if snapshots:
            self.call("forget", "--quiet", *snapshots, timeout=600)

    def prune(self) -> None:
        """Free what no snapshot needs any more."""
        self.unlock()
        self.call("prune", "--quiet", "--max-unused", "10%", timeout=TRANSFER)


def stored(result: Result, size: int | None = None) -> Stored:
    """What a backup's last line of JSON says.

    :param size: the bytes without padding.
    :raises RepositoryError: it says nothing of a snapshot.
    """
    for line in reversed(result.stdout.splitlines()):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if document.get("message_type") == "summary" and document.get("snapshot_id"):
            total = int(document["total_bytes_processed"])
            size = total if size is None else size
            # From 0.17 on it also says what that takes when it is compressed; before, padding is to be left out.
            added = int(document["data_added"]) * size // max(total, 1)
            return Stored(
                str(document["snapshot_id"]),
                size,
                int(document.get("data_added_packed", added)),
                int(document["total_files_processed"]),
            )
    raise RepositoryError(f"restic ended without a snapshot: {tail(result.stdout, lines=3)}")


def parse_snapshots(text: str) -> list[Snapshot]:
    """Snapshots of ``restic snapshots --json``, the oldest first."""
    found = []
    for document in json.loads(text) or []:
        tags = dict(tag.partition("=")[::2] for tag in document.get("tags") or [])
        found.append(Snapshot(document["id"], parse_time(document["time"]), tags))
    return sorted(found, key=lambda snapshot: snapshot.time)


def parse_time(text: str) -> datetime:
    """An RFC 3339 time with any number of decimals, as Go writes them, in UTC."""
    whole, dot, rest = text.partition(".")
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = f"{whole}.{rest[:digits][:6]:0<6}{rest[digits:]}"
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)
