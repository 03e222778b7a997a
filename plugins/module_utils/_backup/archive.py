# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The archive of a database server: pgBackRest, run in the server's container.

Everything has a time limit, inside the container too: a program there outlives the ``docker exec`` that started it.
Times are UTC, sizes in bytes, durations in seconds.
"""

from __future__ import annotations

import datetime
import json
import re
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_settings import (
    ArchiveRepository,
    ArchiveSettings,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

#: Seconds after which a repository that does not say what it holds counts as dead.
INFO_TIMEOUT = 45.0
#: Seconds for a question, for a backup, and for reading a whole repository.
TIMEOUT = 120.0
BACKUP_TIMEOUT = 6 * 3600.0
VERIFY_TIMEOUT = 12 * 3600.0
#: Seconds that another run may take before this one gives up.
PATIENCE = 3600.0
#: Seconds until WAL that was just written is in every repository.
SWITCH_TIMEOUT = 240.0

Kind = t.Literal["full", "diff", "incr"]

#: pgBackRest's states of a repository (C(info), V(status.code)).
OK, NO_STANZA, NO_BACKUP, NO_STANZA_DATA, OTHER = 0, 1, 2, 3, 99


@dataclass(frozen=True)
class Backup:
    """A base backup of the whole server in one repository.

    :param bytes: size of the database; ``stored_bytes`` what this backup added to the repository.
    :param wal_start: first segment that a restore of it reads; ``wal_stop`` the last that makes it consistent.
    """

    repository: str
    label: str
    kind: str
    start: datetime.datetime
    stop: datetime.datetime
    bytes: int
    stored_bytes: int
    wal_start: str
    wal_stop: str
    damaged: bool

    @property
    def seconds(self) -> float:
        return (self.stop - self.start).total_seconds()


@dataclass(frozen=True)
class Contents:
    """What one repository holds.

    :param systems: identifiers of the clusters that it has been for, the current one last.
    :param archive: folder of the current cluster's WAL, such as V(17-1); empty when there is none.
    :param former: the same of each cluster before the current one, whose place that has taken; the oldest first.
    """

    repository: ArchiveRepository
    code: int
    message: str
    systems: tuple[int, ...] = ()
    archive: str = ""
    backups: tuple[Backup, ...] = ()
    former: tuple[Contents, ...] = ()

    @property
    def clusters(self) -> tuple[Contents, ...]:
        """Each cluster by itself, the current one last."""
        return (*self.former, self)

    @property
    def readable(self) -> bool:
        return self.code in (OK, NO_STANZA, NO_BACKUP, NO_STANZA_DATA)

    @property
    def locked(self) -> bool:
        """Whether what answers was encrypted with another key; it may be damaged as well."""
        return not self.readable and bool(re.search(r"\[(Format|Crypto|Checksum)Error\]", self.message))


def moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def parse_info(text: str, repositories: t.Iterable[ArchiveRepository]) -> list[Contents]:
    """What ``pgbackrest info --output=json`` says of one stanza, by repository.

    :raises BackupError: it is no such output.
    """
    try:
        # Messages have line breaks in them, and whatever the wrong key makes of a file.
        stanzas = json.loads(text, strict=False)
        stanza = stanzas[0] if stanzas else {"repo": []}
        states = {one["key"]: one["status"] for one in stanza["repo"]}
        return [_contents(stanza, one, states.get(one.number)) for one in repositories]
    except (ValueError, KeyError, TypeError, IndexError) as exc:
        raise BackupError(f"pgBackRest's answer is not understood ({exc!r}): {text[:200]}") from exc


def _contents(
    stanza: t.Mapping[str, t.Any], repository: ArchiveRepository, state: t.Mapping[str, t.Any] | None
) -> Contents:
    if state is None:
        return Contents(repository, NO_STANZA, "missing stanza path")
    number = repository.number
    message = "".join(one for one in state["message"].partition("\n")[0] if one.isprintable()).rstrip(":")
    databases = sorted((one["id"], int(one["system-id"])) for one in stanza.get("db", []) if one["repo-key"] == number)
    systems = tuple(system for _number, system in databases)
    found: tuple[Contents, ...] = ()
    for position, (identifier, _system) in enumerate(databases):
        archive, backups = _cluster(stanza, repository, {"id": identifier, "repo-key": number})
        seen = systems[: position + 1]
        found += (Contents(repository, state["code"], message, seen, archive, backups, found),)
    return found[-1] if found else Contents(repository, state["code"], message)


def _cluster(
    stanza: t.Mapping[str, t.Any], repository: ArchiveRepository, database: t.Mapping[str, int]
) -> tuple[str, tuple[Backup, ...]]:
    """The folder of a cluster's WAL, and its base backups."""
    folders = [one["id"] for one in stanza.get("archive", []) if one["database"] == database]
    backups = [
        Backup(
            repository=repository.name,
            label=one["label"],
            kind=one["type"],
            start=moment(one["timestamp"]["start"]),
            stop=moment(one["timestamp"]["stop"]),
            bytes=one["info"]["size"],
            stored_bytes=one["info"]["repository"]["delta"],
            wal_start=one["archive"]["start"] or "",
            wal_stop=one["archive"]["stop"] or "",
            damaged=bool(one.get("error")),
        )
        for one in stanza.get("backup", [])
        if one["database"] == database
    ]
    return folders[-1] if folders else "", tuple(backups)


