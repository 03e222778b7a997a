# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A PostgreSQL server in a container, spoken to from inside: as its superuser over the socket, without a password.

Names and values reach SQL as variables of psql, which quotes them; statements are constants.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program

#: Seconds for a statement that only looks, and for one that works through all the data.
TIMEOUT = 60.0
LONG = 3600.0

#: Counts the tables of a database; an empty one has none.
TABLES = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"

PSQL = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=-")

#: Where a container finds the folder for streams: FIFOs through which they do not pass Docker, which carries 90 MB/s.
EXCHANGE = "/exchange"
#: Opened for both, a FIFO lets nobody wait for its other end; opened for one and kept for that alone, it breaks when
#: the other end is gone.
WRITING = 'exec 3<>"$0"; exec "$@" >"$0" 3<&-'
READING = 'exec 3<>"$0"; exec "$@" <"$0" 3<&-'


def exchange(parent: str) -> list[str]:
    """Make a folder for streams below ``parent``; the options of C(docker run) for it.

    It stays root's, and cannot be written inside: a server must not choose what the droplet's root opens.
    """
    path = os.path.join(parent, "exchange")
    os.mkdir(path)
    os.chmod(path, 0o711)  # noqa: S103 - its user only passes through it
    return ["--volume", f"{path}:{EXCHANGE}:ro"]


