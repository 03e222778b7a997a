# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""One form for all spellings of a value: what fakes are made from, and what originals are looked for by."""

from __future__ import annotations

import functools
import re
import unicodedata

#: Digits by which two spellings of a phone number are known to be one: what is before them may be left out.
PHONE_DIGITS = 8

_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"[\W_]+")
_OTHERS = re.compile(r"[^0-9]+")


@functools.lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """In small letters, without accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def words(text: str) -> list[str]:
    """Its words, in their plain form; numbers count as words."""
    return _WORD.findall(plain(text))


def name(text: str) -> str:
    """Of persons, companies, streets: the words, whatever is between them."""
    if text.isascii() and text.replace(" ", "").isalpha():
        # Most names are this simple, and take half the time then.
        return " ".join(text.lower().split())
    return " ".join(words(text))


def email(text: str) -> str:
    """An address without spaces around it, in small letters."""
    return text.strip().lower()


def digits(text: str) -> str:
    """The digits alone."""
    return _OTHERS.sub("", text)


def phone(text: str) -> str:
    """The last digits of a number; short ones as they are."""
    return digits(text)[-PHONE_DIGITS:]


def compact(text: str) -> str:
    """Of tax numbers, accounts and codes: letters and digits, in capitals."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text)).upper()
