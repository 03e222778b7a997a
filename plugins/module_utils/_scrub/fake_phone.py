# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of phone numbers: country and area stay, the last seven digits are others, wherever they stand."""

from __future__ import annotations

import re

from ansible_collections.ipai.odoo.plugins.module_utils._scrub.canonical import digits
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key, letters

#: How many of the last digits are changed.
CHANGED = 7
#: A number has no more digits (E.164); what has more is several numbers.
_LONGEST = 15

# Most spellings end in three and four digits, with one sign between them at most.
_USUAL = re.compile(r"([^A-Za-z,;|/\n]{0,8}?)([0-9]{3})([ .-]?)([0-9]{4})")
_SEVERAL = re.compile(r"(\s*[,;|/\n]+\s*)")
_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W\d_]+")
#: Words that stand in numbers.
_LABEL_WORDS = (
    "a anexo and at cell cel central ext extension fax fijo fono gsm home int interno local loc mob mobile movil "
    "móvil mr office oder or o ou phone poste tel tél telefax telefon telefono teléfono telephone whatsapp work x y"
)
_LABELS = frozenset(_LABEL_WORDS.split())


class Phones:
    """Another number for a number; all spellings of one give spellings of one."""

    def __init__(self, key: Key, avoided: Avoided) -> None:
        self._key = key
        self._known = avoided.known
        self._last = key.permutation("phone", 10**CHANGED)
        self._word = key.digests("phone word")

    def phone(self, text: str) -> str:
        """One number or several; words beside them become others, but for the usual ones."""
        usual = _USUAL.fullmatch(text)
        if usual:
            before, three, between, four = usual.groups()
            now = f"{self._last(int(three + four)):07d}"
            made = f"{before}{now[:3]}{between}{now[3:]}"
            if now != three + four and not self._known("phone", made):
                return made
        return self._any(text)

    def _any(self, text: str) -> str:
        parts = _SEVERAL.split(text)
        if len(parts) > 1 and all(len(digits(one)) >= 6 for one in parts[::2]):
            return "".join(self._any(one) if at % 2 == 0 else one for at, one in enumerate(parts))
        found = digits(text)
        made = self._digits(found)
        following = iter(made)
        text = _DIGIT.sub(lambda _one: next(following), text)
        return _WORD.sub(self._other, text) if _WORD.search(text) else text

    def _digits(self, found: str) -> str:
        if len(found) > _LONGEST:
            # Several numbers with nothing between them that tells so: none of their digits stays.
            return "".join(self._digits(found[at : at + CHANGED]) for at in range(0, len(found), CHANGED))
        if not found:
            return found
        kept, last = found[:-CHANGED], found[-CHANGED:]
        count = len(last)
        change = self._last if count == CHANGED else self._key.permutation("phone", 10**count)

        def free(number: int) -> bool:
            return not self._known("phone", f"{kept}{number:0{count}d}")

        return f"{kept}{change.other(int(last), free):0{count}d}"

    def _other(self, found: re.Match[str]) -> str:
        word = found[0]
        if word.lower() in _LABELS:
            return word
        return letters(self._word(word.lower()))[: len(word)]
