# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Another value for a value, by its kind: a pure function of the secret, the originals and the value."""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_account import Accounts
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_codes import Codes
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_mail import Mail
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided, Names, replace_blocked
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_phone import Phones
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_text import Texts
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_values import Values
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_vat import Taxes
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.words import Words

#: Values of a kind that are remembered, and up to which length.
_REMEMBERED, _LENGTH = 1 << 15, 200
_SAYS = re.compile(r"[^\W_]").search


class Fakes:
    """Makes the fakes of all kinds.

    :param key: the secret; the same one gives the same fakes.
    :param companies: holds :meth:`company_hash` of the names of companies.
    """

    def __init__(self, key: bytes, words: Words, originals: Avoided, companies: t.Container[int] = ()) -> None:
        keyed = Key(key)
        codes = Codes(keyed, originals)
        taxes, values, texts = Taxes(keyed, codes, originals), Values(keyed, codes, originals), Texts(keyed, originals)
        names = Names(keyed, words, originals, companies)
        mail = Mail(keyed, names, _ascii(words, originals))
        self.company_hash = names.company_hash
        one: dict[str, t.Callable[[str], str]] = {
            "name": names.name,
            "names": names.names,
            "email": mail.email,
            "emails": mail.emails,
            "phone": Phones(keyed, originals).phone,
            "account": Accounts(keyed, codes, originals).account,
            "identifier": codes.identifier,
            "street": names.street,
            "zip": functools.partial(codes.identifier, kind="zip"),
            "url": mail.url,
            "domain": mail.domain,
            "login": mail.login,
            "filename": mail.filename,
            "text": texts.text,
            "html": texts.html,
            "secret": functools.partial(values.rotate, "secret"),
            "token": functools.partial(values.rotate, "token"),
            "date": values.date,
            "amount": values.amount,
        }
        self._functions = {kind: _remembered(made) for kind, made in one.items()}
        self._functions["vat"] = _by_country(taxes.vat)
        self._functions["city"] = _by_country(names.city)

    def function(self, kind: str) -> t.Callable[[str, str], str]:
        """What makes fakes of that kind, of a text and the ISO code of the row's country, or C('').

        A text without a letter or a digit says nothing, and stays.
        """
        return self._functions[kind]


def _remembered(make: t.Callable[[str], str]) -> t.Callable[[str, str], str]:
    made: dict[str, str] = {}

    def fake(value: str, _country: str) -> str:
        found = made.get(value)
        if found is not None:
            return found
        if not (value[:1].isalnum() or _SAYS(value)):
            return value
        found = make(value)
        if len(value) <= _LENGTH:
            # Clearing costs less than knowing which value was used last.
            if len(made) >= _REMEMBERED:
                made.clear()
            made[value] = found
        return found

    return fake


def _by_country(make: t.Callable[[str, str], str]) -> t.Callable[[str, str], str]:
    one = _remembered(lambda both: make(*reversed(both.split("\n", 1))))
    return lambda value, country: one(f"{country}\n{value}", "") if _SAYS(value) else value


def _ascii(words: Words, originals: Avoided) -> list[str]:
    """The given names that an address can begin with."""
    plain = sorted({canonical.plain(one) for locale in words for one in locale.given})
    usable = [one for one in plain if one.isascii() and one.isalpha()] or ["mail"]
    return replace_blocked(usable, lambda one: originals.known("name", one))
