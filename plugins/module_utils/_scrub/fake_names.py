# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of names and places."""

from __future__ import annotations

import re
import struct
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key, letters
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.words import Locale, Words, WordsError

#: What is before the name in texts that Odoo makes.
_PREFIX = re.compile(r"\s*(?:@From:|#Created by:)\s*")
_BETWEEN = re.compile(r"(\s*[,;/()\[\]\n|]+\s*|\s+[-\u2013\u2014]\s+)")
_LEGAL_WORDS = (
    "ag bank co company corp corporation eirl foundation gmbh group holding inc kg limitada limited llc llp ltd ltda "
    "nv oy plc pte sa sac sarl sas sl slu solutions spa srl university"
)
_LEGAL = frozenset(_LEGAL_WORDS.split())
#: A digest: what stands for a company's name, and four numbers that choose words.
_PARTS = struct.Struct("<Q4H").unpack
#: After so many fakes that are originals, a list has too few words.
_ATTEMPTS = 50


class Avoided(t.Protocol):
    """The originals, as far as fakes need to know them."""

    def known(self, kind: str, value: str) -> bool:
        """Whether this value of a kind is one of them, or one of them would be found in it."""


def replace_blocked(entries: t.Sequence[str], blocked: t.Callable[[str], bool]) -> list[str]:
    """The entries, with the next one that is not blocked in the place of one that is: the others stay as they are."""
    usable = [one for one in entries if not blocked(one)]
    if not usable:
        raise WordsError("all words of a list are names of the original")
    made: list[str] = []
    following = usable[0]
    for one in reversed(entries):
        if not blocked(one):
            following = one
        made.append(following)
    return made[::-1]


def _legal(text: str) -> bool:
    """Whether it says only what kind of company one is: ``Inc.``, ``S.A.``."""
    found = canonical.words(text)
    return bool(found) and (_LEGAL.issuperset(found) or "".join(found) in _LEGAL)


class Names:
    """Another name for a name, another place for a place.

    :param companies: holds the hashes (:meth:`company_hash`) of all names of companies.
    """

    def __init__(self, key: Key, words: Words, avoided: Avoided, companies: t.Container[int]) -> None:
        self._digest = key.digests("name")
        self._place = key.digests("place")
        self._known = avoided.known
        self._companies = companies
        self._locales = [_Lists(one, avoided) for one in words]
        self._by_country = {one.country: one for one in self._locales}

    def company_hash(self, text: str) -> int:
        """What stands for the name of a company in ``companies``: 64 bits."""
        return int(_PARTS(self._digest(canonical.name(text)))[0])

    def name(self, text: str) -> str:
        """Of a person or a company: three words, in which nobody's name is found."""
        form = canonical.name(text)
        digest = self._digest(form)
        company = _PARTS(digest)[0] in self._companies or not _LEGAL.isdisjoint(form.split(" ")[1:])
        made = self._made(digest, form, company)
        attempt = 0
        while not made:
            attempt += 1
            digest = self._digest(f"{form}\n{attempt}")
            # Short lists may have no free name left.
            made = letters(digest[:6]).capitalize() if attempt > _ATTEMPTS else self._made(digest, form, company)
        if text.isupper():
            return made.upper()
        return made.lower() if text.islower() else made

    def _made(self, digest: bytes, form: str, company: bool) -> str:
        _company, locale, one, two, three = _PARTS(digest)
        lists = self._locales[locale % len(self._locales)]
        surnames, others = lists.surnames, lists.suffixes if company else lists.given
        first, first_plain = surnames[one % len(surnames)]
        second, second_plain = surnames[two % len(surnames)]
        other, other_plain = others[three % len(others)]
        surname = f"{first_plain} {second_plain}"
        whole = f"{surname} {other_plain}" if company else f"{other_plain} {surname}"
        if whole == form or self._known("name", whole):
            return ""
        return f"{first} {second} {other}" if company else f"{other} {first} {second}"

    def names(self, text: str) -> str:
        """Each name in a text that has several; what is between them stays."""
        prefix = _PREFIX.match(text)
        start = prefix.end() if prefix else 0
        parts = _BETWEEN.split(text[start:])
        made = [text[:start]]
        at = 0
        while at < len(parts):
            end = at + 1
            # "Deco Addict, Inc." is one name.
            while end + 1 < len(parts) and parts[end].strip() == "," and _legal(parts[end + 1]):
                end += 2
            one = "".join(parts[at:end])
            made.append(self.name(one) if canonical.words(one) else one)
            made.extend(parts[end : end + 1])
            at = end + 1
        return "".join(made)

    def city(self, text: str, country: str) -> str:
        """Of the row's country, where its words are known."""
        return self._picked("city", text, country, lambda lists, number: lists.cities[number % len(lists.cities)])

    def street(self, text: str) -> str:
        """A street and a number behind it."""

        def pick(lists: _Lists, number: int) -> str:
            number, at = divmod(number, len(lists.streets))
            return f"{lists.streets[at]} {number % 9899 + 101}"

        return self._picked("street", text, "", pick)

    def _picked(self, kind: str, text: str, country: str, pick: t.Callable[[_Lists, int], str]) -> str:
        form = canonical.name(text)
        attempt = 0
        while True:
            number = int.from_bytes(self._place(f"{kind}\n{form}\n{attempt}"), "little")
            attempt += 1
            lists = self._by_country.get(country) or self._locales[number % len(self._locales)]
            made = pick(lists, number >> 32)
            # A list may be shorter than the originals are many: then at least not the row's own.
            if canonical.name(made) != form and (attempt > _ATTEMPTS or not self._known(kind, made)):
                return made


class _Lists:
    """A locale's words; of names, those that are no originals, and their plain form."""

    def __init__(self, locale: Locale, avoided: Avoided) -> None:
        def usable(entries: t.Sequence[str]) -> list[tuple[str, str]]:
            unknown = replace_blocked(entries, lambda one: avoided.known("name", one))
            return [(one, canonical.name(one)) for one in unknown]

        self.country = locale.country
        self.given, self.surnames, self.suffixes = map(usable, (locale.given, locale.surnames, locale.suffixes))
        self.cities, self.streets = locale.cities, locale.streets
