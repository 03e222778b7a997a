# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import profile
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.profile import Layer, ProfileError, load
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule


@dataclass(frozen=True)
class Column:
    name: str
    type: str = "character varying"
    not_null: bool = False


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]


TABLES: dict[str, Table] = {
    "res_partner": Table((Column("id", "integer", True), Column("name"), Column("email"), Column("birthday", "date"))),
    "bus_bus": Table((Column("message"),)),
    "product_tag": Table((Column("name", "jsonb", True), Column("picture", "bytea"), Column("place", "point"))),
}


def tables(layer: t.Mapping[str, t.Any], name: str = "own.yml") -> profile.Profile:
    return load([Layer(name, layer, own=True)])


class TestLoad:
    def test_later_layers_hold(self) -> None:
        found = load(
            [
                Layer("base.yml", {"res_partner": {"name": "fake name", "ref": "sweep number"}}),
                Layer("own.yml", {"res_partner": {"ref": "fake identifier"}}),
            ]
        )
        assert found.columns == {"res_partner": {"name": Rule("fake", "name"), "ref": Rule("fake", "identifier")}}
        assert not found.tables

    def test_a_table_can_be_emptied_and_taken_back(self) -> None:
        kept, emptied = {"mail_mail": {"body_html": "replace html"}}, {"mail_mail": "truncate queue of mail"}
        first = load([Layer("a.yml", kept), Layer("b.yml", emptied)])
        assert first.tables == {"mail_mail": "queue of mail"} and "mail_mail" not in first.columns
        then = load([Layer("b.yml", emptied), Layer("a.yml", kept)])
        assert not then.tables and then.columns["mail_mail"] == {"body_html": Rule("replace", "html")}

    def test_all_problems_at_once_with_file_table_and_column(self) -> None:
        wrong = {
            "res_partner": {"name": "fakename", "email": "fake mail", "lang": "keep", "ref": None},
            "bus_bus": "delete",
            "mail_mail": "truncate",
            "sms_sms": None,
        }
        with pytest.raises(ProfileError) as caught:
            tables(wrong)
        found = caught.value.problems
        assert [one.split(": ")[1] for one in found] == [
            *("res_partner.name", "res_partner.email", "res_partner.lang", "res_partner.ref"),
            *("bus_bus", "mail_mail", "sms_sms"),
        ]
        assert all(one.startswith("own.yml: ") for one in found)
        assert "begins with none of: keep, sweep, null, fake" in found[0]
        assert "after fake, one of these must stand: name, names, email" in found[1]
        assert "gives no reason" in found[2]
        assert "'truncate' and a reason" in found[4] and "'truncate' and a reason" in found[5]


class TestDatabase:
    def test_columns_without_a_rule(self) -> None:
        found = profile.unclassified(
            TABLES, tables({"res_partner": {"name": "fake name"}, "bus_bus": "truncate queue"})
        )
        assert [(table, column.name) for table, column in found] == [
            *(("product_tag", "name"), ("product_tag", "picture"), ("product_tag", "place")),
            ("res_partner", "email"),
        ]

    def test_a_profile_may_name_a_date(self) -> None:
        found = profile.resolve(TABLES, tables({"res_partner": {"birthday": "change date", "gone": "fake name"}}))
        assert found == {"res_partner": {"birthday": Rule("change", "date")}}

    @pytest.mark.parametrize(
        ("kind", "needed"),
        [
            *(("character varying", True), ("text", True), ("jsonb", True), ("bytea", True), ("text[]", True)),
            *(("citext", True), ("xml", True), ("tsvector", True), ("integer", False), ("integer[]", False)),
            *(("timestamp without time zone", False), ("double precision", False), ("boolean", False)),
        ],
    )
    def test_which_types_need_a_rule(self, kind: str, needed: bool) -> None:
        assert profile.needs_rule(kind) is needed

    @pytest.mark.parametrize(
        ("table", "column", "rule", "problem"),
        [
            ("product_tag", "name", "null old label", "must have a value"),
            ("product_tag", "picture", "sweep label", "of type bytea"),
            ("res_partner", "birthday", "fake name", "of type date"),
            ("res_partner", "birthday", "change amount", "of type date"),
            ("res_partner", "name", "change date", "of type character varying"),
        ],
    )
    def test_rules_that_a_column_cannot_bear(self, table: str, column: str, rule: str, problem: str) -> None:
        (found,) = profile.unfit(TABLES, tables({table: {column: rule}}))
        assert found.startswith(f"{table}.{column}: {rule}: ") and problem in found

    def test_rules_that_they_can(self) -> None:
        fit = {
            "res_partner": {"birthday": "null day of birth", "name": "fake name"},
            "product_tag": {"name": "sweep label"},
        }
        assert not profile.unfit(TABLES, tables(fit))

    def test_names_that_the_database_does_not_have(self) -> None:
        layer = {"res_parner": {"name": "fake name"}, "res_partner": {"emial": "fake email"}, "qqq": "truncate log"}
        assert profile.misnamed(TABLES, [Layer("own.yml", layer, own=True)]) == [
            "own.yml: res_parner: there is no such table; res_partner is meant?",
            "own.yml: res_partner.emial: the table has no such column; email is meant?",
            "own.yml: qqq: there is no such table",
        ]
        assert not profile.misnamed(TABLES, [Layer("base.yml", layer)])


class TestFiles:
    def test_layers_of_a_series(self, tmp_path: Path) -> None:
        for series in ("18.0", "19.0"):
            (tmp_path / series).mkdir()
        for name, rule in (("base.yml", "sweep typed"), ("crm.yml", "fake name"), ("18.0/base.yml", "fake identifier")):
            (tmp_path / name).write_text(f"res_partner: {{{name[-7:-4]}: {rule}, ref: {rule}}}\n")
        found = profile.shipped(tmp_path, "18.0")
        assert len(found) == 3 and not any(one.own for one in found)
        assert load(found).columns["res_partner"]["ref"] == Rule("fake", "identifier")
        assert len(profile.shipped(tmp_path, "19.0")) == 2
        with pytest.raises(ProfileError, match=r"no profiles for Odoo 17\.0; there are for: 18\.0, 19\.0"):
            profile.shipped(tmp_path, "17.0")

    @pytest.mark.parametrize("text", ["- res_partner", "res_partner: [", "", "\xff"])
    def test_a_file_that_is_no_profile(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "own.yml"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(ProfileError, match=r"own\.yml"):
            profile.read(path)
