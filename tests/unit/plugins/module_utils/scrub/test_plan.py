# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of tables when others are emptied."""

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import classify, plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Catalog, Column, Reference, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.profile import Layer
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule


def table(name: str, *columns: Column, size: int = 0) -> Table:
    return Table(name, (Column("id", "integer", True), *columns), size, ("id",))


def link(name: str, *columns: str) -> Table:
    return Table(name, tuple(Column(one, "integer", True) for one in columns), 0, columns)


TABLES = [
    table("mail_mail", size=9),
    table("mail_message", Column("mail_id", "integer"), size=5),
    table("res_partner", size=7),
    link("mail_mail_res_partner_rel", "mail_id", "partner_id"),
]
REFERENCES = [
    Reference("mail_message", "mail_mail", ("mail_id",)),
    Reference("mail_mail_res_partner_rel", "mail_mail", ("mail_id",)),
    Reference("mail_mail_res_partner_rel", "res_partner", ("partner_id",)),
]


def catalog(tables: list[Table], references: list[Reference]) -> Catalog:
    return Catalog({one.name: one for one in tables}, tuple(references), (), {"base": "19.0.1.3"})


def test_nothing_names_a_row_that_is_not_copied() -> None:
    made = plan.make(catalog(TABLES, REFERENCES), {"mail_mail": "queue", "nowhere": "queue"}, {})
    assert made.rules["mail_message"] == {"mail_id": Rule("null", plan.GONE)}
    assert set(made.empty) == {"mail_mail", "mail_mail_res_partner_rel"}
    assert "mail_mail" in made.empty["mail_mail_res_partner_rel"]


def test_the_largest_table_comes_first_and_no_emptied_one() -> None:
    made = plan.make(catalog(TABLES, REFERENCES), {"mail_mail": "queue"}, {})
    assert [one.name for one in made.copied()] == ["res_partner", "mail_message"]


def test_emptied_by_chain() -> None:
    """A table that only connects, to a table that only connects."""
    tables = [*TABLES, link("other_rel", "one", "two")]
    references = [
        *REFERENCES,
        Reference("other_rel", "mail_mail_res_partner_rel", ("one",)),
        Reference("other_rel", "res_partner", ("two",)),
    ]
    assert "other_rel" in plan.make(catalog(tables, references), {"mail_mail": "queue"}, {}).empty


def test_a_row_that_must_name_one_is_a_refusal_that_says_what_to_do() -> None:
    tables = [*TABLES, table("sms_sms", Column("mail_id", "integer", True))]
    references = [*REFERENCES, Reference("sms_sms", "mail_mail", ("mail_id",))]
    with pytest.raises(plan.PlanError, match=r"sms_sms.*mail_id.*mail_mail is emptied: queue.*sms_sms: truncate"):
        plan.make(catalog(tables, references), {"mail_mail": "queue"}, {})


def test_rules_of_emptied_tables_are_not_followed() -> None:
    rules = {"mail_mail": {"subject": Rule("replace", "text")}, "res_partner": {"name": Rule("fake", "name")}}
    assert set(plan.make(catalog(TABLES, []), {"mail_mail": "queue"}, rules).rules) == {"res_partner"}


def test_only_layers_of_installed_modules_and_the_operator_s() -> None:
    layers = [Layer("base.yml", {}), Layer("crm.yml", {}), Layer("mine.yml", {}, own=True)]
    assert [one.name for one in classify.installed(layers, {"base"})] == ["base.yml", "mine.yml"]
