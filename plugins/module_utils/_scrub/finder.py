# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Originals inside texts.

Two steps: :func:`suspicious` says of much text at once, by a few operations on all of its words, whether an original
may be in it; :func:`find` says which, of little text.
"""

from __future__ import annotations

import itertools
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, projections

if t.TYPE_CHECKING:
    from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals

#: Words of an original, at most (see :mod:`originals`).
LONGEST = 8
#: Digits of a number, at most.
DIGITS = 34
#: Letters that may stand before a number without a space, as in ``BE0477``: more, or some after it, make it a code.
_LETTERS = 4

_GROUP = re.compile(rb"[0-9]+")
_DAY = re.compile(rb"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
_BEFORE = re.compile(rb"[A-Za-z0-9]*$")
_JOINED = re.compile(rb"[./-][0-9]|[._@-][A-Za-z]")
_AFTER = re.compile(rb"[A-Za-z0-9]")
_WORD = re.compile(r"[^\W_]+|[,;]")
_NOT_DIGITS = bytes(code for code in range(256) if not 48 <= code <= 57)


class Fakes(t.Protocol):
    """What makes fakes."""

    def function(self, kind: str) -> t.Callable[[str, str], str]:
        """What makes those of a kind, of a text and a country."""


@dataclass(frozen=True)
class Found:
    """An original in a text.

    :param form: its canonical form, by which it is counted; a secret as the original itself.
    """

    kind: str
    form: bytes


def suspicious(originals: Originals, cells: bytes) -> bool:
    """Whether an original may be in these cells (see :func:`projections.cells`)."""
    return any(_suspicious(originals, view) for view in projections.views(cells))


def _suspicious(originals: Originals, text: bytes) -> bool:
    words = projections.fold(text).split()
    # Each word is looked up once; pairs of them only where the first word is one of an original.
    heads = list(map(originals.heads.__contains__, words))
    if not originals.pairs.isdisjoint(itertools.compress(zip(words, itertools.islice(words, 1, None)), heads)):
        return True
    if not originals.singles.isdisjoint(words):
        return True
    maybe = {found for found in projections.NUMBER.findall(text) if _tail(originals.tails, found)}
    return bool(maybe) and any(
        found[0] in maybe and any(_numbers(originals, text, found)) for found in projections.NUMBER.finditer(text)
    )


def _tail(tails: bytearray, found: bytes) -> bool:
    """Whether eight digits up to the end of one of its groups are the last ones of an original."""
    if found.isdigit():
        tail = int(found[-canonical.PHONE_DIGITS :])
        return bool(tails[tail >> 3] & 1 << (tail & 7))
    digits = b""
    for group in _GROUP.findall(found):
        digits += group
        if len(digits) >= canonical.PHONE_DIGITS:
            tail = int(digits[-canonical.PHONE_DIGITS :])
            if tails[tail >> 3] & 1 << (tail & 7):
                return True
    return False


def has(originals: Originals, text: bytes) -> bool:
    """Whether an original is in one plain text, such as a fake, which has nothing to decode."""
    if any(matches(originals, projections.fold(text).split())):
        return True
    numbers = projections.NUMBER.finditer(text)
    return any(_tail(originals.tails, one[0]) and any(_numbers(originals, text, one)) for one in numbers)


def find(originals: Originals, cells: bytes) -> t.Iterator[Found]:
    """The originals in these cells."""
    for view in projections.views(cells):
        words = projections.fold(view).split()
        for kind, start, end in matches(originals, words):
            yield Found(kind, b" ".join(words[start:end]))
        for number in projections.NUMBER.finditer(view):
            for kind, start, end in _numbers(originals, view, number):
                yield Found(kind, view[start:end].translate(None, _NOT_DIGITS).lstrip(b"0")[-canonical.PHONE_DIGITS :])


def matches(originals: Originals, words: t.Sequence[bytes]) -> t.Iterator[tuple[str, int, int]]:
    """Kind, begin and end of each original among these words."""
    for at, word in enumerate(words):
        if word in originals.singles:
            kind = originals.kind((word,))
            if kind:
                yield kind, at, at + 1
        if word in originals.heads and tuple(words[at : at + 2]) in originals.pairs:
            for start in range(max(0, at - LONGEST + 2), at + 1):
                for end in range(at + 2, min(start + LONGEST, len(words)) + 1):
                    kind = originals.kind(tuple(words[start:end]))
                    if kind:
                        yield kind, start, end


def _numbers(originals: Originals, text: bytes, found: re.Match[bytes]) -> t.Iterator[tuple[str, int, int]]:
    """Kind, begin and end of the numbers of originals in a row of digits, whose groups may be several numbers."""
    days = [range(*day.span()) for day in _DAY.finditer(text, *found.span())]
    groups = [one.span() for one in _GROUP.finditer(text, *found.span())]
    groups = [(start, end) for start, end in groups if not any(start in day for day in days)]
    for first, (start, _other) in enumerate(groups):
        before = _BEFORE.search(text, max(0, start - 20), start)
        if before and before[0] and (len(before[0]) > _LETTERS or not before[0].isalpha()):
            continue
        for last, (_other, end) in enumerate(groups[first:], first):
            digits = text[start:end].translate(None, _NOT_DIGITS).decode()
            if len(digits) > DIGITS:
                break
            if len(digits) < canonical.PHONE_DIGITS or _AFTER.match(text, end):
                continue
            written = text[max(0, start - 2) : start].rstrip(b" (").endswith(b"+")
            alone = first < last or not (
                _JOINED.match(text, end) or _JOINED.match(text[max(0, start - 2) : start][::-1])
            )
            kind = _number(originals, digits, written, alone)
            # BE0475918273 is a tax number, of other digits than the phone 0475 91 82 73.
            if kind and not (kind == "phone" and before and before[0]):
                yield kind, start, end


def _number(originals: Originals, digits: str, written: bool, alone: bool) -> str:
    """The kind of a number.

    :param written: whether a plus sign stands before it.
    :param alone: whether it is no part of a longer code, such as the id of a mail.
    """
    for mark, form in number_forms(digits, written, alone):
        kind = originals.kind((mark, form.encode()))
        if kind:
            return kind
    return ""


def number_forms(digits: str, written: bool, alone: bool) -> t.Iterator[tuple[bytes, str]]:
    """The marks under which a number may be known: as it is typed, with its country's code, and without.

    Without a code or a zero at its begin, a number is that of somebody only where it stands alone: among a million
    phones, many a random number is one.
    """
    rest = digits.lstrip("0")
    abroad = written or digits.startswith("00")
    if alone or abroad or digits != rest:
        yield TYPED, digits
    if abroad or len(rest) > 10:
        yield ABROAD, rest
        yield LOCAL, home(rest)
    if not abroad and (alone or digits != rest):
        yield HOME, rest
        yield LOCAL, rest


def home(digits: str) -> str:
    """A number without its country's code (ITU-T E.164) and the zero after it."""
    if digits[:1] in ("1", "7"):
        return digits[1:].lstrip("0")
    return digits[2 if digits[:2] in _CODES else 3 :].lstrip("0")


