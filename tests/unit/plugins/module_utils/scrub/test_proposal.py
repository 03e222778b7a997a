# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json

import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import looks, profile
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.proposal import (
    Proposed,
    Unknown,
    propose,
    write,
)

COLUMN = Unknown("x_ticket", "x_what", "character varying", ttype="char")
ORIGINALS = {("name", "Azure Interior"), ("login", "mhernandez"), ("vat", "12.345.678-5")}


def known(kind: str, text: str) -> bool:
    return (kind, text) in ORIGINALS


def nothing(kind: str, text: str) -> bool:
    return False


def rule(values: list[str], **what: object) -> tuple[str, str]:
    found = propose(dataclasses.replace(COLUMN, **what), values, known)  # type: ignore[arg-type]
    return found.rule, found.why


class TestValues:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("ana@firma.cl", "fake email"),
            ('"Ana Rojas" <ana@firma.cl>', "fake emails"),
            ("ana@firma.cl, b@firma.cl", "fake emails"),
            ("+56 2 2345 6789", "fake phone"),
            ("(02) 2345-6789", "fake phone"),
            ("DE89 3704 0044 0532 0130 00", "fake account"),
            ("BE0477472701", "fake vat"),
            ("12.345.678-5", "fake vat"),
            ("https://firma.cl/ana", "fake url"),
            ("Azure Interior", "fake name"),
            ("mhernandez", "fake login"),
        ],
    )
    def test_most_look_alike(self, value: str, expected: str) -> None:
        assert rule([value] * 42 + ["no"] * 8) == (expected, f"42 of 50 values look like {self.called(value)}")

    @staticmethod
    def called(value: str) -> str:
        return next(said[1] for kind, said in looks.KINDS.items() if looks.looks_like(kind, value, known))

    @pytest.mark.parametrize(
        "value",
        ["2026-11-21", "21/11/2026", "INV/2026/00012", "20261121", "3.50", "DE89 3704 0044 0532 0130 01", "a@b"],
    )
    def test_what_is_none_of_them(self, value: str) -> None:
        assert rule([value] * 5) == ("sweep typed", "people type it; nothing personal in the sample")

    def test_a_few_that_are_personal_make_it_free_text(self) -> None:
        assert rule(["call ana@firma.cl", *["nothing"] * 30]) == (
            "replace text",
            "1 of 31 values hold something personal",
        )
        assert rule(["<p>+56 2 2345 6789</p>", "<p>no</p>"], ttype="html")[0] == "replace html"

    def test_chosen_words(self) -> None:
        assert rule(["new", "in_progress"] * 10) == (
            "keep selection",
            "20 values, 2 different words: chosen, not typed",
        )
        assert rule(["New", "Done"] * 10)[0] == "sweep typed"
        assert rule(["new"] * 5)[0] == "sweep typed"
        assert rule([f"word_{one}" for one in range(30)])[0] == "sweep typed"

    def test_texts_in_json(self) -> None:
        values = [json.dumps({"en_US": "ana@firma.cl", "3": [None, 7, "b@firma.cl"]})]
        assert rule(values, type="jsonb") == ("fake email", "2 of 2 values look like e-mail addresses")
        assert rule(['{"a1b2": "+56 2 2345 6789"}'], type="jsonb", ttype="properties")[0] == "null own fields"
        assert rule(['{"a1b2": 3}'], type="jsonb", ttype="properties")[0] == "sweep own fields"

    def test_an_iban_by_its_check_digits(self) -> None:
        assert looks.iban("GB82 WEST 1234 5698 7654 32") and not looks.iban("GB83 WEST 1234 5698 7654 32")


