# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of numbers and codes that keep their form: each digit becomes a digit, each letter a letter, signs stay."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key

#: Codes with the check digit of article numbers (GS1), by their length.
_GS1 = (8, 12, 13, 14)
#: From this length on, a valid Luhn digit is no accident that must be kept from fakes without one.
_LUHN = 8
#: Longer codes are changed in pieces.
_PIECE = 128


def luhn(body: str) -> str:
    """The digit that makes it valid by Luhn (ISO/IEC 7812-1)."""
    total = 0
    for at, one in enumerate(reversed(body)):
        value = int(one) * (2 - at % 2)
        total += value // 10 + value % 10
    return str(-total % 10)


def gs1(body: str) -> str:
    """The check digit of an article or location number (GS1 General Specifications, 7.9)."""
    return str(-sum(int(one) * (3 - at % 2 * 2) for at, one in enumerate(reversed(body))) % 10)


def respell(text: str, made: str) -> str:
    """``made`` in the spelling of ``text``: its signs between, its small letters."""
    if text.isalnum() and text == text.upper() and len(text) == len(made):
        return made
    places = [at for at, one in enumerate(text) if one.isalnum()]
    if len(places) != len(made):
        return made
    spelled = list(text)
    for at, one in zip(places, made):
        spelled[at] = one.lower() if text[at].islower() else one
    return "".join(spelled)


def encode(form: str) -> tuple[int, int]:
    """A compact form as a number, and how many numbers there are of its form."""
    if form.isdecimal() and form.isascii():
        return int(form), int(10 ** len(form))
    number, size = 0, 1
    for one in form:
        many = 10 if "0" <= one <= "9" else 26
        # Other letters than A to Z share theirs.
        number = number * many + (int(one) if many == 10 else (ord(one) - 65) % 26)
        size *= many
    return number, size


def decode(number: int, form: str) -> str:
    """The number in that form."""
    if form.isdecimal() and form.isascii():
        return f"{number:0{len(form)}d}"
    made = []
    for one in reversed(form):
        number, value = divmod(number, 10 if "0" <= one <= "9" else 26)
        made.append(str(value) if "0" <= one <= "9" else chr(65 + value))
    return "".join(reversed(made))


class Codes:
    """Another code for a code."""

    def __init__(self, key: Key, avoided: Avoided) -> None:
        self._key = key
        self._known = avoided.known

    def identifier(self, text: str, kind: str = "identifier") -> str:
        """Two codes of one form never get the same; a valid check digit stays valid, others stay without."""
        form = canonical.compact(text)
        pieces = (form[at : at + _PIECE] for at in range(0, len(form), _PIECE))
        return respell(text, "".join(self.other(kind, one) for one in pieces))

    def other(self, kind: str, form: str, known: t.Callable[[str], bool] | None = None) -> str:
        """Another compact form."""
        mark = _mark(form)
        body = form[:-1] if mark else form
        number, size = encode(body)

        def made(other: int) -> str:
            new = decode(other, body)
            return new + mark(new) if mark else new

        def free(other: int) -> bool | None:
            new = made(other)
            if _mark(new) is not mark:
                return None
            return not (known(new) if known else self._known(kind, new))

        return made(self._key.permutation(kind, size).other(number, free))


def _mark(form: str) -> t.Callable[[str], str] | None:
    """What makes its check digit, if it has a valid one."""
    if len(form) < _LUHN or not (form.isdecimal() and form.isascii()):
        return None
    if len(form) in _GS1 and gs1(form[:-1]) == form[-1]:
        return gs1
    return luhn if luhn(form[:-1]) == form[-1] else None