#: Marks of numbers: as somebody has typed it; with the code of a country, and the same without; without any.
TYPED, ABROAD, HOME, LOCAL = b"#", b"#+", b"#0", b"#1"
#: Codes of two digits; besides 1 and 7, the others have three.
_CODES = frozenset(
    str(code)
    for code in range(20, 99)
    if code not in (21, 22, 23, 24, 25, 26, 28, 29, 35, 37, 38, 42, 50, 59, *range(67, 81), 83, 85, 87, 88, 89, 96, 97)
)


def replace(originals: Originals, text: str, fakes: Fakes, country: str = "") -> str:
    """The text with a fake in the place of each original that it has as it stands."""
    if not _suspicious(originals, projections.cell(text)):
        return text
    spots: list[tuple[int, int, str]] = []
    spans, words = [], []
    for found in _WORD.finditer(text):
        for word in projections.words(found[0]):
            spans.append(found.span())
            words.append(word)
    for kind, first, last in matches(originals, words):
        spots.append((spans[first][0], spans[last - 1][1], kind))
    raw = text.encode("utf-8", "replace")
    for number in projections.NUMBER.finditer(raw):
        for kind, start, end in _numbers(originals, raw, number):
            spots.append((len(raw[:start].decode()), len(raw[:end].decode()), kind))
    parts, at = [], 0
    # The longest of those that begin first; what overlaps it is gone with it.
    for start, end, kind in sorted(spots, key=lambda spot: (spot[0], -spot[1])):
        if start >= at:
            parts += [text[at:start], fakes.function(kind)(text[start:end], country)]
            at = end
    return "".join((*parts, text[at:]))
