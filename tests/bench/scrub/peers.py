# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that others offer for this, each as its documentation says and with what makes it quick on two cores."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import columns
from meter import Reading
from server import USER
from ways import Way

HERE = Path(__file__).resolve().parent
#: What pynonymizer gives a kind of column; the others get SQL.
FAKER = {"name": "name", "phone": "phone_number", "street": "street_address", "city": "city"}
ALONE = ("pganonymize==0.13.0", "pgcopy==1.6.2")


def environment() -> Path:
    """Where their programs are; makes it first where it is missing."""
    made = subprocess.run(
        [HERE.parents[2] / "scripts" / "venv.sh", HERE / "peers.txt"], check=True, stdout=subprocess.PIPE, text=True
    )
    programs = Path(made.stdout.strip()) / "bin"
    if not (programs / "pganonymize").exists():
        pip = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
        subprocess.run([*pip, *ALONE], check=True)
    return programs


class Peer(Way):
    """A program from PyPI."""

    @property
    def programs(self) -> Path:
        return environment()

    def write(self, name: str, what: object) -> Path:
        """A file of its settings; JSON is YAML and a literal of Python, too."""
        path = self.work() / name
        path.write_text(json.dumps(what))
        return path


class PgAnon(Peer):
    """Dumps with SQL in the server, restores; its functions lie in the source for that time."""

    label = "pg_anon 1.12.0 (sha256 in SQL)"

    def run(self, target: str, reading: Reading) -> None:
        tables = [
            {
                "schema": "public",
                "table": table,
                "fields": columns.changes(kinds, "anon_funcs.digest({c}, 'salt', 'sha256')"),
            }
            for table, kinds in columns.listed(self.source).items()
        ]
        settings = self.write("dictionary.py", {"dictionary": tables})
        folder, program = settings.parent, self.programs / "pg_anon"
        there = ["--db-host", self.server.socket, "--db-user", USER, "--db-user-password", "-"]
        source = [*there, "--db-name", self.source.name]
        work = ["--db-connections", 2]
        self.call(program, "init", *source, cwd=folder)
        try:
            with reading.part("dump"):
                self.call(
                    *(program, "dump", *source, *work, "--prepared-sens-dict-file", settings),
                    *("--output-dir", folder / "out", "--pg-dump", self.server.bin / "pg_dump"),
                    cwd=folder,
                )
        finally:
            self.server.sql(self.source.name, "DROP SCHEMA anon_funcs CASCADE", "DROP EXTENSION IF EXISTS pgcrypto")
        with reading.part("restore"):
            self.server.create(target)
            self.call(
                *(program, "restore", *there, "--db-name", target, *work),
                *("--input-dir", folder / "out", "--pg-restore", self.server.bin / "pg_restore"),
                cwd=folder,
            )


class Pganonymize(Peer):
    """Reads rows, writes a temporary table, updates in place."""

    label = "pganonymize 0.13.0 (md5, --parallel)"

    @staticmethod
    def _provider(kind: str) -> dict[str, object]:
        if kind == "html":
            return {"provider": {"name": "set", "value": "<p>redacted</p>"}}
        return {"provider": {"name": "md5"}, **({"append": "@example.com"} if kind == "email" else {})}

    def run(self, target: str, reading: Reading) -> None:
        tables = [
            {table: {"fields": [{name: self._provider(kind)} for name, kind in kinds.items()]}}
            for table, kinds in columns.listed(self.source).items()
        ]
        settings = self.write("schema.yml", {"tables": tables})
        self.copy(target, reading)
        with reading.part("anonymize"):
            self.call(
                *(self.programs / "pganonymize", f"--schema={settings}", f"--dbname={target}", f"--user={USER}"),
                *("--password=-", f"--host={self.server.socket}", "--port=5432", "--parallel"),
            )
        self.vacuum(target, reading)


class Pynonymizer(Peer):
    """Updates in place with a small table of values of Faker.

    One table a call: with more, its release 2.5.0 does all of them once for each.  Values of Faker also fill what was
    empty: to leave that alone, each column would need an UPDATE of its own.
    """

    label = "pynonymizer 2.5.0 (a table a call)"

    def run(self, target: str, reading: Reading) -> None:
        self.copy(target, reading)
        for table, kinds in columns.listed(self.source).items():
            literals = columns.changes(kinds, "md5('salt' || {c})")
            chosen = [{"column_name": name, **self._strategy(kind, literals[name])} for name, kind in kinds.items()]
            settings = self.write("strategy.yml", {"tables": {table: {"columns": chosen}}})
            with reading.part("anonymize"):
                self.call(
                    *(self.programs / "pynonymizer", "--db-type", "postgres", "--db-host", self.server.socket),
                    *("--db-port", 5432, "--db-user", USER, "--db-password", "-", "--db-name", target),
                    *("--strategy", settings, "--only-step", "ANONYMIZE_DB", "--workers", 2),
                )
        self.vacuum(target, reading)

    @staticmethod
    def _strategy(kind: str, literal: str) -> dict[str, str]:
        if kind == "email":
            return {"type": "unique_email"}
        if kind in FAKER:
            return {"type": "fake_update", "fake_type": FAKER[kind]}
        return {"type": "literal", "value": f"({literal})"}


class Obfuscate(Way):
    """Odoo's own: encrypts in place, its columns and those of the list."""

    label = "odoo obfuscate"
    slow = True

    def run(self, target: str, reading: Reading) -> None:
        self.copy(target, reading)
        names = ",".join(f"{table}.{name}" for table, kinds in columns.listed(self.source).items() for name in kinds)
        with reading.part("obfuscate"):
            self.server.odoo("obfuscate", "-d", target, "--pwd", "salt", "--yes", "--pertablecommit", "--fields", names)
        self.vacuum(target, reading)
