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
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

#: (text, ISO code of the row's country or nothing) → another text.
Function = t.Callable[[str, str], str]
#: (field, country) → field; neither is NULL.
Cell = t.Callable[[bytes, str], bytes]
#: A whole row, changed in place.
Row = t.Callable[[list[bytes]], None]
#: Lines → lines.
Transformation = t.Callable[[bytes], bytes]

#: Fakes that look at the country.
NATIONAL = ("phone", "vat", "zip", "city")
#: Fields that are remembered, by kind.
REMEMBERED = 100_000


class Values(t.Protocol):
    """What makes fakes of originals."""

    def function(self, kind: str) -> Function: ...


@dataclass
class Tools:
    """What the rows of all tables are changed with.

    :param sweep: replaces the originals inside a text.
    :param countries: id of a country, as COPY writes it → its ISO code.
    :param country: of rows that name none.
    :param special: table → what its row rules do, given the table.
    """

    values: Values
    sweep: t.Callable[[str], str]
    countries: t.Mapping[bytes, str] = field(default_factory=dict)
    country: str = ""
    special: t.Mapping[str, t.Callable[[Table], Row]] = field(default_factory=dict)


def transformation(table: Table, rules: t.Mapping[str, Rule], tools: Tools) -> Transformation | None:
    """What is done with the lines of a table; ``None`` for nothing."""
    active = [
        (index, column, rules[column.name])
        for index, column in enumerate(table.columns)
        if column.name in rules and rules[column.name].action != "keep"
    ]
    special = table.name in tools.special and any(rule.action == "row" for _, _, rule in active)
    row = tools.special[table.name](table) if special else None
    empty = [index for index, _, rule in active if rule.action == "null"]
    cells = [
        (index, _cell(column.type, rule, tools))
        for index, column, rule in active
        if rule.action != "null" and not (special and rule.action == "row")
    ]
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
                row(fields)
            for index in empty:
                fields[index] = copy_text.NULL
            for index, cell in cells:
                if fields[index] != copy_text.NULL:
                    fields[index] = cell(fields[index], country)
            done.append(b"\t".join(fields))
        done.append(b"")
        return b"\n".join(done)

    return transform


def _cell(type_: str, rule: Rule, tools: Tools) -> Cell:
    if rule.action == "placeholder":
        return _placeholder
    if rule.action == "row":
        # Rules of a row's that need no row.
        function = _ROWS[rule.word]
    elif rule.action == "sweep":
        function = _swept(tools.sweep)
    else:
        function = tools.values.function(rule.word)
    if type_ in ("jsonb", "json"):
        function = _leaves(function)
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


def _password(text: str, country: str) -> str:
    """A hash of the form that Odoo writes, which is that of no password.

    A text of another form would be taken for a password, and hashed, when Odoo starts (odoo/addons/base/models/
    res_users.py, init).
    """
    return f"$pbkdf2-sha512$600000${'A' * 22}${'A' * 86}" if text else text


_ROWS: t.Mapping[str, Function] = {"password": _password}
