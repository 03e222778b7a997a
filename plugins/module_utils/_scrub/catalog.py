# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What is in a database: tables, columns, keys and the modules of its Odoo, as PostgreSQL's catalog has them.

Types come from there and from nowhere else: with some modules installed, Odoo stores a text as C(jsonb).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

#: Answers the rows of a SELECT, by column, with the types that JSON has.
Ask = t.Callable[[str], list[dict[str, t.Any]]]

#: Names that Odoo and its modules give, with room for those of others.
NAME = re.compile(r"[\w $.-]+")

TABLES = """
    SELECT c.relname AS name, pg_table_size(c.oid) AS bytes, c.relkind <> 'r' AS strange,
           c.relrowsecurity OR c.relforcerowsecurity AS policies,
           coalesce((
               SELECT json_agg(json_build_object(
                   'name', a.attname, 'type', format_type(coalesce(nullif(y.typbasetype, 0), a.atttypid), NULL),
                   'not_null', a.attnotnull, 'generated', a.attgenerated <> ''
               ) ORDER BY a.attnum)
               FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           ), '[]') AS columns,
           coalesce((
               SELECT json_agg(a.attname ORDER BY k.place)
               FROM pg_index AS i, unnest(i.indkey) WITH ORDINALITY AS k (number, place), pg_attribute AS a
               WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.number
           ), '[]') AS key
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'm')
    ORDER BY c.relname
"""
REFERENCES = """
    SELECT c.relname AS table, f.relname AS target, json_agg(a.attname ORDER BY k.place) AS columns
    FROM pg_constraint AS o JOIN pg_class AS c ON c.oid = o.conrelid JOIN pg_class AS f ON f.oid = o.confrelid,
         unnest(o.conkey) WITH ORDINALITY AS k (number, place), pg_attribute AS a
    WHERE o.contype = 'f' AND a.attrelid = c.oid AND a.attnum = k.number
          AND c.relnamespace = 'public'::regnamespace
    GROUP BY o.oid, c.relname, f.relname ORDER BY 1, 2, 3::text
"""
SEQUENCES = """
    SELECT c.relname AS name FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' ORDER BY 1
"""
ELSEWHERE = """
    SELECT n.nspname AS schema, count(*) AS tables FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND n.nspname NOT IN ('public', 'information_schema')
          AND n.nspname !~ '^pg_' GROUP BY 1 ORDER BY 1
"""
OBJECTS = "SELECT count(*) AS number FROM pg_largeobject_metadata"
MODULES = "SELECT name, latest_version AS version FROM ir_module_module WHERE state = 'installed' ORDER BY name"


class CatalogError(Exception):
    """The database is none that can be scrubbed.  The text says why, and what to do."""


@dataclass(frozen=True)
class Column:
    """:param type: as PostgreSQL names it, without a length: ``character varying``, ``jsonb``, ``integer``."""

    name: str
    type: str
    not_null: bool = False


@dataclass(frozen=True)
class Table:
    """:param bytes: on disk, without indexes."""

    name: str
    columns: tuple[Column, ...]
    bytes: int = 0
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)

    def place(self, name: str) -> int:
        """Where a column is in a row; -1 for nowhere."""
        return next((index for index, one in enumerate(self.columns) if one.name == name), -1)


@dataclass(frozen=True)
class Reference:
    """A foreign key: ``columns`` of ``table`` name a row of ``target``."""

    table: str
    target: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Catalog:
    """:param modules: installed ones, with their versions."""

    tables: t.Mapping[str, Table]
    references: tuple[Reference, ...]
    sequences: tuple[str, ...]
    modules: t.Mapping[str, str]

    @property
    def series(self) -> str:
        """``19.0``"""
        return ".".join(self.modules["base"].split(".")[:2])

    @property
    def bytes(self) -> int:
        return sum(table.bytes for table in self.tables.values())


def read(ask: Ask) -> Catalog:
    """The catalog of the database that ``ask`` asks.

    :raises CatalogError: it is no Odoo, or keeps data where nobody would look for it.
    """
    tables = {}
    for row in ask(TABLES):
        if row["strange"]:
            raise CatalogError(
                f"{row['name']} is a partitioned or foreign table or a materialized view, which Odoo does not make and"
                " the scrubber cannot copy. Drop it, or make an ordinary table of it"
            )
        if row["policies"]:
            raise CatalogError(
                f"{row['name']} has row level security, which Odoo does not use, and which could hide rows from the"
                " scrubber. Switch it off (ALTER TABLE … DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY)"
            )
        named(row["name"], *(one["name"] for one in row["columns"]))
        generated = [one["name"] for one in row["columns"] if one.pop("generated")]
        if generated:
            raise CatalogError(
                f"{row['name']}.{generated[0]} is a generated column, which Odoo does not make. Drop it first"
            )
        columns = tuple(Column(**one) for one in row["columns"])
        tables[row["name"]] = Table(row["name"], columns, row["bytes"], tuple(row["key"]))
    if "ir_module_module" not in tables:
        raise CatalogError("this is no Odoo database: it has no table ir_module_module")
    for row in ask(ELSEWHERE):
        raise CatalogError(
            f"there are {row['tables']} tables in the schema {row['schema']}; Odoo's are in public, and the scrubber"
            f" looks nowhere else. Drop the schema, or move it into another database"
        )
    if ask(OBJECTS)[0]["number"]:
        raise CatalogError("there are large objects, which Odoo does not make: remove them with vacuumlo")
    modules = {row["name"]: row["version"] or "" for row in ask(MODULES)}
    if "base" not in modules:
        raise CatalogError("the module base is not installed: is an upgrade at work, or has one failed?")
    found = [str(row["name"]) for row in ask(SEQUENCES)]
    named(*found)
    references = tuple(Reference(row["table"], row["target"], tuple(row["columns"])) for row in ask(REFERENCES))
    return Catalog(tables, references, tuple(found), modules)


def named(*names: str) -> None:
    """:raises CatalogError: a name has signs that could mean something else to a program on the way."""
    for name in names:
        if not NAME.fullmatch(name):
            raise CatalogError(
                f"a table, column or sequence has the name {name!r}, with signs that Odoo does not use. Rename it"
            )


def identifier(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
