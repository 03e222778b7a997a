# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for what must be gone, with grep alone: nothing of it is shared with what is measured.

Needles are all spellings in which the generator has written some three hundred people and the canary, and the planted
secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from data import CANARY, FIRST, PARAMETERS, PLANS, SECRETS, SOME, Source
from server import Server

PEOPLE = 300
#: What is written about a person, in every spelling.
SPELLINGS = (
    "bench.name(n)",
    "upper(bench.name(n))",
    "replace(bench.name(n), '&', '&amp;')",
    "bench.email(n)",
    "upper(bench.email(n))",
    "replace(bench.email(n), '@', '%40')",
    "bench.phone(n)",
    "bench.digits(bench.phone(n))",
    "CASE WHEN n % 4 > 0 THEN bench.vat(n) END",
    "bench.street(n)",
)
#: All values of a database, each after the name of its column; bytes as far as they are letters.
VALUES = """
SELECT format('COPY (SELECT %L, %s FROM ONLY %I WHERE %I IS NOT NULL) TO STDOUT;', table_name || '.' || column_name,
    CASE data_type WHEN 'bytea' THEN format('encode(%I, ''escape'')', column_name) ELSE quote_ident(column_name) END,
    table_name, column_name)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    AND data_type IN ('character varying', 'text', 'jsonb', 'json', 'bytea', 'xml', 'character', 'ARRAY')
"""
COLUMNS = """
psql -XqAt -d "$database" -c "$values" | psql -XqAt -d "$database" |
    { grep -aF -f "$needles" || true; } | cut -f 1 | sort | uniq -c
"""
DUMP = """pg_dump -d "$database" | { grep -aoF -f "$needles" || true; } | sort -u | wc -l"""
#: The server's own files hold what has been deleted, too.  Values that are compressed in them are not found.
HEAP = """cat "$PGDATA/base/$oid"/* | { grep -aoF -f "$needles" || true; } | sort -u | wc -l"""


@dataclass
class Found:
    """What is left of the originals.

    :param columns: column → how many of its values hold something about somebody.
    :param secrets: credentials that are still in the dump; ``people``: spellings of people in it.
    :param heap: needles of both kinds in the files of the server.
    """

    columns: dict[str, int] = field(default_factory=dict)
    secrets: int = 0
    people: int = 0
    heap: int = 0

    def answer(self) -> dict[str, Any]:
        return {"leaks": len(self.columns), **vars(self)}


class Scanner:
    """Knows the needles of one source."""

    def __init__(self, server: Server, source: Source) -> None:
        self.server, self.source = server, source
        self.people, self.secrets = (server.work / f"{source.name}-{kind}" for kind in ("people", "secrets"))

    def learn(self, megabytes: int) -> dict[str, int]:
        """Write down the needles; how many they are.  The generator's functions are dropped then."""
        source = self.source
        people = PLANS["res_partner"].rows * megabytes
        step = people // PEOPLE
        numbers = f"(SELECT i * {step} + i % 10 AS n FROM generate_series(0, {PEOPLE - 1}::bigint) AS i) AS numbers"
        spelled = " UNION ".join(f"SELECT {one} AS needle FROM {numbers}" for one in SPELLINGS)
        accounts = (
            "SELECT unnest(ARRAY[acc_number, sanitized_acc_number]) FROM res_partner_bank"
            f" WHERE id >= {FIRST} AND id % {max(step, 1)} = 0"
        )
        found = source.server.rows(
            source.name, f"SELECT * FROM ({spelled} UNION {accounts}) AS all_of WHERE needle > ''"
        )
        lines = {row[0] for row in found} | set(CANARY.values()) | {CANARY["phone"].replace(" ", "")}
        self.people.write_text("\n".join(sorted(lines)) + "\n")
        places = [place.split(".") for place in SECRETS.split()]
        columns = [(table, column) for table, column in places if column in source.columns(table)]
        planted = [f"SELECT {column} FROM {table}" for table, column in columns]
        planted.append(f"SELECT value FROM ir_config_parameter WHERE key IN {PARAMETERS}")
        planted.append(f"SELECT access_token FROM sale_order WHERE id >= {FIRST} AND id < {FIRST + SOME}")
        text = "SELECT DISTINCT s FROM (" + " UNION ".join(planted) + ") AS planted (s) WHERE s ~ '^k[0-9a-f]{32}$'"
        secrets = [row[0] for row in source.server.rows(source.name, text)]
        self.secrets.write_text("\n".join(secrets) + "\n")
        source.server.sql(source.name, "DROP SCHEMA bench CASCADE")
        return {"people": len(lines), "secrets": len(secrets), "columns": len(columns)}

    def scan(self, database: str) -> Found:
        shell = self.server.shell
        lines = shell(COLUMNS, database=database, values=VALUES, needles=self.people).splitlines()
        found = Found({name: int(count) for count, name in (line.split() for line in lines)})
        found.secrets = int(shell(DUMP, database=database, needles=self.secrets))
        found.people = int(shell(DUMP, database=database, needles=self.people))
        both = self.people.with_suffix(".all")
        both.write_text(self.people.read_text() + self.secrets.read_text())
        self.server.sql("postgres", "CHECKPOINT")
        oid = self.server.sql("postgres", f"SELECT oid FROM pg_database WHERE datname = '{database}'")
        found.heap = int(shell(HEAP, oid=oid, needles=both))
        return found
