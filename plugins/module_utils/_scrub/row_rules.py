# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Rules that look at the whole row: values of system parameters, tracked changes, code of actions."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import copy_text
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Ask, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rows import Row, Values
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

FIELDS = """
    SELECT f.id, replace(f.model, '.', '_') AS table, f.name, f.ttype AS type, replace(f.relation, '.', '_') AS relation
    FROM ir_model_fields AS f
"""
#: Actions that came with a module; what was exported or made by hand has no module of its own.
BROUGHT = """
    SELECT res_id AS id FROM ir_model_data
    WHERE model = 'ir.actions.server'
          AND module NOT IN ('__export__', '__custom__', '__import__', 'studio_customization')
"""
#: Stands where code was that somebody has typed.
CODE = "# Not part of the copy: see the action in production."
#: Columns of mail_tracking_value by what they hold.
TRACKED_TEXTS = ("old_value_char", "new_value_char", "old_value_text", "new_value_text")
TRACKED_DATES = ("old_value_datetime", "new_value_datetime")
TRACKED_NUMBERS = ("old_value_float", "new_value_float", "old_value_integer", "new_value_integer")


def parameter(table: Table, harmless: t.Sequence[str]) -> Row:
    """Keep values of keys that match one of the patterns; Odoo takes its default for the others."""
    key, value = table.place("key"), table.place("value")
    known: dict[bytes, bool] = {}

    def change(fields: list[bytes]) -> None:
        name = fields[key]
        if name not in known:
            text = copy_text.read(name) or ""
            known[name] = any(fnmatch.fnmatchcase(text, pattern) for pattern in harmless)
        if not known[name]:
            fields[value] = b""

    return change


def code(table: Table, ask: Ask, sweep: t.Callable[[str], str]) -> Row:
    """Keep the code of actions that a module brought."""
    brought = {str(one["id"]).encode() for one in ask(BROUGHT)}
    number, place = table.place("id"), table.place("code")

    def change(fields: list[bytes]) -> None:
        text = copy_text.read(fields[place])
        if text:
            fields[place] = copy_text.write(sweep(text) if fields[number] in brought else CODE)

    return change


class Tracking:
    """Do with each value what is done with the column that was tracked; with those of unknown ones, the most."""

    def __init__(self, table: Table, ask: Ask, plan: Plan, values: Values, sweep: t.Callable[[str], str]) -> None:
        self._rules = {str(one["id"]).encode(): _tracked(one, plan) for one in ask(FIELDS)}
        self._values, self._sweep = values, sweep
        self._field = table.place("field_id")
        self._texts, self._dates, self._numbers = (
            [place for place in map(table.place, names) if place >= 0]
            for names in (TRACKED_TEXTS, TRACKED_DATES, TRACKED_NUMBERS)
        )

    def __call__(self, fields: list[bytes]) -> None:
        rule = self._rules.get(fields[self._field], Rule("replace", "text"))
        if rule.action != "keep":
            self._change(fields, self._texts, lambda text: self._text(rule, text))
        if rule.personal:
            self._change(fields, self._dates, lambda text: self._values.function("date")(text, ""))
            self._change(fields, self._numbers, self._number)

    def _change(self, fields: list[bytes], places: t.Iterable[int], function: t.Callable[[str], str]) -> None:
        for place in places:
            text = copy_text.read(fields[place])
            if text:
                fields[place] = copy_text.write(function(text))

    def _text(self, rule: Rule, text: str) -> str:
        if rule.action == "sweep":
            return self._sweep(text)
        kind = rule.word if rule.action in ("fake", "replace") else "text"
        return self._values.function(kind)(text, "")

    def _number(self, text: str) -> str:
        other = self._values.function("amount")(text, "")
        return other if "." in text else other.partition(".")[0]


def _tracked(field: t.Mapping[str, t.Any], plan: Plan) -> Rule:
    """The rule for values of one field of a model."""
    if field["type"] in ("many2one", "many2many", "one2many"):
        # What is tracked of a record is its name.
        shown = plan.rules.get(field["relation"] or "", {})
        rule = next((shown[name] for name in ("complete_name", "display_name", "name") if name in shown), None)
        if rule is None or rule.action in ("keep", "sweep"):
            return Rule("sweep", "names of records")
        return Rule("fake", "names") if rule.action == "fake" else rule
    rule = plan.rules.get(field["table"], {}).get(field["name"])
    if rule is not None:
        return rule
    if field["type"] in ("char", "text", "html"):
        # Not stored, or of a model with a table of another name.
        return Rule("replace", "text")
    return Rule("keep", "selections, numbers and dates that no rule changes")
