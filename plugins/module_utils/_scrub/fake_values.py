# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Other secrets, dates and amounts, of the same form."""

from __future__ import annotations

import datetime
import re

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_codes import Codes
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key

#: Up to so many letters and digits, a random value could be drawn twice; a permutation never gives one twice.
_SHORT = 16
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])(.*)", re.DOTALL)
#: Farthest move of a date, in days.
DAYS = 180
_AMOUNT = re.compile(r"([+-]?[0.]*)([1-9][0-9.]*)(.*)", re.DOTALL)
_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"


class Values:
    """Another value for a value that no person reads."""

    def __init__(self, key: Key, codes: Codes, avoided: Avoided) -> None:
        self._key = key
        self._codes = codes
        self._known = avoided.known
        self._day = key.digests("date")

    def rotate(self, kind: str, text: str) -> str:
        """As random as one can tell, as long, of the same signs."""
        if len(canonical.compact(text)) <= _SHORT:
            return self._codes.identifier(text, kind)
        attempt = 0
        while True:
            made = self._drawn(kind, text, attempt)
            if made != text and not self._known(kind, made):
                return made
            attempt += 1

    def _drawn(self, kind: str, text: str, attempt: int) -> str:
        drawn = self._key.stream(kind, f"{attempt}\n{text}", 2 * len(text))
        if _HEX.fullmatch(text) and not text.isdigit():
            made = drawn.hex()[: len(text)]
            return made if text.islower() else made.upper()
        if _UUID.fullmatch(text):
            made = drawn.hex()
            made = f"{made[:8]}-{made[8:12]}-{text[14]}{made[13:16]}-{text[19]}{made[17:20]}-{made[20:32]}"
            return made.upper() if text.isupper() else made
        made = ""
        for at, one in enumerate(text):
            signs = _DIGITS if one.isdigit() else _LOWER if one.islower() else _UPPER if one.isalnum() else one
            made += signs[int.from_bytes(drawn[2 * at : 2 * at + 2], "little") % len(signs)]
        return made

    def date(self, text: str) -> str:
        """Moved by some days, the time of day stays; C(infinity) is no date."""
        found = _DATE.fullmatch(text.strip())
        if not found:
            return text
        year, month, day, rest = found.groups()
        try:
            old = datetime.date(int(year), int(month), int(day))
        except ValueError:
            return text
        number = int.from_bytes(self._day(f"{year}-{month}-{day}"), "little")
        days = number % DAYS + 1
        days = days if number >> 64 & 1 else -days
        if not DAYS < old.toordinal() < datetime.date.max.toordinal() - DAYS:
            days = abs(days) if old.year == 1 else -abs(days)
        return f"{old + datetime.timedelta(days)}{rest}"

    def amount(self, text: str) -> str:
        """As many digits before and behind the point; zero stays zero."""
        found = _AMOUNT.fullmatch(text.strip())
        if not found:
            return text
        before, digits, behind = found.groups()
        plain = digits.replace(".", "")
        first, count = 10 ** (len(plain) - 1), len(plain)
        number = self._key.permutation("amount", 9 * first).other(int(plain) - first, lambda _number: True) + first
        made = f"{number:0{count}d}"
        point = digits.find(".")
        made = made if point < 0 else f"{made[:point]}.{made[point:]}"
        return f"{before}{made}{behind}"
