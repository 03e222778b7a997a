# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Rules that look at the whole row, and say what is done with one of its columns: an ordinary rule, or nothing.

The copy is made by them and the proof asks them: what they keep is no original.
"""

from __future__ import annotations

import fnmatch
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import attachments
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Ask
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.finder import Found
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import FAKES, TEXTS, Rule

#: A row's values by column; those that are asked for are read.
Row = t.Mapping[str, t.Optional[str]]
#: (table, row, column) → its rule; ``None``: it is kept.
Decide = t.Callable[[str, Row, str], t.Optional[Rule]]

FIELDS = """
    SELECT f.id, replace(f.model, '.', '_') AS table, f.name, f.ttype AS type, replace(f.relation, '.', '_') AS relation
    FROM ir_model_fields AS f
"""
#: Modules that are none: what was exported, imported or made by hand.
CUSTOM = ("__export__", "__custom__", "__import__", "studio_customization")
#: Records that came with a module.
BROUGHT = """
    SELECT replace(model, '.', '_') AS table, json_agg(res_id) AS ids FROM ir_model_data
    WHERE module NOT IN ('__export__', '__custom__', '__import__', 'studio_customization')
          AND model IN ('ir.actions.server', 'ir.model.fields', 'ir.ui.view', 'ir.rule', 'gamification.goal.definition',
                        'mail.template', 'ir.actions.act_window', 'ir.actions.client', 'ir.ui.menu')
    GROUP BY model
"""
#: Tables that hold what modules say of themselves.
MANIFESTS = frozenset(
    ("ir_model", "ir_model_constraint", "ir_model_relation", "ir_module_category", "ir_module_module")
)
#: Words that a phrase of a module may have in common with a name.
PHRASE = 2
#: Kinds whose originals may be words of a module.
SPARED = (*FAKES, *TEXTS, "token")
#: Columns with code that is run: of what a person has typed, nothing is left.
CODE = frozenset(("code", "compute", "compute_code"))
SWEEP = Rule("sweep", "brought by a module, or a view")
GONE = Rule("null", "code")
TEXT = Rule("replace", "text")
#: Columns of mail_tracking_value that hold numbers and dates.
TRACKED_DATES = ("old_value_datetime", "new_value_datetime")
TRACKED_NUMBERS = ("old_value_float", "new_value_float", "old_value_integer", "new_value_integer")
#: Tables whose name Odoo does not make of the model's.
_TABLES = {
    "ir_actions_act_window": "ir_act_window",
    "ir_actions_client": "ir_act_client",
    "ir_actions_server": "ir_act_server",
}


@dataclass(frozen=True)
class Context:
    """What the rules have to know.

    :param harmless: keys of system parameters that are kept; patterns of :mod:`fnmatch`.
    :param brought: table → ids of records that came with a module.
    :param tracked: id of a field → the rule for what was tracked of it.
    :param written: keys of system parameters that neutralization sets.
    """

    harmless: tuple[str, ...]
    brought: t.Mapping[str, frozenset[str]]
    tracked: t.Mapping[str, Rule]
    written: frozenset[str] = frozenset()

    def decide(self, table: str, row: Row, column: str, word: str) -> Rule | None:
        """What is done with a column of a row, whose rule is ``row <word>``."""
        return getattr(self, f"_{word}")(table, row, column)  # type: ignore[no-any-return]

    def _parameter(self, table: str, row: Row, column: str) -> Rule | None:
        key = row.get("key") or ""
        return None if any(fnmatch.fnmatchcase(key, one) for one in self.harmless) else Rule("null", "secret")

    def _password(self, table: str, row: Row, column: str) -> Rule | None:
        return Rule("null", "password")

    def _attachment(self, table: str, row: Row, column: str) -> Rule | None:
        return attachments.decide(row, column)

    def _code(self, table: str, row: Row, column: str) -> Rule | None:
        if table == "ir_model_data":
            return Rule("fake", "identifier") if row.get("module") in CUSTOM else None
        mine = (row.get("id") or "") in self.brought.get(table, ())
        if column == "key" and mine:
            # By it Odoo finds the view; a name that seems to be in it is a word of Odoo's.
            return None
        return GONE if column in CODE and not mine else SWEEP

    def _resource(self, table: str, row: Row, column: str) -> Rule | None:
        return Rule("fake", "name") if row.get("resource_type") == "user" else Rule("sweep", "a machine or a room")

    def _tracking(self, table: str, row: Row, column: str) -> Rule | None:
        rule = self.tracked.get(row.get("field_id") or "", TEXT)
        if not rule.personal or column not in TRACKED_DATES + TRACKED_NUMBERS:
            return rule
        return Rule("change", "date" if column in TRACKED_DATES else "amount")

    def ignores(self, table: str, row: Row, column: str, found: Found) -> bool:
        """Whether an original in a row that a module has written is a word or a phrase of that module's."""
        if found.kind not in SPARED:
            return False
        if table == "ir_model_data":
            return row.get("module") not in CUSTOM
        if table in MANIFESTS:
            return True
        few = found.kind in TEXTS or len(found.form.split()) <= PHRASE
        return few and (row.get("id") or "") in self.brought.get(table, ())


def context(ask: Ask, plan: Plan, harmless: t.Iterable[str], written: t.Iterable[str]) -> Context:
    """Read from the database what the rules have to know."""
    brought = {
        _TABLES.get(str(one["table"]), str(one["table"])): frozenset(str(number) for number in one["ids"])
        for one in ask(BROUGHT)
    }
    tracked = (
        {str(one["id"]): _tracked(one, plan) for one in ask(FIELDS)} if "mail_tracking_value" in plan.rules else {}
    )
    return Context(tuple(harmless), brought, tracked, frozenset(written))


def _tracked(field: t.Mapping[str, t.Any], plan: Plan) -> Rule:
    """The rule for values of one field of a model."""
    if field["type"] in ("many2one", "many2many", "one2many"):
        # What is tracked of a record is its name.
        shown = plan.rules.get(field["relation"] or "", {})
        rule = next((shown[name] for name in ("complete_name", "display_name", "name") if name in shown), None)
        if rule is None or not rule.personal or rule.action == "row":
            return Rule("sweep", "names of records")
        return Rule("fake", "names") if rule.action == "fake" else TEXT
    rule = plan.rules.get(_TABLES.get(field["table"], field["table"]), {}).get(field["name"])
    if rule is None:
        # Not stored, or of a model whose table has another name; or a number or a date that no rule changes.
        return TEXT if field["type"] in ("char", "text", "html") else Rule("keep", "no rule")
    if rule.action in ("fake", "change", "keep", "sweep"):
        return rule
    return TEXT
