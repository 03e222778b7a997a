# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What is done with every column of a database: layers of profiles, the later over the earlier.

A layer maps tables to their columns' rules (see :mod:`rules`), or to C(truncate) and a reason.  Profiles have no
wildcards: a column that nobody has thought of has no rule, and a database with such a column is not copied.
"""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import rules
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

#: Types whose values say nothing without the columns next to them; they are copied unless a profile names them.
#: A type that is not here, also one that an extension brings, needs a rule.
PLAIN = frozenset(
    ["smallint", "integer", "bigint", "oid", "boolean", "numeric", "real", "double precision", "date", "interval"]
    + [f"time{long} {zone} time zone" for long in ("", "stamp") for zone in ("with", "without")]
)
#: Those of them that C(change) knows.
MOMENTS = frozenset(one for one in PLAIN if one.startswith(("date", "timestamp")))
AMOUNTS = frozenset(["smallint", "integer", "bigint", "numeric", "real", "double precision"])


class ProfileError(Exception):
    """Profiles cannot be used.  The text names each problem, with file, table and column."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Column(t.Protocol):
    """What must be known of a column."""

    @property
    def name(self) -> str:
        """As in the catalog."""

    @property
    def type(self) -> str:
        """As PostgreSQL writes it, without length: C(character varying)."""

    @property
    def not_null(self) -> bool:
        """Whether it must have a value."""


class Table(t.Protocol):
    """What must be known of a table."""

    @property
    def columns(self) -> t.Sequence[Column]:
        """In the table's order."""


#: Tables of a database, by name.
Tables = t.Mapping[str, Table]


@dataclass(frozen=True)
class Layer:
    """A profile as it was read.

    :param name: of the file, for messages.
    :param own: written for one database, by its owner: what it names must be there.
    """

    name: str
    tables: t.Mapping[str, t.Any]
    own: bool = False


@dataclass(frozen=True)
class Profile:
    """All layers together.

    :param tables: those that are emptied, with the reason.
    :param columns: rules by table and column; for no column of an emptied table.
    """

    tables: t.Mapping[str, str]
    columns: t.Mapping[str, t.Mapping[str, Rule]]


def load(layers: t.Sequence[Layer]) -> Profile:
    """The profile that ``layers`` make: of two rules for a column, or for a table, the later holds.

    :raises ProfileError: something in them is not understood.
    """
    emptied: dict[str, str] = {}
    columns: dict[str, dict[str, Rule]] = {}
    problems: list[str] = []
    for layer in layers:
        for table, said in layer.tables.items():
            where = f"{layer.name}: {table}"
            if isinstance(said, str):
                action, gap, reason = said.strip().partition(" ")
                if action != rules.TRUNCATE or not gap:
                    problems.append(
                        f"{where}: {said!r}: a table has its columns below it, or {rules.TRUNCATE!r} and a reason"
                    )
                emptied[table] = reason.strip()
                columns.pop(table, None)
            elif isinstance(said, t.Mapping):
                emptied.pop(table, None)
                columns.setdefault(table, {}).update(_parsed(said, where, problems))
            else:
                problems.append(f"{where}: nothing is said of the table; leave it out, or name columns of it")
    if problems:
        raise ProfileError(problems)
    return Profile(emptied, columns)


def _parsed(columns: t.Mapping[str, t.Any], where: str, problems: list[str]) -> dict[str, Rule]:
    found = {}
    for column, text in columns.items():
        try:
            found[column] = rules.parse(text if isinstance(text, str) else str(text))
        except rules.RuleError as error:
            problems.append(f"{where}.{column}: {error}")
    return found


def resolve(tables: Tables, profile: Profile) -> dict[str, dict[str, Rule]]:
    """The rules of the columns that a database has, by table; of emptied tables and of columns without one, none."""
    found = {}
    for name, table in tables.items():
        said = profile.columns.get(name, {})
        here = {column.name: said[column.name] for column in table.columns if column.name in said}
        if here:
            found[name] = here
    return found


def unclassified(tables: Tables, profile: Profile) -> list[tuple[str, Column]]:
    """Columns that need a rule and have none, each with its table."""
    return [
        (name, column)
        for name, table in sorted(tables.items())
        if name not in profile.tables
        for column in table.columns
        if needs_rule(column.type) and column.name not in profile.columns.get(name, {})
    ]


def needs_rule(kind: str) -> bool:
    """Whether values of that type can say something by themselves: texts, bytes, JSON and all that is unknown."""
    return kind.replace("[]", "") not in PLAIN


def unfit(tables: Tables, profile: Profile) -> list[str]:
    """Rules that their columns cannot bear, in words; empty when all is well."""
    return [
        f"{table}.{column.name}: {rule}: {problem}"
        for table, found in resolve(tables, profile).items()
        for column in tables[table].columns
        if column.name in found
        for rule in (found[column.name],)
        for problem in _unfit(column, rule)
    ]


def _unfit(column: Column, rule: Rule) -> t.Iterator[str]:
    if rule.action == "null" and column.not_null:
        yield "the column must have a value (NOT NULL): take another rule, or empty the table"
    if rule.action == "change" and column.type not in {"date": MOMENTS, "amount": AMOUNTS}[rule.word]:
        yield f"the column is of type {column.type}"
    if rule.action in ("fake", "replace", "rotate", "sweep") and (
        column.type == "bytea" or not needs_rule(column.type)
    ):
        yield f"that is done with texts; the column is of type {column.type}"


def misnamed(tables: Tables, layers: t.Iterable[Layer]) -> list[str]:
    """What the database's own profiles name and the database does not have, each with the likeliest name instead.

    Of profiles for all databases this is not asked: the module may not be installed.
    """
    problems = []
    for layer in layers:
        for name, said in layer.tables.items() if layer.own else ():
            if name not in tables:
                problems.append(f"{layer.name}: {name}: there is no such table{_meant(name, tables)}")
                continue
            known = [column.name for column in tables[name].columns]
            problems += [
                f"{layer.name}: {name}.{column}: the table has no such column{_meant(column, known)}"
                for column in (said if isinstance(said, t.Mapping) else ())
                if column not in known
            ]
    return problems


def _meant(name: str, known: t.Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; {found[0]} is meant?" if found else ""


def shipped(folder: Path, series: str) -> list[Layer]:
    """The collection's layers for databases of a series: of all series, then of this one.

    :raises ProfileError: there are none for that series.
    """
    if not (folder / series).is_dir():
        known = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_dir()))
        raise ProfileError([f"there are no profiles for Odoo {series}; there are for: {known}"])
    return [read(path) for part in (folder, folder / series) for path in sorted(part.glob("*.yml"))]


def read(path: Path, own: bool = False) -> Layer:
    """A profile's file.

    :raises ProfileError: it is no YAML mapping.
    """
    import yaml  # noqa: PLC0415  # only the controller has it for sure

    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError([f"{path}: {error}"]) from None
    if not isinstance(found, dict):
        raise ProfileError([f"{path}: tables must stand there, each with its columns or with {rules.TRUNCATE!r}"])
    return Layer(str(path), found, own)
