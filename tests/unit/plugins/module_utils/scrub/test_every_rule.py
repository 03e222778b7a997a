# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule that is shipped, on a row with a value that it is for: followed, nothing is found; left out, it is."""

from __future__ import annotations

import dataclasses
import functools
import random
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    attachments,
    copy_text,
    finder,
    profile,
    proof,
    row_rules,
    rows,
    verify,
    words,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Catalog, Column, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fakes import Fakes
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import ROWS, Rule

FOLDER = Path(__file__).parents[5] / "roles" / "refresh" / "files" / "profiles"
SYLLABLES = ("zor", "quel", "vint", "mab", "trel", "oxu", "kyn", "dwal", "phe", "rusk", "jolt", "gwim")
ROWS_OF_TABLE = 3
#: What else is in a row that a rule looks at.
OTHERS: t.Mapping[str, t.Mapping[str, str]] = {
    "ir_config_parameter": {"key": "own.parameter"},
    "ir_attachment": {"res_model": "sale.order", "mimetype": "text/plain", "public": "f"},
    "ir_model_data": {"module": "__import__"},
    "mail_tracking_value": {"field_id": "7"},
    "resource_resource": {"resource_type": "user"},
}


class Maker:
    """Values that nobody else has."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def word(self) -> str:
        return "".join(self._chance.choice(SYLLABLES) for _syllable in range(4))

    def digits(self, count: int) -> str:
        return str(self._chance.randrange(10 ** (count - 1), 10**count))

    def sentence(self) -> str:
        return " ".join(self.word() for _word in range(8))

    def __call__(self, rule: Rule, column: str) -> str:
        named = f"{self.word().title()} {self.word().title()}"
        made = {
            "name": lambda: named,
            "names": lambda: f"{self.word().title()} {self.word().title()} SpA, {named}",
            "email": lambda: f"{self.word()}@{self.word()}.cl",
            "emails": lambda: f'"{named}" <{self.word()}@{self.word()}.cl>',
            "phone": lambda: f"+56 9 {self.digits(4)} {self.digits(4)}",
            "vat": lambda: f"{self.digits(8)}-K",
            "account": lambda: self.digits(12),
            "identifier": lambda: f"{self.word()[:3].upper()}{self.digits(9)}",
            "street": lambda: f"{self.word().title()} {self.word().title()} {self.digits(3)}",
            "city": lambda: self.word().title(),
            "zip": lambda: self.digits(7),
            "url": lambda: f"https://{self.word()}.cl/{self.word()}",
            "domain": lambda: f"{self.word()}.cl",
            "login": self.word,
            "filename": lambda: f"{self.word()} {self.word()} {self.word()}.pdf",
            "html": lambda: f"<p>{self.sentence()}</p>",
            "secret": lambda: f"{self.word()}{self.digits(6)}",
            "token": lambda: f"{self._chance.randrange(16**32):032x}",
            "date": lambda: f"19{self.digits(2)}-0{self._chance.randrange(1, 9)}-1{self._chance.randrange(9)}",
            "amount": lambda: self.digits(6),
        }
        if column.endswith(("_datetime", "_float", "_integer")):
            return self(Rule("change", "date" if column.endswith("_datetime") else "amount"), "")
        if rule.action == "placeholder":
            return "\\x" + self.sentence().encode().hex()
        return made.get(rule.word, self.sentence)()


def type_of(rule: Rule, column: str) -> str:
    if rule.action == "change" or column.endswith(("_datetime", "_float", "_integer")):
        date = rule.word == "date" or column.endswith("_datetime")
        return "timestamp without time zone" if date else "numeric"
    return "bytea" if rule.action == "placeholder" else "character varying"


@dataclasses.dataclass
class World:
    """A database with a row for each rule, what was collected from it, and what changes and searches it."""

    plan: Plan
    lines: dict[str, bytes]
    tools: rows.Tools
    search: verify.Search

    def searched(self, table: Table, rules: t.Mapping[str, Rule]) -> set[str]:
        """The columns in which something is found after these rules were followed."""
        transform = rows.transformation(table, rules, self.tools)
        lines = self.lines[table.name]
        changed = transform(lines) if transform else lines
        names = [column.name for column in table.columns]
        return {hit.column for hit in self.search.table(table.name, names, [changed], table.key).hits}


@pytest.fixture(scope="module", params=["18.0", "19.0"])
def world(request: pytest.FixtureRequest) -> World:
    seed = random.randrange(2**32)
    print("seed", seed)
    make = Maker(seed)
    loaded = profile.load(profile.shipped(FOLDER, request.param))
    tables, lines, rules = {}, {}, {}
    for name, said in loaded.columns.items():
        personal = {column: rule for column, rule in said.items() if rule.personal and column != "id"}
        if not personal:
            continue
        others = {column: value for column, value in OTHERS.get(name, {}).items() if column not in personal}
        columns = [Column("id", "integer", True), *(Column(one, "character varying") for one in others)]
        columns += [Column(one, type_of(rule, one)) for one, rule in personal.items()]
        tables[name] = Table(name, tuple(columns), 1, ("id",))
        made = [
            [str(number), *others.values(), *(make(rule, one) for one, rule in personal.items())]
            for number in range(1, ROWS_OF_TABLE + 1)
        ]
        lines[name] = b"".join(b"\t".join(map(copy_text.write, row)) + b"\n" for row in made)
        rules[name] = personal
    plan = Plan(Catalog(tables, (), (), {"base": request.param}), {}, rules)
    context = row_rules.Context((), {}, {"7": Rule("fake", "name")})
    originals = Originals(b"secret")
    for name, table in tables.items():
        decide = {word: functools.partial(proof._decide, context, name, word) for word in ROWS}
        types = [(column.name, column.type) for column in table.columns]
        originals.collect(name, types, table.key, rules[name], [lines[name]], decide)
    originals.seal()
    fakes = Fakes(b"key" * 11, words.invented(), originals)
    files = attachments.Files()
    tools = rows.Tools(
        fakes,
        lambda text: finder.replace(originals, text, fakes),
        context,
        hooks={attachments.TABLE: files.hook},
    )
    return World(plan, lines, tools, verify.Search(originals, b"digest"))


def test_nothing_is_found_where_all_rules_are_followed(world: World) -> None:
    found = {
        f"{name}.{column}"
        for name, table in world.plan.catalog.tables.items()
        for column in world.searched(table, world.plan.rules[name])
    }
    assert found == set()


def test_each_rule_that_is_left_out_is_found(world: World) -> None:
    missed, tried = [], 0
    for name, table in world.plan.catalog.tables.items():
        rules = world.plan.rules[name]
        for column in rules:
            # What an attachment's content is goes together, or not at all.
            if name == attachments.TABLE and column in attachments.CONTENT:
                continue
            # Swept: an original in it is one of another column's.
            if rules[column] == Rule("row", "code") and column not in (*row_rules.CODE, "name"):
                continue
            rest = {other: rule for other, rule in rules.items() if other != column}
            tried += 1
            if column not in world.searched(table, rest):
                missed.append(f"{name}.{column}: {rules[column]}")
    assert tried > 500
    assert missed == []


def test_contents_of_attachments_that_stay_are_found(world: World) -> None:
    table = world.plan.catalog.tables[attachments.TABLE]
    rest = {name: rule for name, rule in world.plan.rules[table.name].items() if name not in attachments.CONTENT}
    tools = dataclasses.replace(world.tools, hooks={})
    assert dataclasses.replace(world, tools=tools).searched(table, rest) >= {"store_fname", "checksum"}
