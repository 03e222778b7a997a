# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import email.utils
import random
import re

import pytest

from .conftest import MadeFakes


def normalized(text: str) -> str | None:
    """What Odoo keeps of a text with addresses (``email_normalize``, ``odoo/tools/mail.py``)."""
    found = [one for _name, one in email.utils.getaddresses([text]) if "@" in one]
    return found[0].lower() if found else None


def some_addresses(some: random.Random, count: int) -> list[str]:
    def word() -> str:
        return "".join(some.choices("abcdeñ.+_-0123456789", k=some.randint(1, 12))).strip(".") or "x"

    return [f"{word()}@{some.choice(['gmail.com', 'firm.cl', 'Firm.CL', 'sub.firm.ph'])}" for _one in range(count)]


def test_spellings_of_an_address_have_one_fake(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("email")
    for one in some_addresses(some, 500):
        made = fake(one, "")
        assert re.fullmatch(r"[a-z]+\.[a-z]{12}@[a-z]{10}\.example\.com", made), one
        assert fake(one.upper(), "") == fake(f" {one}\n", "CL") == made or not one.isascii()


def test_what_odoo_keeps_of_a_fake_is_the_fake_of_what_it_keeps(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("email")
    addresses = some_addresses(some, 200)
    for one, two in zip(addresses, addresses[1:]):
        for text in (one, f'"Ann Lee" <{one}>', f"Ann Lee <{one}>", f"{one}, {two}", f'"Lee, Ann" <{one}>, {two}'):
            kept = normalized(text)
            assert kept and normalized(fake(text, "")) == fake(kept, ""), text
            assert fake(text, "").isascii()


def test_no_two_addresses_have_one_fake(make: MadeFakes) -> None:
    fake = make().function("email")
    assert len({fake(f"user{number}@gmail.com", "") for number in range(100_000)}) == 100_000


def test_a_domain_is_one_everywhere(make: MadeFakes) -> None:
    fakes = make()
    host = fakes.function("domain")("firm.cl", "")
    assert fakes.function("email")("ann@Firm.cl", "").endswith(f"@{host}")
    assert fakes.function("domain")("www.firm.cl", "") == host
    assert fakes.function("domain")("@firm.cl", "") == f"@{host}"
    assert fakes.function("domain")("firm.cl:8069", "") == f"{host}:8069"
    assert fakes.function("domain")("ann@firm.cl", "") == fakes.function("email")("ann@firm.cl", "")
    assert fakes.function("url")("https://www.firm.cl", "") == f"https://{host}"
    assert fakes.function("domain")("other.cl", "") != host


def test_what_is_no_address_becomes_none(make: MadeFakes) -> None:
    for one in ("n.a.", "ann lee", "firm.cl"):
        assert "@" not in make().function("email")(one, "")


def test_lists_keep_their_order_and_their_signs(make: MadeFakes) -> None:
    fakes = make()
    one, name = fakes.function("email"), fakes.function("name")
    a, b, ann = one("a@b.cl", ""), one("c@d.cl", ""), name("Ann Lee", "")
    assert fakes.function("emails")('"Ann Lee" <a@b.cl>, c@d.cl', "") == f'"{ann}" <{a}>, {b}'
    assert fakes.function("emails")("a@b.cl;c@d.cl,", "") == f"{a};{b},"
    assert fakes.function("emails")('"a@b.cl" <A@B.cl>', "") == f'"{a}" <{a}>'
    encoded = fakes.function("emails")("=?utf-8?q?Ann_Lee?= <a@b.cl>", "")
    assert encoded == f"{ann} <{a}>"
    assert fakes.function("emails")("=?nothing?q?Ann?= <a@b.cl>", "").endswith(f"<{a}>")
    assert fakes.function("emails")("Ann Lee", "") == ann


def test_logins(make: MadeFakes) -> None:
    fakes = make()
    login = fakes.function("login")
    assert login("Ann@firm.cl", "") == fakes.function("email")("ann@firm.cl", "")
    assert "@" not in login("ann", "") and login("ann", "") == login("Ann", "") != login("bob", "")
    assert login("admin", "") == "admin" and login("__system__", "") == "__system__"


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://www.firm.cl/ann?token=7#x", r"https://[a-z]{10}\.example\.com/[a-z]{10}"),
        ("HTTP://ann:secret@firm.cl:8069/", r"HTTP://[a-z]{10}\.example\.com:8069/"),
        ("firm.cl/ann", r"[a-z]{10}\.example\.com/[a-z]{10}"),
        ("/my/orders/5?access_token=1", r"/[a-z]{10}"),
        ("mailto:ann@firm.cl", r"mailto:[a-z]+\.[a-z]{12}@[a-z]{10}\.example\.com"),
        ("Ann Lee", r"[a-z]+\.[a-z]{12}"),
        ("javascript:alert(1)", r"[a-z]+\.[a-z]{12}"),
    ],
)
def test_urls(make: MadeFakes, url: str, form: str) -> None:
    assert re.fullmatch(form, make().function("url")(url, ""))


def test_file_names_keep_usual_endings(make: MadeFakes) -> None:
    fake = make().function("filename")
    assert re.fullmatch(r"document-[a-z]{14}\.PDF", fake("Contract of Ann Lee.PDF", ""))
    assert re.fullmatch(r"document-[a-z]{14}", fake("Ann.Lee", ""))
    assert re.fullmatch(r"document-[a-z]{14}", fake(".pdf", ""))
