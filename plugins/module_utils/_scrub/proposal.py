# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Rules for the columns that have none, each with its reason: a profile for the operator to read and to save.

What a column holds is judged by what is known of its field, by a sample of its values, and by its name, in this order.
Where that says little, the rule is the one that gives away least.  No value is ever written down.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import looks
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import TRUNCATE

#: Share of the values that must look alike for the column to be of that kind.
MOST = 0.5
#: So many different words in at least so many values are states of a record, chosen and not typed.
WORDS, VALUES = 12, 20

#: Types of which other values can be made.
TEXTS = frozenset(
    [*("text", "character varying", "character", "citext"), *("xml", "json", "jsonb"), "text[]", "character varying[]"]
)

_CHOSEN = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*")
#: What YAML 1.1 takes for something else than a text.
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
#: Types of fields that hold ids, numbers or dates: in C(jsonb) by company, in texts as C(model,id).
_REFERENCES = frozenset(
    [
        *("many2one", "many2one_reference", "reference"),
        *("integer", "float", "monetary", "boolean", "date", "datetime"),
    ]
)
_WRITTEN = {"text": "replace text", "html": "replace html"}


@dataclass(frozen=True)
class Unknown:
    """A column without a rule, and what the database says of it.

    :param type: as PostgreSQL writes it.
    :param ttype: the field's type (C(ir_model_fields.ttype)); empty when the column has no field.
    :param related: the column that the field copies, as C(table.column).
    :param groups: who alone may read the field.
    :param password: a view shows it as a password.
    :param transient: the table is a wizard's.
    """

    table: str
    column: str
    type: str
    not_null: bool = False
    ttype: str = ""
    related: str = ""
    groups: str = ""
    password: bool = False
    transient: bool = False


@dataclass(frozen=True)
class Proposed:
    """A rule, and why.

    :param column: empty when the rule is for the whole table.
    """

    table: str
    column: str
    rule: str
    why: str


def propose(
    unknown: Unknown,
    values: t.Sequence[str],
    known: looks.Known,
    rule_of: t.Mapping[str, str] | None = None,
) -> Proposed:
    """A rule for one column.

    :param values: a sample of its values, without NULL; of C(jsonb) as text.
    :param known: whether a text is an original of a kind.
    :param rule_of: the rules of other columns, by C(table.column), for fields that copy one.
    """
    if unknown.transient:
        return Proposed(unknown.table, "", f"{TRUNCATE} wizard", "a wizard's table: nothing in it is kept for long")
    rule, why = (
        _by_field(unknown, rule_of or {})
        or _by_values(unknown, [one for value in values for one in looks.texts(value, unknown.type)], known)
        or _by_name(unknown)
        or _by_type(unknown, bool(values))
    )
    if rule.startswith("null") and unknown.not_null:
        if unknown.type not in TEXTS:
            rule, why = "keep technical", f"look at it: it must have a value, and of type {unknown.type} none is made"
        else:
            rule, why = "rotate secret" if rule == "null secret" else "replace text", f"{why}; it must have a value"
    return Proposed(unknown.table, unknown.column, rule, why)


def _by_field(unknown: Unknown, rule_of: t.Mapping[str, str]) -> tuple[str, str] | None:
    if unknown.type == "bytea":
        return "placeholder file", "the content of a file"
    if unknown.type == "uuid":
        return "keep technical", "random ids"
    if unknown.type not in TEXTS:
        return "null unknown type", f"of type {unknown.type} no other value is made"
    if unknown.password:
        return "null secret", "a view shows it as a password"
    if looks.secret_name(unknown.column):
        return "null secret", "named like a credential"
    if unknown.related in rule_of:
        return rule_of[unknown.related], f"a copy of {unknown.related}"
    if unknown.ttype == "selection":
        return "keep selection", "a selection: nobody types it"
    if unknown.ttype in _REFERENCES:
        return "keep ids", f"a field of type {unknown.ttype}: nobody types it"
    if unknown.ttype == "properties_definition":
        return "sweep labels of own fields", "names of the fields that users have made"
    return None


def _by_values(unknown: Unknown, texts: t.Sequence[str], known: looks.Known) -> tuple[str, str] | None:
    if not texts:
        return None
    for kind, (rule, called) in looks.KINDS.items():
        found = sum(looks.looks_like(kind, one, known) for one in texts)
        if found < max(MOST * len(texts), 1):
            continue
        if unknown.ttype in (*_WRITTEN, "properties"):
            break
        return rule, f"{found} of {len(texts)} values look like {called}"
    found = sum(looks.holds_personal(one, known) for one in texts)
    if found:
        return _replaced(unknown), f"{found} of {len(texts)} values hold something personal"
    different = set(texts)
    if len(texts) >= VALUES and len(different) <= WORDS and all(_CHOSEN.fullmatch(one) for one in different):
        return "keep selection", f"{len(texts)} values, {len(different)} different words: chosen, not typed"
    return None


def _replaced(unknown: Unknown) -> str:
    if unknown.ttype == "properties":
        return "null own fields"
    return "replace html" if unknown.ttype == "html" else "replace text"


def _by_name(unknown: Unknown) -> tuple[str, str] | None:
    if unknown.ttype in (*_WRITTEN, "properties"):
        return None
    rule = looks.rule_by_name(unknown.column)
    return (rule, "by its name; no value says otherwise") if rule else None


def _by_type(unknown: Unknown, sampled: bool) -> tuple[str, str]:
    if unknown.ttype in _WRITTEN:
        return _WRITTEN[unknown.ttype], "people write what they like here"
    if unknown.groups:
        return _replaced(unknown), f"only {unknown.groups} may read it"
    if not sampled:
        return _replaced(unknown), "no value to judge by"
    if unknown.ttype == "properties":
        return "sweep own fields", "fields that users have made; nothing personal in the sample"
    if not unknown.ttype:
        return "replace text", "no field of Odoo says what it is"
    return "sweep typed", "people type it; nothing personal in the sample"


def write(proposals: t.Iterable[Proposed]) -> str:
    """The proposals as a profile, in YAML, each with its reason above it."""
    tables: dict[str, list[Proposed]] = {}
    for one in sorted(proposals, key=lambda one: (one.table, one.column)):
        tables.setdefault(one.table, []).append(one)
    lines = [
        "# Proposed for columns that no profile names.  Each line says how it was decided, and each is a guess:",
        "# read them all, change what is wrong, and save the file as a profile of this environment.",
        "---",
    ]
    for table, found in tables.items():
        if not found[0].column:
            lines += [f"# {found[0].why}", f"{_key(table)}: {found[0].rule}"]
            continue
        lines.append(f"{_key(table)}:")
        for one in found:
            lines += [f"  # {one.why}", f"  {_key(one.column)}: {one.rule}"]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    if _PLAIN_KEY.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return "'" + name.replace("'", "''") + "'"
