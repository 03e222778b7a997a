# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, words
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fakes import Fakes

from .conftest import MadeFakes, Originals


def some_names(some: random.Random, count: int) -> list[str]:
    parts = ["Ana", "Luis", "Pérez", "Müller", "Lee", "Cruz", "Dela", "Kim", "Ng", "Soto", "Rojas", "Reyes", "Paz"]
    return [" ".join(some.choices(parts, k=some.randint(1, 4))) for _one in range(count)]


def test_spellings_of_a_name_have_one_fake(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("name")
    for one in some_names(some, 300):
        made = fake(one, "")
        assert canonical.name(fake(one.upper(), "")) == canonical.name(fake(one.lower(), "")) == canonical.name(made)
        assert fake(f"  {one.replace(' ', '  ')} ", "CL") == made
        assert fake(canonical.name(one).title(), "PH") == made
        assert fake(one.upper(), "").isupper() and fake(one.lower(), "").islower()


def test_a_fake_is_nobody_and_has_nobody_in_it(some: random.Random) -> None:
    given = ["Mariana", "Pedro", "Luisa", "Ann"]
    surnames = ["Gonzalez", "Soto", "Rojas", "Fuentes", "Mora", "Paz"]
    lists = {"given": given, "surnames": surnames, "suffixes": ["Ltd"], "cities": ["X"], "streets": ["Soto Street"]}
    pairs = {f"{one} {two}" for one in given for two in surnames if some.random() < 0.3}
    originals = {"Mariana", "Fuentes", "Soto Ltd", *pairs}
    fake = Fakes(b"secret", words.parse({"es_CL": lists}), Originals(name=originals)).function("name")
    for one in (*some_names(some, 300), *originals, "Firm Ltd"):
        made = f" {canonical.name(fake(one, ''))} "
        for other in originals:
            assert f" {canonical.name(other)} " not in made


def test_a_fake_stays_when_originals_are_added(make: MadeFakes, some: random.Random) -> None:
    values = some_names(some, 500)
    few, more = make(name=values[:10]).function("name"), make(name=values).function("name")
    assert sum(few(one, "") == more(one, "") for one in values) > 490


def test_short_lists_end_in_letters() -> None:
    lists = {"given": ["Ann"], "surnames": ["Lee"], "suffixes": ["Ltd"], "cities": ["Paz"], "streets": ["Lee Road"]}
    fakes = Fakes(b"secret", words.parse({"en_US": lists}), Originals(name=["Ann Lee"]))
    made = fakes.function("name")("Bob", "")
    assert len(made) == 12 and made.isalpha()
    assert fakes.function("city")("Santiago", "") == "Paz"


def test_few_names_share_a_fake(make: MadeFakes) -> None:
    fake = make().function("name")
    assert len({fake(f"Ann Lee {number}", "") for number in range(20000)}) > 19900


def test_companies_are_companies(make: MadeFakes) -> None:
    companies = {make().company_hash("Azure  INTERIOR")}
    fake = make(companies=companies).function("name")
    suffixes = ("Corp", "Group", "Inc", "Ltd", "Works")
    assert fake("Azure Interior", "").endswith(suffixes) and fake("Deco Limitada", "").endswith(suffixes)
    assert not fake("Ann Lee", "").endswith(suffixes)
    assert make().function("name")("Azure Interior", "") != fake("Azure Interior", "")


def test_names_in_a_text_have_the_fakes_they_have_alone(make: MadeFakes) -> None:
    fakes = make()
    name, names = fakes.function("name"), fakes.function("names")
    azure, ann, deco = (name(one, "") for one in ("Azure Interior", "Ann Lee", "Deco Addict, Inc."))
    assert names("Azure Interior, Ann Lee", "") == f"{azure}, {ann}"
    assert names("Deco Addict, Inc., Ann Lee", "") == f"{deco}, {ann}"
    assert names("Deco Addict, Inc., S.A.", "") == name("Deco Addict, Inc., S.A.", "")
    assert names("Azure Interior (Ann Lee)", "") == f"{azure} ({ann})"
    assert names("Azure Interior - Ann Lee; Ann Lee/Azure Interior", "") == f"{azure} - {ann}; {ann}/{azure}"
    assert names("#Created by: Ann Lee", "") == f"#Created by: {ann}"
    assert fakes.function("emails")('"Azure Interior, Ann Lee" <a@b.cl>', "").startswith(f'"{azure}, {ann}" <')


def test_places(make: MadeFakes) -> None:
    fakes = make(street=["Babel Street 12"])
    for one in ("Av. Apoquindo 4501", "Depto 12"):
        made = fakes.function("street")(one, "CL")
        name, _other, number = made.rpartition(" ")
        assert name.endswith(" Street") and number.isdecimal()
        assert fakes.function("street")(one.upper(), "PH") == made
    assert fakes.function("city")("Santiago", "CL").endswith("ville")
