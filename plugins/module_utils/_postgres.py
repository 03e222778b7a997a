# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A connection to a database, and questions to it.

Statements are constants; what varies are parameters.  The password comes from
a file and is shown by no error.
"""

from __future__ import annotations

import contextlib
import traceback
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._secret import SecretError, read

try:
    import psycopg2
except ImportError:
    HAS_PSYCOPG2 = False
    PSYCOPG2_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    HAS_PSYCOPG2 = True
    PSYCOPG2_IMPORT_ERROR = None

#: Seconds to wait for an answer to a connection, and for a question's answer.
CONNECT_TIMEOUT = 5
STATEMENT_TIMEOUT = 30
#: Seconds to wait for a lock that somebody else has.
LOCK_TIMEOUT = 20
#: What a server's certificate is verified against.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


class PostgresError(Exception):
    """The database refused a question.  The text is for the operator."""


class Unreachable(PostgresError):
    """There is no connection to the database."""


@dataclass(frozen=True)
class Database:
    """Where a database is and who asks."""

    host: str
    port: int
    name: str
    user: str
    password_file: str
    sslmode: str = "prefer"

    def __str__(self) -> str:
        return f"database {self.name} at {self.host}:{self.port}"


class Reader:
    """Asks in one read-only transaction: all answers are of the same moment."""

    def __init__(self, connection: t.Any) -> None:
        self._connection = connection

    def rows(self, sql: str, *parameters: t.Any) -> list[tuple[t.Any, ...]]:
        """The rows of a statement with ``%s`` for each of ``parameters``; a list becomes an array."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())
        except psycopg2.Error as exc:
            raise PostgresError(str(exc).strip()) from exc

    def value(self, sql: str, *parameters: t.Any) -> t.Any:
        """The first column of the first row, or ``None``."""
        rows = self.rows(sql, *parameters)
        return rows[0][0] if rows else None


@contextlib.contextmanager
def reader(database: Database) -> t.Iterator[Reader]:
    """Connect to ``database`` for reading.

    :raises Unreachable: no password, no server, no such database, or not let in.
    """
    with _connection(database) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield Reader(connection)


@contextlib.contextmanager
def lock(database: Database, statement: str) -> t.Iterator[None]:
    """Hold the lock that ``statement`` takes for as long as the context lasts.

    It is taken in a transaction that sees and changes nothing, so it keeps no old rows alive.

    :raises PostgresError: somebody else does not let go of theirs for longer than :data:`LOCK_TIMEOUT` seconds.
    :raises Unreachable: see :func:`reader`.
    """
    with _connection(database) as connection:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", (f"{LOCK_TIMEOUT}s",))
                cursor.execute(statement)
        except psycopg2.Error as exc:
            raise PostgresError(f"{database}: {str(exc).strip()}") from exc
        yield
        connection.rollback()


@contextlib.contextmanager
def _connection(database: Database) -> t.Iterator[t.Any]:
    if not HAS_PSYCOPG2:
        raise Unreachable("python3-psycopg2 is not installed on this machine")
    try:
        password = read(database.password_file)
    except SecretError as exc:
        raise Unreachable(str(exc)) from exc
    if password is None:
        raise Unreachable(f"there is no password in {database.password_file}")
    try:
        connection = psycopg2.connect(
            host=database.host,
            port=database.port,
            dbname=database.name,
            user=database.user,
            password=password,
            sslmode=database.sslmode,
            sslrootcert=CERTIFICATES if database.sslmode.startswith("verify") else None,
            connect_timeout=CONNECT_TIMEOUT,
            application_name="ipai.odoo",
            # A snapshot is held for as long as a dump takes.
            options=f"-c statement_timeout={STATEMENT_TIMEOUT}s -c idle_in_transaction_session_timeout=0",
        )
    except psycopg2.OperationalError as exc:
        raise Unreachable(f"{database}: {str(exc).strip()}") from exc
    try:
        yield connection
    finally:
        connection.close()
