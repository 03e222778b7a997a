# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The originals that must not be found in a result; in memory alone, and shared by forked workers.

What is kept of a value depends on its kind:

- *words* (names, streets, addresses of mail and web, logins, secrets): up to eight of its words, around the pair of
  neighbours by which it is looked for.  A single word counts with six characters, and a text of digits alone never.
- *numbers* (phones, tax numbers, accounts, identifiers): eight digits or more; shorter ones, and those with letters,
  as words, as they are spelled and without what stands between.
- *texts*: some runs of six words of each, up to :data:`RUNS` runs altogether; the rest is a sample.
- *every* value of a rule, also where it is too short to be looked for elsewhere (a city, a date, an amount): its cell,
  in a sample of rows of each table, which must not be in that row any more.

Names in two cells, a first and a last name, are found only where a text has both.
"""

from __future__ import annotations

import bisect
import gc
import json
import re
import typing as t
from array import array

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    allowed,
    canonical,
    copy_text,
    fake_vat,
    finder,
    projections,
    rules,
)

#: Rows of a table whose cells are remembered; beyond, a sample of about half as many.
ROWS = 10_000
#: Runs of words that are remembered of all texts together; the same of each text at most.
RUNS, RUNS_OF_TEXT = 200_000, 3
#: Words of a run of a text; words that are kept of anything else.
RUN, LONGEST = 6, 8
#: A single word is looked for from this length on.
WORD = 6

#: Kinds, in the order of their numbers.
KINDS = (*rules.FAKES, *rules.TEXTS, *rules.SECRETS)
_NUMBERS = frozenset(("phone", "vat", "account", "identifier"))
#: What is looked for nowhere but in its own row: too short, or too frequent.
_OWN_ROW = frozenset(("city", "zip", *rules.NUMBERS))
#: Characters of a tax number, at most, however it is spelled.
LONGEST_TAX = 20
#: Kinds whose originals may be words of Odoo.
SPARED = frozenset(("name", "street", "login", "filename", *rules.TEXTS))
_TAILS = 10**canonical.PHONE_DIGITS

_ADDRESS = re.compile(r"[^\s<>\"'(),:;@\[\]\\]+@[^\s<>\"'(),:;@\[\]\\]+")
_APART = re.compile(r"[,;<>()\[\]\"\n]+")
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?", re.IGNORECASE)
_RUNS_OF_DIGITS = re.compile(r"[0-9]{8,}")

Block = t.Iterable[bytes]
#: (row, column) → what is done with it under a rule for rows; ``None``: it is kept.
Decide = t.Callable[[t.Mapping[str, t.Optional[str]], str], t.Optional[rules.Rule]]


class Originals:
    """See the module.

    :param key: the secret of the fakes; samples depend on it.
    :param also_allowed: originals that may stay, besides those of :mod:`allowed`.
    """

    def __init__(self, key: bytes, also_allowed: t.Iterable[str] = (), *, rows: int = ROWS, runs: int = RUNS) -> None:
        self._key, self._rows, self._runs_left = key, rows, runs
        self._allowed = frozenset(tuple(projections.words(one)) for one in (*allowed.ALLOWED, *also_allowed))
        self.heads: set[bytes] = set()
        self.pairs: set[tuple[bytes, bytes]] = set()
        self.singles: set[bytes] = set()
        self.tails = bytearray(_TAILS // 8)
        self._marks = array("Q")
        self._words: dict[bytes, bytes] = {}
        self.rows: dict[str, dict[bytes, dict[str, int]]] = {}
        self.emptied: set[str] = set()
        self.counts: dict[str, int] = {}
        self.spared: dict[str, int] = {}

    # Collecting

    def empty(self, table: str) -> None:
        """No row of this table may be in the result."""
        self.emptied.add(table)

    def collect(
        self,
        table: str,
        columns: t.Sequence[tuple[str, str]],
        key: t.Sequence[str],
        profile: t.Mapping[str, rules.Rule],
        blocks: Block,
        decide: t.Mapping[str, Decide] | None = None,
    ) -> None:
        """Take the originals of a table from a stream of COPY.

        :param columns: names and types of what the stream has, in its order.
        :param decide: for rules for rows, by their word; where there is none, every row's value counts as a secret.
        """
        names = [name for name, _type in columns]
        keys = [names.index(name) for name in key]
        sample = Sample(self._key, self._rows)
        wanted = [
            (index, name, kind == "jsonb", profile[name])
            for index, (name, kind) in enumerate(columns)
            if name in profile and profile[name].personal
        ]
        places = {name: index for index, name in enumerate(names)}
        asked = any(rule.action == "row" for _index, _name, _nested, rule in wanted)
        for block in copy_text.lines(blocks):
            width = len(columns)
            cells = block.rstrip(b"\n").replace(b"\n", b"\t").split(b"\t")
            rows = list(zip(*(cells[index::width] for index in keys)))
            chosen = sample.choose([b"\t".join(row) for row in rows]) if keys else {}
            views = (
                [copy_text.Row(places, cells[at : at + width]) for at in range(0, len(cells), width)] if asked else []
            )
            for index, name, nested, rule in wanted:
                column: t.Sequence[bytes | None] = cells[index::width]
                found: t.Sequence[rules.Rule | None] = ()
                if rule.action == "row":
                    ask = (decide or {}).get(rule.word)
                    found = [ask(view, name) if ask else rules.Rule("null", "secret") for view in views]
                    column = [cell if one else None for cell, one in zip(column, found)]
                for number, entry in chosen.items():
                    mark = self._cell(column[number])
                    if mark:
                        entry[name] = mark
                for one in set(found) if found else (rule,):
                    if one is not None:
                        mine = (cell for cell, its in zip(column, found) if its == one) if found else column
                        self._add_cells(one, nested, mine)
        self.rows[table] = sample.kept

    def _cell(self, cell: bytes | None) -> int:
        """What stands for a cell; 0 where it says nothing."""
        if cell is None or not cell.strip(b"0.") or cell in (copy_text.NULL, b"f", b"t", b"{}", b"[]", b'""', b"null"):
            return 0
        words = tuple(projections.fold(projections.without_tags(projections.cells(cell[:200]))).split())
        if not words or words in self._allowed or is_public(cell.decode()):
            return 0
        return hash(cell) or 1

    def _add_cells(self, rule: rules.Rule, nested: bool, cells: t.Iterable[bytes | None]) -> None:
        different = set(cells)
        different -= {None, copy_text.NULL, b""}
        values = (copy_text.read(cell) or "" for cell in different if cell is not None)
        self.add(rule, (text for value in values for text in strings(value)) if nested else values)

    def add(self, rule: rules.Rule, values: t.Iterable[str | None]) -> None:
        """Take originals that a column under this rule has had."""
        kind = rule.word if rule.word in KINDS else "text"
        if rule.word in _OWN_ROW or rule.action == "placeholder":
            return
        add = {"name": self._add_words, "text": self._add_text, "html": self._add_text}.get(kind)
        if add is None:
            add = self._add_number if kind in _NUMBERS else self._add_parts
        for value in values:
            if value:
                add(kind, value)

    def _add_parts(self, kind: str, value: str) -> None:
        """Of a list, each name and each address; of anything else, the whole."""
        if kind in ("names", "email", "emails", "login"):
            for address in _ADDRESS.findall(value):
                self._add_sequence("email", projections.words(address), len(projections.words(address.split("@")[0])))
            kind = "login" if kind == "login" else "name"
            for name in _APART.split(_ADDRESS.sub(",", value)):
                self._add_words(kind, name)
        elif kind in ("url", "domain"):
            self._add_words(kind, _SCHEME.sub("", value.strip()))
        elif kind == "filename":
            # ``scan.pdf`` says nothing; a name in a file's name does.
            if len(projections.words(value)) > 3:
                self._add_words(kind, value)
        else:
            self._add_words(kind, value)

    def _add_number(self, kind: str, value: str) -> None:
        compact = canonical.compact(value)
        if is_public(compact):
            return
        runs = [compact] if kind == "phone" else _RUNS_OF_DIGITS.findall(compact)
        for run in runs:
            digits = canonical.digits(run)
            if len(digits) < canonical.PHONE_DIGITS:
                continue
            tail = int(digits[-canonical.PHONE_DIGITS :])
            self.tails[tail >> 3] |= 1 << (tail & 7)
            rest, forms = digits.lstrip("0"), {(finder.TYPED, digits)}
            if kind == "phone" and (digits.startswith("00") or value.lstrip(" (").startswith("+")):
                forms |= {(finder.ABROAD, rest), (finder.HOME, finder.home(rest))}
            elif kind == "phone":
                forms.add((finder.LOCAL, rest))
            for sign, form in forms:
                if len(form) >= canonical.PHONE_DIGITS:
                    self._mark(kind, (sign, form.encode()))
        if kind != "phone" and len(compact) >= WORD and not compact.isdigit():
            self._add_words(kind, value)
            self._add_words(kind, compact)

    def _add_words(self, kind: str, value: str) -> None:
        found = projections.words(value)
        if b"," in found:
            self._add_sequence(kind, [word for word in found if word != b","])
        if kind == "street":
            # The number of a house stands behind a comma, or does not.
            for at in (1, len(found) - 1):
                self._add_sequence(kind, [*found[:at], b",", *found[at:]])
        self._add_sequence(kind, found)

    def _add_sequence(self, kind: str, found: list[bytes], second: int = 0) -> None:
        if tuple(found) in self._allowed or all(word == b"," or word.isdigit() for word in found):
            return
        if len(found) == 1:
            word = found[0]
            if len(word) >= WORD:
                self.singles.add(self._words.setdefault(word, word))
                self._mark(kind, (word,))
        elif found:
            # An address is looked for by the words around its sign: fakes have other hosts.
            at = second - 1 if 0 < second < len(found) else _middle(found)
            start = max(0, min(at - LONGEST // 2 + 1, len(found) - LONGEST))
            self._add_pair(kind, found[start : start + LONGEST], at - start)

    def _add_pair(self, kind: str, found: t.Sequence[bytes], at: int) -> None:
        first, second = (self._words.setdefault(word, word) for word in found[at : at + 2])
        self.heads.add(first)
        self.pairs.add((first, second))
        self._mark(kind, tuple(found))

    def _add_text(self, kind: str, value: str) -> None:
        for view in projections.markup(projections.cell(value)):
            found = projections.fold(view).split()
            places = sorted(range(len(found) - RUN + 1), key=lambda at: -len(found[at + 2]) - len(found[at + 3]))
            for at in places[:RUNS_OF_TEXT]:
                # A pair of long words is rare; frequent ones would stop the search everywhere.
                if self._runs_left and len(found[at + 2]) + len(found[at + 3]) >= 14:
                    self._runs_left -= 1
                    self._add_pair(kind, found[at : at + RUN], 2)
            return

    def _mark(self, kind: str, what: tuple[bytes, ...]) -> None:
        self._marks.append(_hash(what) | KINDS.index(kind))
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def seal(self) -> None:
        """Nothing more is added: from here on, forked processes share it all."""
        self._words.clear()
        self._marks = array("Q", sorted(set(self._marks)))
        gc.collect()
        gc.freeze()

    def spare(self, blocks: Block, kinds: t.Container[str] = SPARED) -> None:
        """Look no more for names and texts that are words of Odoo itself; after :meth:`seal`.

        :param kinds: which originals may be words of these.
        :param blocks: COPY text that modules alone have written, such as C(ir_model_fields) where its state is
            C(base), and C(ir_module_module).
        """
        found: set[tuple[bytes, ...]] = set()
        for block in copy_text.lines(blocks):
            for view in projections.views(projections.cells(block)):
                words = projections.fold(view).split()
                found.update(
                    tuple(words[start:end]) for kind, start, end in finder.matches(self, words) if kind in kinds
                )
        for what in found:
            kind = self.kind(what)
            self.spared[kind] = self.spared.get(kind, 0) + 1
        self.singles -= {what[0] for what in found if len(what) == 1}
        gone = {_hash(what) for what in found}
        self._marks = array("Q", (mark for mark in self._marks if mark & ~_KIND not in gone))

    # Asking

    def known(self, kind: str, value: str) -> bool:
        """Whether a value of this kind would be found: a fake must not."""
        return kind in KINDS and finder.has(self, projections.cell(value))

    def kind(self, what: tuple[bytes, ...]) -> str:
        """The kind of the original with these words; empty where there is none."""
        mark = _hash(what)
        at = bisect.bisect_left(self._marks, mark)
        found = self._marks[at] if at < len(self._marks) else -1
        return KINDS[found & _KIND] if found >= 0 and found & ~_KIND == mark else ""


def is_public(text: str) -> bool:
    """Whether it is a tax number that stands for nobody, and stays (see :mod:`fake_vat`)."""
    if len(text) > LONGEST_TAX:
        return False
    compact = canonical.compact(text)
    return compact in fake_vat.PUBLIC or compact[2:] in fake_vat.PUBLIC


class Sample:
    """Some rows of a table, chosen by their keys: they cannot be foreseen, and hold for the life of the process."""

    def __init__(self, key: bytes, size: int) -> None:
        self._key, self._size, self._step = key, size, 1
        self.kept: dict[bytes, dict[str, int]] = {}

    def choose(self, keys: t.Sequence[bytes]) -> dict[int, dict[str, int]]:
        """Entries to fill for rows of a block, by their number in it."""
        chosen = {}
        for index, key in enumerate(keys):
            if self._step == 1 or not hash((self._key, key)) % self._step:
                chosen[index] = self.kept[key] = {}
        while len(self.kept) > self._size:
            self._step *= 2
            self.kept = {key: entry for key, entry in self.kept.items() if not hash((self._key, key)) % self._step}
        return chosen


def strings(text: str) -> t.Iterator[str]:
    """Every string in a value of JSON; the text itself, where it is none."""
    try:
        waiting = [json.loads(text)]
    except ValueError:
        waiting = [text]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (dict, list)):
            waiting.extend(one.values() if isinstance(one, dict) else one)


def _middle(found: t.Sequence[bytes]) -> int:
    """Where the pair begins by which words are looked for: the longest is the rarest."""
    return max(range(len(found) - 1), key=lambda at: (len(found[at]) + len(found[at + 1]), -at))


_KIND = 31


def _hash(what: tuple[bytes, ...]) -> int:
    return hash(what) & (2**63 - 1) & ~_KIND