def findings(text: str) -> list[str]:
    """What ``pgbackrest verify --output=text`` has found wrong; its exit code says nothing about it.

    Counts other than 0 of each archive and backup, and every line that it logs as an error or a warning.
    """
    found, heading = [], ""
    for line in text.splitlines():
        plain = line.strip()
        logged = re.search(r"\b(ERROR|WARN):", plain)
        if logged:
            found.append(plain[logged.start() :])
        elif plain.startswith(("archiveId:", "backup:")):
            heading = plain.partition(",")[0]
            if heading.startswith("backup:") and ", status: valid," not in plain:
                found.append(plain)
        elif plain.startswith("missing:"):
            counts = re.findall(r"([a-z ]+): (\d+)", plain)
            found += [f"{heading}, {what.strip()}: {count}" for what, count in counts if int(count)]
    return found


def container_options(settings: ArchiveSettings) -> list[str]:
    """Arguments of C(docker run) for a container that reads the archive as the server's own does, without its data."""
    options = ["--user", f"{settings.uid}:{settings.gid}", "--network", settings.server, "--read-only"]
    options += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    for folder in ("/run/postgresql", "/tmp", "/var/spool/pgbackrest"):  # noqa: S108 - of the container
        options += ["--tmpfs", f"{folder}:mode=1777"]
    for host, address in settings.hosts.items():
        options += ["--add-host", f"{host}:{address}"]
    return options + [part for volume in settings.volumes for part in ("--volume", volume)]


