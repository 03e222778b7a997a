# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Sessions of psql that copy one table after the other: a start of Docker's for each would take minutes.

Their streams pass through FIFOs (see the room ``_backup``, server).  A session that ends before it should is a
C(CommandError) with what it said last; one whose owner is gone ends, and its transaction is undone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess
import tempfile
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import READING, WRITING, Server
from ansible_collections.ipai.odoo.plugins.module_utils._command import RC_TIMEOUT, CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import CHUNK, Program, fifo
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import complaints, copy_text

PSQL = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=-")
#: What is read is the same whatever the database's own settings are: its texts, its order, whose functions run.  Nor do
#: these decide where a name ends, or which rows there are: policies of rows are an error, and hide none.
SETTINGS = """
SET standard_conforming_strings = on;
SET row_security = off;
SET statement_timeout = 0;
SET lock_timeout = '60s';
SET idle_in_transaction_session_timeout = 0;
SET search_path = pg_catalog, public;
SET synchronize_seqscans = off;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET extra_float_digits = 3;
SET bytea_output = 'hex';
SET timezone = 'UTC';
SET client_encoding = 'UTF8';
"""
SNAPSHOT = re.compile(r"[0-9A-F-]+")
#: Seconds without a byte after which a session is taken for stuck.
STALL = 900.0
#: A line that ends the rows of a table, also when there are none.
_END = copy_text.END + b"\n"


class _Session:
    """One psql, and our end of its stream."""

    def __init__(self, program: Program, stream: t.IO[bytes] | None, stdin: int, stdout: int) -> None:
        self.argv = program.argv
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this does
        self.process = subprocess.Popen(
            list(program.argv),
            stdin=stdin,
            stdout=stdout,
            stderr=self._said,
            env={**os.environ, "LC_ALL": "C.UTF-8", **program.env},
            start_new_session=True,
            bufsize=0,
            pipesize=CHUNK,
        )
        self.stream = stream or (self.process.stdout if stdin == subprocess.DEVNULL else None)
        self.gone = os.pidfd_open(self.process.pid)

    def failed(self, reason: str | None = None) -> CommandError:
        """What to raise when it has ended, or does not go on."""
        if reason is None:
            self.process.wait()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace")
        return complaints.cleaned(CommandError(self.argv, self.process.returncode or RC_TIMEOUT, "", said, reason))

    def close(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, 9)
            self.process.wait()
        os.close(self.gone)
        self._said.close()
        for one in (self.process.stdin, self.process.stdout):
            if one:
                one.close()


class Reader:
    """Reads a database as it was at one moment, and cannot write to it."""

    def __init__(self, session: _Session, output: int) -> None:
        self._session = session
        self._output = output

    def copy(self, what: str) -> t.Iterator[bytes]:
        """Whole lines, many at a time, of ``COPY what TO STDOUT``; all of them must be taken."""
        yield from copy_text.lines(self._blocks(what))

    def _blocks(self, what: str) -> t.Iterator[bytes]:
        session = self._session
        stdin = t.cast("t.IO[bytes]", session.process.stdin)
        try:
            stdin.write(f"COPY {what} TO STDOUT;\n\\echo '\\\\.'\n".encode())
        except BrokenPipeError:
            raise session.failed() from None
        before = b"\n"
        while True:
            block = _read(session, self._output)
            tail = before + block if len(block) < 4 else block
            if tail.endswith(_END) and (len(tail) == 3 or tail[-4:-3] == b"\n"):
                # Rows that end like this would have their backslash doubled.
                if len(block) >= 3:
                    yield block[:-3]
                else:
                    yield b""
                return
            yield block
            before = tail[-3:]

    def rows(self, select_: str) -> list[dict[str, t.Any]]:
        """The rows of a SELECT, by column."""
        lines = b"".join(self.copy(f"(SELECT row_to_json(answer) FROM ({select_}) AS answer)")).splitlines()  # noqa: S608
        return [json.loads(copy_text.read(line) or "null") for line in lines]


def _read(session: _Session, output: int) -> bytes:
    full = select.select([output, session.gone], [], [], STALL)[0]
    block = os.read(output, CHUNK) if output in full else b""
    if block:
        return block
    raise session.failed(None if full else f"nothing has moved for {STALL:g} seconds")


@contextlib.contextmanager
def reading(server: Server, database: str, snapshot: str | None = None) -> t.Iterator[Reader]:
    """A session that sees ``snapshot``, or the moment at which it begins."""
    program = server.streaming(WRITING, [*PSQL, f"--dbname={database}"])
    with fifo(program) as outlet:
        session = _Session(program, outlet, subprocess.PIPE, subprocess.DEVNULL if outlet else subprocess.PIPE)
        try:
            stdin = t.cast("t.IO[bytes]", session.process.stdin)
            begin = [SETTINGS, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
            if snapshot:
                if not SNAPSHOT.fullmatch(snapshot):
                    raise ValueError(f"{snapshot} is no name of a snapshot")
                begin.append(f"SET TRANSACTION SNAPSHOT '{snapshot}';")
            stdin.write("\n".join([*begin, ""]).encode())
            leaves = outlet or t.cast("t.IO[bytes]", session.process.stdout)
            yield Reader(session, leaves.fileno())
        finally:
            session.close()


class Writer:
    """Writes rows into a database; what it has written is there once :meth:`finish` has come back."""

    def __init__(self, session: _Session, stream: t.IO[bytes]) -> None:
        self._session = session
        self._input = stream.fileno()
        os.set_blocking(self._input, False)

    def write(self, data: bytes) -> None:
        """Statements, or rows."""
        view = memoryview(data)
        while view:
            gone, ready, _none = select.select([self._session.gone], [self._input], [], STALL)
            if gone:
                raise self._session.failed()
            if not ready:
                raise self._session.failed(f"nothing has moved for {STALL:g} seconds")
            try:
                view = view[os.write(self._input, view) :]
            except BrokenPipeError:
                raise self._session.failed() from None

    def load(self, table: str, blocks: t.Iterable[bytes]) -> int:
        """``COPY table FROM STDIN`` in a transaction of its own; the bytes that were written.

        The table must be empty: nothing of the rows goes through the log of a server that keeps none.

        :param table: its name, quoted.
        """
        self.write(f"BEGIN;\nTRUNCATE ONLY {table};\nCOPY {table} FROM STDIN WITH (FREEZE);\n".encode())
        size = 0
        for block in blocks:
            self.write(block)
            size += len(block)
        self.write(_END + b"COMMIT;\n")
        return size

    def finish(self) -> None:
        """Wait until all has been done.

        :raises CommandError: something of it was refused.
        """
        self.write(b"\\quit\n")
        if not select.select([self._session.gone], [], [], STALL)[0]:
            raise self._session.failed(f"no end after {STALL:g} seconds")
        if self._session.process.wait() != 0:
            raise self._session.failed()


@contextlib.contextmanager
def writing(server: Server, database: str) -> t.Iterator[Writer]:
    """A session that writes into ``database``."""
    program = server.streaming(READING, [*PSQL, f"--dbname={database}"])
    with fifo(program) as inlet:
        session = _Session(program, inlet, subprocess.DEVNULL if inlet else subprocess.PIPE, subprocess.DEVNULL)
        try:
            writer = Writer(session, inlet or t.cast("t.IO[bytes]", session.process.stdin))
            writer.write(SETTINGS.encode())
            # Triggers of foreign keys are made afterwards, with the indexes.
            yield writer
        finally:
            session.close()
