# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import random
import re

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, fake_vat
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_account import check_digits
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_codes import gs1, luhn

from .conftest import MadeFakes

#: Valid numbers that are published as examples.
VALID = {
    "CL": ["76086428-5", "12.531.909-2"],
    "ES": ["54362315K", "X2482300W", "J99216582", "B64717838"],
    "DE": ["136695976", "136 695 976"],
    "FR": ["40303265045", "23334175221"],
    "IT": ["00743110157"],
    "NL": ["004495445B01", "123456789B13"],
    "BE": ["0428759497", "BE 0403.019.261"],
    "PT": ["501964843"],
    "GB": ["980780684"],
    "PL": ["8567346215", "856-734-62-15"],
    "AR": ["20-05536168-2"],
    "BR": ["16.727.230/0001-97", "390.533.447-05"],
}


def fits(country: str, text: str) -> bool:
    return any(one.country == country and one.fits(text) for one in fake_vat._FORMS)


@pytest.mark.parametrize("country", sorted(VALID))
def test_tax_numbers_stay_valid_in_every_spelling(make: MadeFakes, country: str) -> None:
    fake = make().function("vat")
    for one in VALID[country]:
        form = canonical.compact(one).removeprefix(country)
        assert fits(country, form), one
        made = fake(one, country)
        plain = canonical.compact(made).removeprefix(country)
        assert fits(country, plain) and plain != form
        assert re.sub("[A-Z0-9]", "x", made) == re.sub("[A-Z0-9]", "x", one)
        assert fake(form, country) == plain
        assert fake(country + form, "") == fake(f"{country.lower()}{form}", "XX").upper() == country + plain


@pytest.mark.parametrize("country", sorted(VALID))
def test_no_two_tax_numbers_have_one_fake_and_none_is_an_original(
    make: MadeFakes, country: str, some: random.Random
) -> None:
    first = make().function("vat")
    # Fakes of fakes are as many valid numbers as one wants.
    values, now = set(), canonical.compact(VALID[country][0]).removeprefix(country)
    for _step in range(300):
        now = first(now, country)
        values.add(now)
    fake = make(vat=values).function("vat")
    made = {fake(one, country) for one in values}
    assert len(made) == len(values) and not made & values
    assert all(fits(country, one) for one in made)


def test_sides_and_branches_stay(make: MadeFakes) -> None:
    fake = make().function("vat")
    assert fake("76086428-5", "CL")[0] == "7" and fake("5.126.663-3", "CL")[0] != "0"
    assert re.fullmatch(r"4\d\d-\d{3}-\d{3}-00123", fake("413-368-602-00123", "PH"))
    assert canonical.compact(fake("413-368-602-00123", "PH")) == fake("41336860200123", "PH")
    assert fake("413-368-602-00123", "") == fake("413-368-602-00123", "PH")
    assert re.fullmatch(r"[A-Z]{4}\d{6}[0-9A-Z]{3}", fake("GODE561231GR8", "MX"))
    datetime.datetime.strptime(fake("GODE561231GR8", "MX")[4:10], "%y%m%d").astimezone(datetime.timezone.utc)
    assert re.fullmatch(r"ATU\d{8}", fake("ATU12345675", "AT"))


def test_numbers_of_nobody_stay(make: MadeFakes) -> None:
    fake = make().function("vat")
    for one in ("66666666-6", "CL60805000-0", "66.666.666-6", "XAXX010101000", "/"):
        assert fake(one, "CL") == one


@pytest.mark.parametrize(
    "iban",
    [
        "ES9121000418450200051332",
        "DE89370400440532013000",
        "GB82WEST12345698765432",
        "FR1420041010050500013M02606",
        "BE68539007547034",
        "NL91ABNA0417164300",
        "IT60X0542811101000000123456",
        "MT84MALT011000012345MTLCAST001S",
    ],
)
def test_accounts_stay_valid_and_keep_their_bank(make: MadeFakes, iban: str) -> None:
    fake = make().function("account")
    made = fake(iban, "")
    assert made != iban and made[:2] == iban[:2] and made[4:7] == iban[4:7]
    assert check_digits(made[:2], made[4:]) == made[2:4]
    spaced = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    assert fake(spaced, "").replace(" ", "") == made and fake(iban.lower(), "") == made.lower()
    assert make(account=[made]).function("account")(iban, "") != made