class TestField:
    @pytest.mark.parametrize(
        ("what", "expected"),
        [
            ({"type": "bytea"}, "placeholder file"),
            ({"type": "uuid", "ttype": ""}, "keep technical"),
            ({"type": "tsvector", "ttype": ""}, "null unknown type"),
            ({"type": "point", "ttype": "", "not_null": True}, "keep technical"),
            ({"password": True}, "null secret"),
            ({"column": "x_api_key"}, "null secret"),
            ({"column": "x_api_key", "not_null": True}, "rotate secret"),
            ({"column": "client_ip", "not_null": True}, "replace text"),
            ({"ttype": "selection"}, "keep selection"),
            ({"ttype": "many2one", "type": "jsonb"}, "keep ids"),
            ({"ttype": "properties_definition", "type": "jsonb"}, "sweep labels of own fields"),
            ({"ttype": "text"}, "replace text"),
            ({"ttype": "html", "column": "x_email"}, "replace html"),
            ({"ttype": ""}, "replace text"),
            ({"groups": "hr.group_hr_user"}, "replace text"),
            ({"transient": True}, "truncate wizard"),
        ],
    )
    def test_what_the_field_says(self, what: dict[str, object], expected: str) -> None:
        assert rule([], **what)[0] == expected

    @pytest.mark.parametrize(
        ("column", "expected"),
        [
            *(("x_partner_email", "fake email"), ("email_cc", "fake emails"), ("mobile", "fake phone")),
            *(("x_tax_id", "fake vat"), ("zip", "fake zip"), ("delivery_street2", "fake street")),
            *(("customer_name", "fake name"), ("passport", "fake identifier"), ("x_iban", "fake account")),
            *(("x_barcode", "fake identifier"), ("merchant_id", "null account at a service")),
            *(("name", "sweep typed"), ("description", "sweep typed"), ("zipper", "sweep typed")),
        ],
    )
    def test_what_its_name_says(self, column: str, expected: str) -> None:
        assert rule(["Some text"], column=column)[0] == expected

    def test_a_column_without_values_is_replaced(self) -> None:
        assert rule([]) == ("replace text", "no value to judge by")
        assert rule([], ttype="properties", type="jsonb")[0] == "null own fields"

    def test_a_copy_has_the_rule_of_what_it_copies(self) -> None:
        unknown = dataclasses.replace(COLUMN, related="res_partner.ref")
        found = propose(unknown, ["a"], nothing, {"res_partner.ref": "fake identifier"})
        assert (found.rule, found.why) == ("fake identifier", "a copy of res_partner.ref")
        assert propose(unknown, ["a"], nothing, {}).rule == "sweep typed"


class TestText:
    def test_a_profile_that_can_be_saved(self) -> None:
        text = write(
            [
                Proposed("x_ticket", "partner_email", "fake email", "42 of 50 values look like e-mail addresses"),
                Proposed("x_ticket", "no", "sweep typed", "people type it: a lot # of it"),
                Proposed("Products", "odd name's", "keep technical", "random ids"),
                *[Proposed("x_wizard", "", "truncate wizard", "a wizard's table")] * 2,
            ]
        )
        assert text.endswith(
            "---\n"
            "Products:\n  # random ids\n  'odd name''s': keep technical\n"
            "x_ticket:\n  # people type it: a lot # of it\n  'no': sweep typed\n"
            "  # 42 of 50 values look like e-mail addresses\n  partner_email: fake email\n"
            "# a wizard's table\nx_wizard: truncate wizard\n"
        )
        found = profile.load([profile.Layer("own.yml", yaml.safe_load(text), own=True)])
        assert set(found.columns) == {"Products", "x_ticket"} and found.tables == {"x_wizard": "wizard"}
        assert list(found.columns["x_ticket"]) == ["no", "partner_email"]

    def test_each_rule_that_is_proposed_is_one(self) -> None:
        rules = [said[0] for said in looks.KINDS.values()] + [said[1] for said in looks._NAMES]
        profile.load([profile.Layer("all", {"x": {str(number): one for number, one in enumerate(rules)}})])

    def test_no_value_is_written_down(self) -> None:
        values = ["secret-value@firma.cl", "Azure Interior", "+56 2 2345 6789", "other-words"]
        for value in values:
            assert value not in write([propose(COLUMN, [value] * 30, known)])
