# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import SERIES
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.password import hash_password, keep_or_hash_password

# Made with passlib 1.7.4: pbkdf2_sha512.using(rounds=1000, salt=bytes(range(16))).hash(...)
PASSLIB = (
    "$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw$"
    "zPMjv4WsE4rDNoyyDn3tW2wr4W30jnGi9AYrLfZjKEIqECLMib/oJaTTeiu3pYiSb4Y2/wgcHAlt6pkhPfYFFw"
)
PASSLIB_PASSWORD = "Tr4um-Höhle.9x"


def test_same_as_passlib() -> None:
    assert hash_password(PASSLIB_PASSWORD, 1000, bytes(range(16))) == PASSLIB


def test_kept_while_it_fits() -> None:
    assert keep_or_hash_password(PASSLIB_PASSWORD, 1000, PASSLIB) == PASSLIB


@pytest.mark.parametrize(
    ("password", "rounds", "existing"),
    [
        ("another", 1000, PASSLIB),
        (PASSLIB_PASSWORD, 2000, PASSLIB),
        (PASSLIB_PASSWORD, 10, PASSLIB),
        (PASSLIB_PASSWORD, 1000, "admin"),
        (PASSLIB_PASSWORD, 1000, "$pbkdf2-sha512$1000$A$B"),
        (PASSLIB_PASSWORD, 1000, None),
    ],
)
def test_made_anew(password: str, rounds: int, existing: str | None) -> None:
    made = keep_or_hash_password(password, rounds, existing)
    assert made != existing and made.startswith(f"$pbkdf2-sha512${rounds}$")
    assert keep_or_hash_password(password, rounds, made) == made


def test_salts_differ() -> None:
    assert hash_password("x", 10) != hash_password("x", 10)


def test_rounds_are_what_odoo_asks_for() -> None:
    assert {series.hash_rounds for series in SERIES.values()} == {600_000}