class Archive:
    """The archive of one server.

    All methods raise C(CommandError) when pgBackRest, PostgreSQL or Docker refuses or takes too long, and
    C(BackupError) with a message for the operator otherwise.
    """

    def __init__(self, settings: ArchiveSettings) -> None:
        self.settings = settings
        self.server = Server(settings.server)

    # pgBackRest

    def pgbackrest(self, *arguments: str, timeout: float = TIMEOUT, check: bool = True) -> Result:
        """Run pgBackRest in the server's container, behind everything else that wants the processor or the disk."""
        limit = ["timeout", "--kill-after=10", f"{timeout:.0f}", "nice", "--adjustment=19", "ionice", "--class=3"]
        command = [*limit, "pgbackrest", f"--stanza={self.settings.server}", *arguments]
        name = self.settings.server
        if _stack.running(_stack.container(name)):
            return _stack.container_exec(name, command, user="postgres", timeout=timeout + 30, check=check)
        # The repositories can be read when the server is lost.
        options = ["--rm", *container_options(self.settings), "--entrypoint", command[0], self.settings.image]
        return _stack.docker("run", *options, *command[1:], timeout=timeout + 30, check=check)

    def info(self) -> list[Contents]:
        """What each repository holds; one that cannot be read says so in ``code`` and ``message``."""
        return [self._info(repository) for repository in self.settings.repositories]

    def _info(self, repository: ArchiveRepository) -> Contents:
        # One by one: pgBackRest tries a dead repository for minutes, and the others answer at once.
        try:
            result = self.pgbackrest("info", f"--repo={repository.number}", "--output=json", timeout=INFO_TIMEOUT)
        except CommandError as exc:
            return Contents(repository, OTHER, exc.said or f"no answer within {INFO_TIMEOUT:g} seconds")
        return parse_info(result.stdout, [repository])[0]

    def backups(self) -> list[Backup]:
        """The base backups of all repositories, oldest first."""
        found = [backup for contents in self.info() for one in contents.clusters for backup in one.backups]
        return sorted(found, key=lambda backup: (backup.stop, backup.repository))

    def backup(self, kind: Kind, repository: str, *, timeout: float = BACKUP_TIMEOUT) -> Backup:
        """Make a base backup; without a full one, it becomes one.

        :raises CommandError: somebody else has had the archive's lock for too long, too.
        """
        chosen = self.settings.repository(repository)
        what = f"a {kind} backup of {self.settings.server} to repository {repository}"
        with _lock.hold(self.settings.lock, PATIENCE, what):
            self.pgbackrest("backup", f"--type={kind}", f"--repo={chosen.number}", timeout=timeout)
            made = [one for one in self.backups() if one.repository == repository]
        if not made:
            raise BackupError(f"pgBackRest made no backup of {self.settings.server} in repository {repository}")
        return made[-1]

    def verify(self, repository: str, *, timeout: float = VERIFY_TIMEOUT) -> list[str]:
        """Read everything in a repository; what is wrong with it, empty when nothing is."""
        chosen = self.settings.repository(repository)
        result = self.pgbackrest(
            "verify", f"--repo={chosen.number}", "--output=text", "--verbose", timeout=timeout, check=False
        )
        found = findings(result.stdout + "\n" + result.stderr)
        if not found and (result.rc or "\nstatus: ok\n" not in result.stdout):
            raise CommandError(result.argv, result.rc, result.stdout, result.stderr)
        return found

    def files(self, repository: str, folder: str) -> dict[str, float]:
        """Names and times (seconds since 1970) of all files below ``folder`` of a repository."""
        chosen = self.settings.repository(repository)
        result = self.pgbackrest("repo-ls", f"--repo={chosen.number}", "--recurse", "--output=json", folder)
        listed = json.loads(result.stdout)
        return {name: float(one["time"]) for name, one in listed.items() if one["type"] == "file"}

    def read(self, repository: str, path: str) -> str:
        """A small file of a repository, decrypted."""
        chosen = self.settings.repository(repository)
        return self.pgbackrest("repo-get", f"--repo={chosen.number}", path).stdout

    # WAL

    def heartbeat(self) -> None:
        """Write the time into the server: how old the newest row is says how much a restore has lost.

        Rows stay for two days, so that a gap shows.
        """
        self.server.execute(
            "postgres",
            """
            BEGIN;
            SET LOCAL client_min_messages = warning;
            CREATE SCHEMA IF NOT EXISTS ipai_odoo;
            CREATE TABLE IF NOT EXISTS ipai_odoo.heartbeat (at timestamptz PRIMARY KEY);
            INSERT INTO ipai_odoo.heartbeat VALUES (clock_timestamp());
            DELETE FROM ipai_odoo.heartbeat WHERE at < now() - interval '2 days';
            COMMIT;
            """,
        )

    def keep_pace(self) -> None:
        """End the current WAL segment while PostgreSQL may not do so by itself.

        Its checkpointer begins before recovery has ended and then sleeps for C(checkpoint_timeout), whatever
        C(archive_timeout) says: for that long after each start, nothing would be archived that fills no segment.
        """
        sql = """
            SELECT pg_switch_wal() FROM pg_stat_activity WHERE backend_type = 'checkpointer'
            AND backend_start > now() - 2 * current_setting('checkpoint_timeout')::interval;
        """
        self.server.execute("postgres", sql)

    def switch(self, timeout: float = SWITCH_TIMEOUT) -> str:
        """End the current WAL segment and wait until it is in every repository; its name.

        :raises BackupError: it is not after ``timeout`` seconds.
        """
        # A segment with nothing in it is not ended.
        self.heartbeat()
        segment: str = self.server.value("postgres", "SELECT pg_walfile_name(pg_switch_wal()) AS name")
        self.wait(segment, timeout)
        return segment

    def wait(self, segment: str, timeout: float = SWITCH_TIMEOUT) -> None:
        """Wait until the segment and those before it are in every repository."""
        end = time.monotonic() + timeout
        while True:
            state = self.archiver()
            if state["last_archived_wal"] and state["last_archived_wal"][:24] >= segment:
                return
            if time.monotonic() > end:
                raise BackupError(
                    f"{segment} of {self.settings.server} was not archived within {timeout:g} seconds; archived is"
                    f" {state['last_archived_wal'] or 'nothing yet'}. See `journalctl CONTAINER_NAME="
                    f"{self.settings.server}` for what pgBackRest says"
                )
            time.sleep(0.5)

    def archiver(self) -> dict[str, t.Any]:
        """What the server says of its archiver: C(pg_stat_archiver), V(waiting) (segments), V(lag) (seconds since the
        oldest of them was to be archived)."""
        return self.server.rows(
            "postgres",
            """
            SELECT last_archived_wal, last_archived_time, last_failed_wal, last_failed_time, failed_count,
                   waiting, coalesce(lag, 0) AS lag
            FROM pg_stat_archiver, (
                SELECT count(*) AS waiting, extract(epoch FROM now() - min(modification))::float AS lag
                FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'
            ) AS queue
            """,
        )[0]

    def pending(self) -> str:
        """The oldest segment that need not be in the repositories yet; all before it were acknowledged."""
        name: str = self.server.value(
            "postgres",
            """
            SELECT min(name) AS name FROM (
                SELECT left(name, 24) AS name FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}[.]ready$'
                UNION ALL SELECT pg_walfile_name(pg_current_wal_lsn())
            ) AS ahead
            """,
        )
        return name

    def system(self) -> int:
        """The identifier of the running cluster."""
        return int(self.server.value("postgres", "SELECT system_identifier::text FROM pg_control_system()"))
