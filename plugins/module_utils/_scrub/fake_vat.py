# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of tax numbers with their check digits, by country.  What Odoo checks is python-stdnum's ``vat`` of each."""

from __future__ import annotations

import operator
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_codes import Codes, decode, encode, luhn, respell
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key

#: Numbers of nobody, which laws name and Odoo's code compares with: final consumers, foreigners, the tax office.
PUBLIC = frozenset({"666666666", "608050000", "555555555", "XAXX010101000", "XEXX010101000"})
#: Prefixes of tax numbers: ISO codes, but for Greece and Northern Ireland.
_PREFIX_LIST = (
    "AR AT AU BE BG BR CH CL CO CY CZ DE DK EC EE EL ES FI FR GB GR HR HU ID IE IN IT LT LU LV MT MX MY NL NO PE PH "
    "PL PT RO RS RU SA SE SG SI SK SM TH TR TW UA UY VE VN XI"
)
_PREFIXES = frozenset(_PREFIX_LIST.split())
#: With so many digits, letters say what a number is; with fewer, they are of somebody's name.
_ENOUGH = 8
_ES_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@dataclass(frozen=True)
class _Form:
    """A tax number without its country.

    :param start: first of the digits that change; ``stop`` is behind the last.
    :param finish: the number with its check digits; ``None`` where these digits make none.
    """

    country: str
    pattern: re.Pattern[str]
    start: int
    stop: int
    finish: t.Callable[[str], str | None]

    def fits(self, body: str) -> bool:
        return bool(self.pattern.fullmatch(body)) and self.finish(body) == body


def _sum(weights: t.Sequence[int], body: str) -> int:
    # The shorter of them ends it.
    return sum(map(operator.mul, weights, map(int, body)))


def _cl(body: str) -> str | None:
    total = _sum((3, 2, 7, 6, 5, 4, 3, 2)[9 - len(body) :], body[:-1])
    return f"{body[:-1]}{'0K987654321'[total % 11]}" if body[0] != "0" else None


def _es_person(body: str) -> str:
    digits = body[:8] if body[0].isdigit() else str("XYZ".find(body[0]) if body[0] in "XYZ" else "") + body[1:8]
    return body[:8] + _ES_LETTERS[int(digits) % 23]


def _es_company(body: str) -> str:
    digit = luhn(body[1:8])
    return body[:8] + (digit if body[8].isdigit() else "JABCDEFGHI"[int(digit)])


def _de(body: str) -> str | None:
    product = 10
    for one in body[:8]:
        product = (((product + int(one)) % 10 or 10) * 2) % 11
    return f"{body[:8]}{(11 - product) % 10}" if body[0] != "0" else None


def _fr(body: str) -> str | None:
    siren = body[2:10] + luhn(body[2:10])
    return f"{int(siren + '12') % 97:02d}{siren}" if siren[:3] != "000" else None


def _it(body: str) -> str | None:
    return body[:10] + luhn(body[:10]) if int(body[:7]) else None


def _nl(body: str) -> str | None:
    check = _sum((9, 8, 7, 6, 5, 4, 3, 2), body) % 11
    return f"{body[:8]}{check}{body[9:]}" if check < 10 and int(body[:8]) else None


def _nl_sole(body: str) -> str:
    number = "".join(str(int(one, 36)) for one in f"NL{body[:10]}")
    # 1 and 98 are the same, and the first sole traders have 01.
    return f"{body[:10]}{(1 - int(number) * 100) % 97:02d}"


def _be(body: str) -> str | None:
    return f"{body[:8]}{97 - int(body[:8]) % 97:02d}" if int(body[:8]) else None


def _pt(body: str) -> str:
    return f"{body[:8]}{(11 - _sum((9, 8, 7, 6, 5, 4, 3, 2), body)) % 11 % 10}"


def _gb(rest: int) -> t.Callable[[str], str | None]:
    def finish(body: str) -> str | None:
        check = (rest - _sum((8, 7, 6, 5, 4, 3, 2), body)) % 97
        # The check digits go up to 97, and 97 is the rest that others write as 00.
        return f"{body[:7]}{check or 97:02d}{body[9:]}" if int(body[:3]) >= 100 or not rest else None

    return finish


def _pl(body: str) -> str | None:
    check = _sum((6, 5, 7, 2, 3, 4, 5, 6, 7), body) % 11
    return f"{body[:9]}{check}" if check < 10 else None


def _ar(body: str) -> str:
    return body[:10] + "012345678990"[(11 - _sum((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), body) % 11)]


def _br(count: int) -> t.Callable[[str], str]:
    def finish(body: str) -> str:
        made = body[:count]
        for _digit in range(2):
            # CPF's weights grow from the right without end, CNPJ's begin again after 9.
            weights = [2 + (at % 8 if count == 12 else at) for at in range(len(made))][::-1]
            made += str(-_sum(weights, made) % 11 % 10)
        return made

    return finish


def _same(body: str) -> str:
    return body


