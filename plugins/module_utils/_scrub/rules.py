# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What may be done with a column, in the words of a profile: ``fake email``, ``keep selection``, ``null secret``.

In a C(jsonb) column, whatever a rule says holds for every string in it, at any depth: translated texts and values by
company are objects of them.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: Word for a whole table: none of its rows is copied.
TRUNCATE = "truncate"

#: What a fake is made of.  The same original gives the same fake in every column of a kind, however it is spelled.
FAKES: t.Mapping[str, str] = {
    "name": "of a person or a company",
    "names": "one or several names in one text: a company and its contact, a list, a name in brackets",
    "email": "one address, in any spelling",
    "emails": "addresses with names, as in the header of a mail",
    "phone": "in any spelling",
    "vat": "tax number of the row's country, with its check digits",
    "account": "IBAN or another account number",
    "identifier": "another number or code that tells who somebody is; keeps its form",
    "street": "street and number",
    "city": "",
    "zip": "postal code of the row's country",
    "url": "",
    "domain": "host name, also behind an @",
    "login": "an address, or a word",
    "filename": "keeps its ending",
}
#: What stands for a text that people have written.
TEXTS: t.Mapping[str, str] = {"text": "", "html": "keeps its markup"}
#: Values that let somebody in: their originals must not survive anywhere.
SECRETS: t.Mapping[str, str] = {"secret": "password, key or credential", "token": "random value of a link or a session"}
#: Numbers and dates that tell about somebody.
NUMBERS: t.Mapping[str, str] = {"date": "moved by some days", "amount": "another amount of that size"}
#: Rules that need the whole row; the column's table decides what they do.
ROWS: t.Mapping[str, str] = {
    "parameter": "value of a system parameter: kept when its key is known to be harmless",
    "password": "a hash that no password has",
    "attachment": "content and description of a file: kept where Odoo itself has made it",
    "tracking": "what a field was before and after: as the field's own column",
    "code": "Python, a view or an id: what a module brought stays or is swept, what people wrote is swept or goes",
    "resource": "a person's name, or a machine's: faked where it is a person's, otherwise swept",
}

#: Action → what may follow it; ``None`` where that is a reason, in words.
ACTIONS: t.Mapping[str, t.Mapping[str, str] | None] = {
    "keep": None,
    "sweep": None,
    "null": None,
    "fake": FAKES,
    "replace": TEXTS,
    "rotate": SECRETS,
    "change": NUMBERS,
    "placeholder": None,
    "row": ROWS,
}


class RuleError(ValueError):
    """A rule is not understood.  The text says what may stand there."""


@dataclass(frozen=True)
class Rule:
    """What is done with the values of a column.

    - ``keep``: nothing; never holds what a person has typed.
    - ``sweep``: the text stays, but for originals of other columns, which become their fakes.
    - ``null``: emptied; what follows says what it was, or why.
    - ``fake``, ``replace``, ``change``, ``rotate``: another value of that kind.
    - ``placeholder``: a small valid file of the same type.
    - ``row``: depends on the rest of the row.

    :param word: the kind, or the reason.
    """

    action: str
    word: str

    @property
    def secret(self) -> bool:
        """Whether its originals are credentials."""
        return self.action in ("null", "rotate") and self.word in SECRETS

    @property
    def personal(self) -> bool:
        """Whether its originals must not be found in the result."""
        return self.action not in ("keep", "sweep")

    def __str__(self) -> str:
        return f"{self.action} {self.word}".strip()


def parse(text: str) -> Rule:
    """The rule that ``text`` says.

    :raises RuleError: it is none.
    """
    action, _space, word = text.strip().partition(" ")
    if action not in ACTIONS:
        raise RuleError(f"{text!r} begins with none of: {', '.join(ACTIONS)}")
    kinds, word = ACTIONS[action], word.strip()
    if kinds is None and not word:
        raise RuleError(f"{text!r} gives no reason: add one, in a few words")
    if kinds is not None and word not in kinds:
        raise RuleError(f"{text!r}: after {action}, one of these must stand: {', '.join(kinds)}")
    return Rule(action, word)