def test_other_accounts_keep_their_form(make: MadeFakes) -> None:
    fake = make().function("account")
    assert re.fullmatch(r"\d{5}-\d{4}", fake("00123-4567", "")) and fake("00123-4567", "") != "00123-4567"
    assert canonical.compact(fake("00123-4567", "")) == fake("001234567", "")


def test_codes_keep_their_form_and_are_never_shared(make: MadeFakes, some: random.Random) -> None:
    values = {f"EMP-{some.randrange(10**6):06d}/{some.choice('abcXYZ')}" for _one in range(3000)}
    forms = {canonical.compact(one) for one in values}
    fake = make(identifier=values).function("identifier")
    made = {fake(one, "") for one in values}
    assert all(re.fullmatch(r"[A-Z]{3}-\d{6}/[a-zA-Z]", one) for one in made)
    assert len({canonical.compact(one) for one in made}) == len(forms)
    assert not {canonical.compact(one) for one in made} & forms
    assert len(fake("A1" * 5000, "")) == 10000


@pytest.mark.parametrize(("length", "digit"), [(13, gs1), (8, gs1), (16, luhn), (9, luhn)])
def test_check_digits_of_codes(make: MadeFakes, some: random.Random, length: int, digit: object) -> None:
    assert callable(digit)
    fake = make().function("identifier")
    bodies = {f"{some.randrange(10 ** (length - 1)):0{length - 1}d}" for _one in range(500)}
    values = {body + digit(body) for body in bodies}
    others = {f"{body}{(int(digit(body)) + 5) % 10}" for body in bodies}
    made = {fake(one, "") for one in values}
    assert all(digit(one[:-1]) == one[-1] for one in made)
    assert len(made | {fake(one, "") for one in others}) == len(values | others)


def test_published_check_digits() -> None:
    assert gs1("400638133393") == "1" and luhn("7992739871") == "3"


@pytest.mark.parametrize("kind", ["secret", "token"])
def test_secrets_keep_their_form(make: MadeFakes, kind: str) -> None:
    fake = make().function(kind)
    for one, form in (
        ("0123456789abcdef0123456789abcdef", r"[0-9a-f]{32}"),
        ("0123456789ABCDEF0123", r"[0-9A-F]{20}"),
        ("b7d1e7c7-3c41-4fa6-9c45-5b8d6e8f1a2b", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", r"[a-z]{3}_\d\d[A-Z]\d[a-z].*"),
        ("12345678901234567890", r"\d{20}"),
        ("1234", r"\d{4}"),
        ("hunter2", r"[a-z]{6}\d"),
    ):
        made = fake(one, "")
        assert re.fullmatch(form, made) and made != one and len(made) == len(one)
        assert fake(one, "") == make().function(kind)(one, "")
    assert len({fake(f"{number}", "") for number in range(1000, 2000)}) == 1000


def test_a_secret_is_never_an_original(make: MadeFakes) -> None:
    one = "0123456789abcdef0123456789abcdef"
    made = make().function("token")(one, "")
    assert make(token=[made]).function("token")(one, "") not in (one, made)


def test_dates_are_moved_by_half_a_year_at_most(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("date")
    moves = set()
    for _time in range(1000):
        day = datetime.date.fromordinal(some.randrange(1, datetime.date.max.toordinal() + 1))
        made = datetime.date.fromisoformat(fake(str(day), ""))
        moves.add((made - day).days)
        assert 1 <= abs((made - day).days) <= 180
        assert fake(f"{day} 23:59:59.123456+00", "") == f"{made} 23:59:59.123456+00"
    assert len(moves) > 200 and min(moves) < -100 and max(moves) > 100
    assert fake("infinity", "") == "infinity" and fake("2026-02-30", "") == "2026-02-30"


def test_amounts_keep_sign_size_and_scale(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("amount")
    for _time in range(1000):
        scale = some.randrange(4)
        value = f"{some.uniform(-1, 1) * 10 ** some.randrange(1, 9):.{scale}f}"
        made = fake(value, "")
        if not float(value):
            assert made == value
            continue
        assert made != value and len(made) == len(value) and (made[0] == "-") == (value[0] == "-")
        assert made.find(".") == value.find(".")
        assert 0.1 < float(made) / float(value) < 10
    assert fake("0", "") == "0" and fake("0.00", "") == "0.00" and fake("NaN", "") == "NaN"
    assert re.fullmatch(r"[1-9]\.\d+e\+20", fake("1.5e+20", ""))