_FORMS = tuple(
    _Form(country, re.compile(pattern), start, stop, finish)
    for country, pattern, start, stop, finish in (
        ("CL", r"[0-9]{7}[0-9K]", 0, 7, _cl),
        ("CL", r"[0-9]{8}[0-9K]", 1, 8, _cl),
        ("ES", r"[0-9]{8}[A-Z]", 0, 8, _es_person),
        ("ES", r"[XYZKLM][0-9]{7}[A-Z]", 1, 8, _es_person),
        ("ES", r"[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]", 1, 8, _es_company),
        ("FR", r"[0-9]{11}", 2, 10, _fr),
        ("IT", r"[0-9]{11}", 0, 7, _it),
        ("NL", r"[0-9]{9}B[0-9]{2}", 0, 8, _nl),
        ("NL", r"[0-9]{9}B[0-9]{2}", 0, 8, _nl_sole),
        ("DE", r"[0-9]{9}", 0, 8, _de),
        ("BE", r"[01][0-9]{9}", 1, 8, _be),
        ("PT", r"[1-9][0-9]{8}", 1, 8, _pt),
        ("PL", r"[0-9]{10}", 1, 9, _pl),
        *(("GB", r"[0-9]{9}(?:[0-9]{3})?", 0, 7, _gb(rest)) for rest in (0, 42, 55)),
        ("AR", r"[0-9]{11}", 2, 10, _ar),
        ("BR", r"[0-9]{14}", 0, 8, _br(12)),
        ("BR", r"[0-9]{11}", 0, 8, _br(9)),
    )
)
_BY_COUNTRY = {
    country: [one for one in _FORMS if one.country == country] for country in {one.country for one in _FORMS}
}
#: Without check digits, only where the country or the spelling says so; the branch code stays.
_TIN = _Form("PH", re.compile(r"[0-9]{9}(?:[0-9]{3,5})?"), 1, 9, _same)
_TIN_SPELLED = re.compile(r"\s*[0-9]{3}-[0-9]{3}-[0-9]{3}(?:-[0-9]{3,5})?\s*")
_RFC = re.compile(r"([A-ZÑ]{3,4})([0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))([0-9A-Z]{3})")


class Taxes:
    """Another tax number for a tax number, of the same country."""

    def __init__(self, key: Key, codes: Codes, avoided: Avoided) -> None:
        self._key = key
        self._codes = codes
        self._known = avoided.known

    def vat(self, text: str, country: str) -> str:
        """With or without the country before it, in any spelling.

        :param country: of the row; what the number itself says is worth more.
        """
        form = canonical.compact(text)
        if not form or form in PUBLIC or form[2:] in PUBLIC:
            return text
        prefix, body = self._parts(form, country)

        def known(made: str) -> bool:
            return any(self._known("vat", one + made) for one in ("", prefix or country))

        return respell(text, prefix + self._body(body, prefix or country, bool(_TIN_SPELLED.fullmatch(text)), known))

    @staticmethod
    def _parts(form: str, country: str) -> tuple[str, str]:
        prefix = form[:2]
        counted = sum(one.isdigit() for one in form[2:])
        if (prefix in _PREFIXES or prefix == country) and counted >= 5 and not _RFC.fullmatch(form):
            return prefix, form[2:]
        return "", form

    def _body(self, body: str, country: str, tin: bool, known: t.Callable[[str], bool]) -> str:
        country = {"XI": "GB"}.get(country, country)
        if (country == "PH" or (tin and not country)) and _TIN.fits(body):
            return self._changed(_TIN, body, known)
        # The row's country first.
        for one in (*_BY_COUNTRY.get(country, ()), *_FORMS):
            if one.fits(body):
                return self._changed(one, body, known)
        rfc = _RFC.fullmatch(body)
        return self._rfc(rfc, known) if rfc else self._plain(body, known)

    def _plain(self, body: str, known: t.Callable[[str], bool]) -> str:
        digits = canonical.digits(body)
        if len(digits) < _ENOUGH:
            return self._codes.other("vat", body, known)

        def made(new: str) -> str:
            following = iter(new)
            return re.sub("[0-9]", lambda _digit: next(following), body)

        return made(self._codes.other("vat", digits, lambda new: known(made(new))))

    def _changed(self, form: _Form, body: str, known: t.Callable[[str], bool]) -> str:
        count = form.stop - form.start

        def made(number: int) -> str | None:
            return form.finish(f"{body[: form.start]}{number:0{count}d}{body[form.stop :]}")

        def free(number: int) -> bool | None:
            new = made(number)
            return None if new is None else not known(new)

        number = self._key.permutation("vat", 10**count).other(int(body[form.start : form.stop]), free)
        return made(number) or body

    def _rfc(self, found: re.Match[str], known: t.Callable[[str], bool]) -> str:
        # Mexico's has the date of birth or foundation in its middle, which must stay a date.
        day = int(found[2])
        days = (day // 10000 * 12 + day // 100 % 100 - 1) * 31 + day % 100 - 1
        around = found[1] + found[3]
        number, size = encode(around)

        def made(other: int) -> str:
            rest, days = divmod(other, 100 * 12 * 31)
            months, day = divmod(days, 31)
            new = decode(rest, around)
            split = len(found[1])
            return f"{new[:split]}{months // 12:02d}{months % 12 + 1:02d}{day + 1:02d}{new[split:]}"

        def free(other: int) -> bool | None:
            # The longest days of the shorter months are none in any year.
            return None if other % 31 > 27 else not known(made(other))

        every = 100 * 12 * 31
        return made(self._key.permutation("rfc", size * every).other(number * every + days, free))
