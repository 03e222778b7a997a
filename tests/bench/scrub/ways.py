# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways from a production database to a staging one, all on the same server.

Each ends with a database of its own that has all indexes and constraints and whose files hold no dead rows.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import columns
from data import Source
from meter import Reading
from server import NAME, Server


class Way:
    """One way.

    :cvar label: how tables call it.
    :cvar changes: whether it is meant to remove anything.
    :cvar slow: whether its time for much data is reckoned from a part of them.
    """

    label = ""
    changes = True
    slow = False

    def __init__(self, server: Server, source: Source) -> None:
        self.server, self.source = server, source

    def run(self, target: str, reading: Reading) -> None:
        """Make ``target``, which is not there yet; each part of the work is timed."""
        raise NotImplementedError

    def work(self) -> Path:
        """An empty folder."""
        path = self.server.work / "way"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def call(self, *command: object, cwd: Path | None = None) -> str:
        """Run a program of this machine against the server; what it prints."""
        argv = [str(one) for one in command]
        done = subprocess.run(argv, cwd=cwd, env=self.server.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{shlex.join(argv)}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def copy(self, target: str, reading: Reading) -> None:
        """What works in place gets the cheapest copy there is, which a server in use would not give."""
        with reading.part("copy"):
            self.server.create(target, self.source.name)

    def vacuum(self, target: str, reading: Reading) -> None:
        with reading.part("VACUUM FULL"):
            self.server.vacuum(target, columns.listed(self.source))


class Pipe(Way):
    """Nothing is changed: no way that reads and writes all rows is quicker than the better of the floors."""

    label, changes = "pg_dump -Fc -Z0 | pg_restore", False

    def run(self, target: str, reading: Reading) -> None:
        with reading.part("all"):
            self.server.create(target)
            script = 'pg_dump -Fc -Z0 -d "$source" | pg_restore -d "$target"'
            self.server.shell(script, source=self.source.name, target=target)


class Folder(Way):
    """The other floor."""

    label, changes = "pg_dump -Fd -Z0 -j2, pg_restore -j2", False

    def run(self, target: str, reading: Reading) -> None:
        dump, begin = self.work() / "dump", {"source": self.source.name, "target": target}
        with reading.part("dump"):
            self.server.shell('pg_dump -Fd -Z0 -j2 -d "$source" -f "$dump"', dump=dump, **begin)
        with reading.part("restore"):
            self.server.create(target)
            self.server.shell('pg_restore -j2 -d "$target" "$dump"', dump=dump, **begin)


class Ours(Way):
    """This collection's scrubber.

    It is called as a command in which ``{container}``, ``{socket}``, ``{source}``, ``{target}`` and ``{work}`` are
    replaced.  Its last line is an object in JSON with the seconds of its parts, ``verify`` one of them.
    """

    label = "this collection"
    command = ""

    def run(self, target: str, reading: Reading) -> None:
        places = {"container": NAME, "socket": self.server.socket, "source": self.source.name}
        argv = [
            word.format(**places, target=target, work=self.server.work / "way") for word in shlex.split(self.command)
        ]
        self.work()
        begin = time.monotonic()
        said = self.call(*argv).splitlines()[-1]
        seconds = time.monotonic() - begin
        parts = {name: float(value) for name, value in json.loads(said).items()}
        # What it does not tell is part of its scrubbing.
        reading.parts = {"scrub": seconds - parts.pop("verify", 0.0), "verify": 0.0}
        reading.parts["verify"] = seconds - reading.parts["scrub"]


class Update(Way):
    """SQL by hand."""

    label = "TEMPLATE, UPDATE in place"

    def run(self, target: str, reading: Reading) -> None:
        self.copy(target, reading)
        with reading.part("update"):
            statements = []
            for table, kinds in columns.listed(self.source).items():
                values = columns.changes(kinds, "md5('salt' || {c})")
                changes = ", ".join(f'"{name}" = {sql}' for name, sql in values.items())
                statements.append(f"UPDATE {table} SET {changes}")
            self.server.sql(target, *statements)
        self.vacuum(target, reading)


class Script(Way):
    """Patterns on each line of a plain dump, by a Python of this machine that has Faker."""

    label = "regex and Faker, line by line"
    slow = True

    def run(self, target: str, reading: Reading) -> None:
        with reading.part("all"):
            self.server.create(target)
            script = 'pg_dump -d "$0" | "$1" "$2" | psql -Xq -d "$3" >/dev/null'
            words = (self.source.name, sys.executable, Path(__file__).with_name("regex.py"), target)
            self.call("bash", "-o", "pipefail", "-euc", script, *words)
