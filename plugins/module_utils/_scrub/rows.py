# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Rows in COPY's text format become other rows: the inner loop of the scrubber.

A field is taken apart only when it is met for the first time: what comes again is looked up as the bytes that it is.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import copy_text, placeholders
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Column, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

#: (text, ISO code of the row's country or nothing) → another text.
Function = t.Callable[[str, str], str]
#: (field, country) → field; neither is NULL.
Cell = t.Callable[[bytes, str], bytes]
#: What is done with a row besides: it gets the values as they were, and changes the fields in place.
Hook = t.Callable[[t.Mapping[str, "str | None"], list[bytes]], None]
#: Lines → lines.
Transformation = t.Callable[[bytes], bytes]

#: Fakes that look at the country.
NATIONAL = ("phone", "vat", "zip", "city")
#: Fields that are remembered, by kind.
REMEMBERED = 100_000
#: Stands where code was that somebody has typed: an action without any could not be run.
CODE = "# Not part of the copy: see the action in production."
#: A hash of the form that Odoo writes, which is that of no password.  A text of another form would be taken for a
#: password, and hashed, when Odoo starts (odoo/addons/base/models/res_users.py, init).
PASSWORD = f"$pbkdf2-sha512$600000${'A' * 22}${'A' * 86}"
#: What is written where a row's rule empties a value that must not be missing.
_INSTEAD = {"code": copy_text.write(CODE), "password": copy_text.write(PASSWORD)}


class Values(t.Protocol):
    """What makes fakes of originals."""

    def function(self, kind: str) -> Function: ...


class Decisions(t.Protocol):
    """What says what is done with a column of a row."""

    def decide(self, table: str, row: t.Mapping[str, str | None], column: str, word: str) -> Rule | None: ...


@dataclass
class Tools:
    """What the rows of all tables are changed with.

    :param sweep: replaces the originals inside a text.
    :param countries: id of a country, as COPY writes it → its ISO code.
    :param country: of rows that name none.
    :param hooks: table → what is done with its rows besides.
    """

    values: Values
    sweep: t.Callable[[str], str]
    decisions: Decisions
    countries: t.Mapping[bytes, str] = field(default_factory=dict)
    country: str = ""
    hooks: t.Mapping[str, t.Callable[[Table], Hook]] = field(default_factory=dict)


def transformation(table: Table, rules: t.Mapping[str, Rule], tools: Tools) -> Transformation | None:
    """What is done with the lines of a table; ``None`` for nothing."""
    active = [
        (index, column, rules[column.name])
        for index, column in enumerate(table.columns)
        if column.name in rules and rules[column.name].action != "keep"
    ]
    empty = [index for index, _other, rule in active if rule.action == "null"]
    cells = [
        (index, _cell(column.type, rule, tools)) for index, column, rule in active if rule.action not in ("null", "row")
    ]
    row = _row(table, [one for one in active if one[2].action == "row"], tools)
    if not active:
        return None
    place = table.place("country_id")
    countries, home = tools.countries, tools.country

    def transform(lines: bytes) -> bytes:
        done = []
        # What is after the last line end is nothing, and no row of one empty field.
        for line in lines[:-1].split(b"\n"):
            fields = line.split(b"\t")
            country = countries.get(fields[place], home) if place >= 0 else home
            if row is not None:
                row(fields, country)
            for index in empty:
                fields[index] = copy_text.NULL
            for index, cell in cells:
                if fields[index] != copy_text.NULL:
                    fields[index] = cell(fields[index], country)
            done.append(b"\t".join(fields))
        done.append(b"")
        return b"\n".join(done)

    return transform


def _row(
    table: Table, active: t.Sequence[tuple[int, Column, Rule]], tools: Tools
) -> t.Callable[[list[bytes], str], None] | None:
    """What is done by the rules that look at the whole row."""
    if not active:
        return None
    places = {column.name: index for index, column in enumerate(table.columns)}
    hook = tools.hooks[table.name](table) if table.name in tools.hooks else None
    made: dict[tuple[int, Rule], Cell] = {}

    def change(fields: list[bytes], country: str) -> None:
        view = copy_text.Row(places, tuple(fields))
        for index, column, rule in active:
            if fields[index] == copy_text.NULL:
                continue
            decided = tools.decisions.decide(table.name, view, column.name, rule.word)
            if decided is None or decided.action in ("keep", "placeholder"):
                continue
            if decided.action == "null":
                fields[index] = _INSTEAD.get(decided.word, b"" if column.not_null else copy_text.NULL)
                continue
            cell = made.get((index, decided))
            if cell is None:
                cell = made[index, decided] = _cell(column.type, decided, tools)
            fields[index] = cell(fields[index], country)
        if hook is not None:
            hook(view, fields)

    return change


def _cell(type_: str, rule: Rule, tools: Tools) -> Cell:
    if rule.action == "placeholder":
        return _placeholder
    function = _swept(tools.sweep) if rule.action == "sweep" else tools.values.function(rule.word)
    if type_ in ("jsonb", "json"):
        function = _leaves(function)
    elif type_ in ("smallint", "integer", "bigint"):
        function = _whole(function)
    return _remembering(function, rule.word in NATIONAL)


def _remembering(function: Function, national: bool) -> Cell:
    known: dict[t.Any, bytes] = {}

    def cell(field_: bytes, country: str) -> bytes:
        key: t.Any = (field_, country) if national else field_
        found = known.get(key)
        if found is None:
            if len(known) > REMEMBERED:
                known.clear()
            text = copy_text.read(field_)
            found = known[key] = copy_text.write(function(text or "", country))
        return found

    return cell


def _swept(sweep: t.Callable[[str], str]) -> Function:
    return lambda text, country: sweep(text)


def _whole(function: Function) -> Function:
    return lambda text, country: function(text, country).partition(".")[0]


def _leaves(function: Function) -> Function:
    """Every string in a JSON value, but no key: those are languages, companies and names of properties."""

    def walk(value: t.Any, country: str) -> t.Any:
        if isinstance(value, str):
            return function(value, country)
        if isinstance(value, list):
            return [walk(one, country) for one in value]
        if isinstance(value, dict):
            return {key: walk(one, country) for key, one in value.items()}
        return value

    return lambda text, country: json.dumps(walk(json.loads(text), country), ensure_ascii=False)


def _placeholder(field_: bytes, country: str) -> bytes:
    # bytea_output is hex: \x…, with its backslash doubled.
    content = bytes.fromhex(field_[3:].decode()) if field_.startswith(b"\\\\x") else b""
    return b"\\\\x" + placeholders.like(content).hex().encode() if content else field_
