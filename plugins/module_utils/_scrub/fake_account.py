# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of bank accounts: IBAN (ISO 13616) keeps its country and bank, other numbers keep their form."""

from __future__ import annotations

import re

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_codes import Codes, respell
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
#: Digits of the account that change: as many as there are, up to seven, before national check digits at the end.
_LAST = re.compile(r"[0-9]{1,7}(?=[^0-9]*\Z)")
#: National check digits at the end, by country.
_TAILS = {"BE": 2, "FR": 2, "MC": 2}


def check_digits(country: str, rest: str) -> str:
    """The two digits behind the country: ISO 7064, mod 97-10."""
    number = "".join(str(int(one, 36)) for one in f"{rest}{country}00")
    return f"{98 - int(number) % 97:02d}"


def _national(country: str, rest: str) -> str:
    """The account with its national check digits, where Odoo's users would see wrong ones."""
    if country == "ES":
        checks = ""
        for part in (f"00{rest[:8]}", rest[10:]):
            total = sum(weight * int(one) for weight, one in zip((1, 2, 4, 8, 5, 10, 9, 7, 3, 6), part))
            checks += str((11 - total % 11) % 11 if total % 11 != 1 else 1)
        return rest[:8] + checks + rest[10:]
    if country == "BE":
        return f"{rest[:10]}{int(rest[:10]) % 97 or 97:02d}"
    if country in ("FR", "MC"):
        plain = "".join(
            one if one.isdigit() else str((int(one, 36) - 10 + (int(one, 36) > 27)) % 9 + 1) for one in rest
        )
        return f"{rest[:-2]}{97 - (89 * int(plain[:5]) + 15 * int(plain[5:10]) + 3 * int(plain[10:21])) % 97:02d}"
    return rest


class Accounts:
    """Another account for an account."""

    def __init__(self, key: Key, codes: Codes, avoided: Avoided) -> None:
        self._key = key
        self._codes = codes
        self._known = avoided.known

    def account(self, text: str) -> str:
        """All spellings of an account give spellings of one."""
        form = canonical.compact(text)
        country, rest = form[:2], form[4:]
        if not _IBAN.fullmatch(form) or check_digits(country, rest) != form[2:4]:
            return self._codes.identifier(text, "account")
        tail = _TAILS.get(country, 0)
        changed = _LAST.search(rest, 0, len(rest) - tail)
        if not changed:
            return self._codes.identifier(text, "account")
        count = changed.end() - changed.start()

        def made(number: int) -> str:
            new = _national(country, f"{rest[: changed.start()]}{number:0{count}d}{rest[changed.end() :]}")
            return country + check_digits(country, new) + new

        def free(number: int) -> bool:
            return not self._known("account", made(number))

        return respell(text, made(self._key.permutation("iban", 10**count).other(int(changed[0]), free)))