class Server:
    """A PostgreSQL server that runs in the container ``name``.

    All methods raise C(CommandError) when the server or Docker refuses.

    :param role: who speaks to it, instead of the superuser, and by which password.
    """

    def __init__(self, name: str, role: str = "", password: str = "") -> None:
        self.name = name
        self.password = password
        self._env = {"PGHOST": "127.0.0.1", "PGUSER": role, "PGPASSWORD": password} if role else {}

    def __str__(self) -> str:
        return self.name

    def argv(self, *command: str) -> list[str]:
        """The arguments that run ``command`` inside, as PostgreSQL's own user, with standard input."""
        return _stack.exec_argv(self.name, command, user="postgres", env=self._env)

    def execute(self, database: str, sql: str, *, timeout: float = TIMEOUT, **variables: str) -> Result:
        """Run statements, each in a transaction of its own; ``:'x'`` is a quoted value, ``:"x"`` a quoted name."""
        settings = [f"--set={name}={value}" for name, value in variables.items()]
        command = [*PSQL, f"--dbname={database}", *settings]
        return _stack.container_exec(self.name, command, user="postgres", env=self._env, stdin=sql, timeout=timeout)

    def rows(
        self, database: str, sql: str, *, timeout: float = TIMEOUT, read_only: bool = False, **variables: str
    ) -> list[dict[str, t.Any]]:
        """The rows of one SELECT, each by column, with the types that JSON has.

        :param read_only: the statement is somebody else's, and may call functions that write.
        """
        query = f"SELECT coalesce(json_agg(answer), '[]') FROM ({sql}) AS answer"  # noqa: S608
        if read_only:
            query = f"SET default_transaction_read_only = on; {query}"
        result = self.execute(database, query, timeout=timeout, **variables)
        try:
            return t.cast("list[dict[str, t.Any]]", json.loads(result.stdout))
        except ValueError:
            raise CommandError(result.argv, result.rc, result.stdout, result.stderr, "answers no JSON") from None

    def value(self, database: str, sql: str, *, timeout: float = TIMEOUT, **variables: str) -> t.Any:
        """The first column of the first row of a SELECT, or ``None``."""
        rows = self.rows(database, sql, timeout=timeout, read_only=False, **variables)
        return next(iter(rows[0].values())) if rows else None

    # Databases

    def databases(self) -> dict[str, dict[str, t.Any]]:
        """By name: V(oid), V(owner), V(bytes), V(connections) (whether it takes any)."""
        sql = """
            SELECT d.datname AS name, d.oid::bigint AS oid, r.rolname AS owner, d.datallowconn AS connections,
                   pg_database_size(d.oid) AS bytes
            FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba WHERE NOT d.datistemplate
        """
        return {row.pop("name"): row for row in self.rows("postgres", sql)}

    def create(self, database: str, owner: str) -> None:
        """Make an empty database that nobody but ``owner`` and superusers can enter."""
        self.execute(
            "postgres",
            """
            CREATE DATABASE :"name" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';
            REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
            """,
            name=database,
            owner=owner,
        )

    def drop(self, database: str) -> None:
        """Remove a database, also one that somebody is in; it need not exist."""
        self.execute("postgres", 'DROP DATABASE IF EXISTS :"name" WITH (FORCE);', name=database, timeout=LONG)

    # Programs

    def dump(self, database: str, snapshot: str | None = None) -> Program:
        """What writes a dump: not compressed, so that equal data is equal bytes."""
        command = ["pg_dump", "--format=custom", "--compress=0", "--dbname", database]
        # Locks of an upgrade must not keep a backup waiting until its time limit.
        command.append("--lock-wait-timeout=60s")
        if snapshot:
            command.append(f"--snapshot={snapshot}")
        return self.streaming(WRITING, command)

    def dump_schema(self, database: str, snapshot: str) -> Program:
        """What writes a dump of everything but the rows."""
        command = ["pg_dump", "--schema-only", "--format=custom", "--compress=0", "--no-owner", "--no-acl"]
        return self.streaming(
            WRITING, [*command, "--lock-wait-timeout=60s", f"--snapshot={snapshot}", "--dbname", database]
        )

    def restore(self, database: str, *, comments: bool = True) -> Program:
        """What reads such a dump; everything in it becomes that of whom we are here."""
        command = ["pg_restore", "--no-owner", "--no-acl", "--exit-on-error"]
        if not comments:
            command.append("--no-comments")
        return self.streaming(READING, [*command, "--dbname", database])

    def streaming(self, script: str, command: t.Sequence[str]) -> Program:
        """``command`` with its standard output (:data:`WRITING`) or input (:data:`READING`) in a FIFO, if there is a
        folder for such.
        """
        folder = self.exchange()
        if folder is None:
            return Program(self.argv(*command), env=self._env)
        name = f"{os.getpid()}-{secrets.token_hex(8)}"
        argv = self.argv("sh", "-c", script, f"{EXCHANGE}/{name}", *command)
        return Program(argv, os.path.join(folder, name), self.uid(), self._env)

    def exchange(self) -> str | None:
        """The folder for streams, as root of the droplet knows it; ``None`` where the container has none."""
        mounts = (_stack.container(self.name) or {}).get("Mounts") or []
        folder = next((one["Source"] for one in mounts if one["Destination"] == EXCHANGE), None)
        if folder is None:
            return None
        for left in os.listdir(folder):
            # Of a run that was killed.
            if not os.path.exists(f"/proc/{left.partition('-')[0]}"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(folder, left))
        return str(folder)

    def uid(self) -> int:
        """The number of PostgreSQL's own user inside."""
        return int(_stack.container_exec(self.name, ["id", "-u"], user="postgres").stdout)

    def run(self, *command: str, timeout: float = LONG) -> Result:
        """Run a program of PostgreSQL's inside."""
        return _stack.container_exec(self.name, command, user="postgres", env=self._env, timeout=timeout)


def complaint(name: str, exc: CommandError) -> str:
    """What a program of PostgreSQL says is wrong, without the statement that it was at, and whether the server runs."""
    lines = [line for line in exc.stderr.splitlines() if "error:" in line.lower() or "fatal:" in line.lower()]
    said = "; ".join(line[:300] for line in lines[:3]) or str(exc)
    # Docker itself may be what does not answer, and then it has said so.
    with contextlib.suppress(CommandError):
        if not _stack.running(_stack.container(name)):
            said += f". The container {name} does not run: `docker start {name}`"
    return said


def refuse(name: str, databases: t.Container[str]) -> None:
    """:raises BackupError: a database of that name is there already."""
    if name in databases:
        raise BackupError(f"there is a database {name} already; remove it or choose another name")


def refuse_newer(server: Server, made_by: str) -> None:
    """:raises BackupError: a dump of this version of PostgreSQL is too new for the server."""
    version = str(server.value("postgres", "SELECT current_setting('server_version')"))
    if _major(made_by) > _major(version):
        raise BackupError(
            f"the backup was made by PostgreSQL {made_by}, and {server} is {version}, which cannot read it: raise"
            " postgres_version and run the playbook site first. Nothing was touched"
        )


def _major(version: str) -> int:
    return int(version.partition(".")[0])
