# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical

from .conftest import MadeFakes


def test_spellings_of_a_number_have_one_fake(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("phone")
    for _time in range(500):
        a, b = f"{some.randrange(2000, 10000)}", f"{some.randrange(10000):04d}"
        made = fake(f"+569{a}{b}", "")
        assert made.startswith(f"+569{a[0]}") and len(made) == 12
        for text in (f"+56 9 {a} {b}", f"9{a}{b}", f"(09) {a}-{b}", f"0056 9 {a} {b} ", f"09/{a}.{b}", f"{a}{b}"):
            other = fake(text, "CL")
            assert canonical.phone(other) == canonical.phone(made), text
            signs = [one for one in text if not one.isdigit()]
            assert [one for one in other if not one.isdigit()] == signs


def test_a_fake_is_nobodys_number(make: MadeFakes, some: random.Random) -> None:
    originals = {f"+56 2 2{some.randrange(1000):03d} 0000" for _one in range(500)}
    originals |= {f"+5622{number:07d}" for number in range(0, 10_000_000, 37)}
    fake = make(phone=originals).function("phone")
    forms = {canonical.phone(one) for one in originals}
    made = [canonical.phone(fake(one, "")) for one in some.sample(sorted(originals), 3000)]
    assert not forms & set(made)
    assert len(set(made)) >= 2997


def test_none_of_several_numbers_stays(make: MadeFakes) -> None:
    fakes = make()
    one = fakes.function("phone")
    assert one("22345678 / 98765432", "") == f"{one('22345678', '')} / {one('98765432', '')}"
    together = one("0223456789 0998765432", "")
    assert "3456789" not in together and "98765432" not in together and len(together) == 21
    assert len(one("1234567890" * 1000, "")) == 10000


@pytest.mark.parametrize("text", ["Maria 98765432", "98765432 (Maria)", "maria"])
def test_words_beside_a_number_become_others(make: MadeFakes, text: str) -> None:
    assert "maria" not in make().function("phone")(text, "").lower()


def test_usual_words_stay(make: MadeFakes) -> None:
    made = make().function("phone")("Tel. 2 2345 6789 ext. 12", "")
    assert made.startswith("Tel. 2 23")
    assert " ext. " in made and not made.endswith("12")


@pytest.mark.parametrize("text", ["1", "12", "911", "12345", "123456"])
def test_short_numbers(make: MadeFakes, text: str) -> None:
    made = make(phone=[text]).function("phone")(text, "")
    assert made != text and len(made) == len(text) and made.isdecimal()
