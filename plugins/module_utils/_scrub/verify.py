# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether originals are in a database: each table of it, as a stream of COPY, is searched.

What is found is told by table, column and kind, with keyed digests: never a value.
"""

from __future__ import annotations

import hashlib
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import copy_text, finder, profile, projections
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals

#: Kinds of hits that are no kind of an original: a cell that its rule has not changed, a row of an emptied table.
SAME, ROW = "unchanged cell", "row"
#: Hits of a table after which the rest of it is not searched: the count is then a lower bound.
ENOUGH = 500
#: Parts of a block that are searched by themselves, when there is something in it.
PARTS = 16
#: Digests that are kept of a column and kind.
DIGESTS = 5

#: (table, row, column, what was found) → whether that is no leak.
Ignores = t.Callable[[str, t.Mapping[str, t.Optional[str]], str, finder.Found], bool]


@dataclass(frozen=True)
class Hit:
    """What was found in a column.

    :param count: cells.
    :param digests: keyed, of some of the originals: equal ones are of one original.
    """

    table: str
    column: str
    kind: str
    count: int
    digests: tuple[str, ...] = ()


@dataclass
class Searched:
    """What was done with a table.

    :param whole: whether all of it was read.
    """

    table: str
    rows: int = 0
    size: int = 0
    seconds: float = 0.0
    whole: bool = True
    hits: list[Hit] = field(default_factory=list)


def columns(originals: Originals, table: str, types: t.Mapping[str, str], key: t.Sequence[str]) -> list[str]:
    """Those that must be read of a table: its key first, what says something by itself, and what its sample knows."""
    sampled = {name for entry in originals.rows.get(table, {}).values() for name in entry}
    wanted = [name for name in types if profile.needs_rule(types[name]) or name in sampled]
    return [*key, *(name for name in wanted if name not in key)] or list(types)[:1]


class Search:
    """Searches tables for originals.

    :param key: of the digests.
    :param ignores: whether what was found in a column of a row is Odoo's own.
    """

    def __init__(self, originals: Originals, key: bytes, ignores: Ignores | None = None) -> None:
        self.originals, self._ignores = originals, ignores
        self._key = hashlib.blake2b(key, person=b"ipai.odoo.digest").digest()

    def digest(self, form: bytes) -> str:
        """What stands for an original in reports."""
        return hashlib.blake2b(form, key=self._key, digest_size=6).hexdigest()

    def table(
        self, table: str, names: t.Sequence[str], blocks: t.Iterable[bytes], key: t.Sequence[str] = ()
    ) -> Searched:
        """Search a stream of the columns ``names`` of a table.

        :param key: those of its primary key; without, its rows are not compared with those of the original.
        """
        done, found, begin = Searched(table), Tally(self), time.monotonic()
        sample = self.originals.rows.get(table, {}) if key and set(key) <= set(names) else {}
        keys = [names.index(name) for name in key] if sample else []
        places = {name: index for index, name in enumerate(names)}
        for block in copy_text.lines(blocks):
            done.size += len(block)
            done.rows += block.count(b"\n")
            if table in self.originals.emptied:
                found.add("", ROW, b"")
                done.whole = False
            if sample:
                for line in block.splitlines():
                    self._row(line.split(b"\t"), names, keys, sample, found)
            for line in self._narrow(block):
                cells = line.split(b"\t")
                row = copy_text.Row(places, cells)
                for name, cell in zip(names, cells):
                    for one in set(finder.find(self.originals, projections.cells(cell))):
                        if not (self._ignores and self._ignores(table, row, name, one)):
                            found.add(name, one.kind, one.form)
                if found.total >= ENOUGH:
                    break
            if found.total >= ENOUGH or not done.whole:
                done.whole = False
                break
        done.hits, done.seconds = found.hits(table), time.monotonic() - begin
        return done

    def _row(
        self,
        cells: t.Sequence[bytes],
        names: t.Sequence[str],
        keys: t.Sequence[int],
        sample: t.Mapping[bytes, t.Mapping[str, int]],
        found: Tally,
    ) -> None:
        """Compare a row with what it was, if it is one of the sample."""
        marks = sample.get(b"\t".join(cells[index] for index in keys))
        if marks:
            for name, cell in zip(names, cells):
                if name in marks and marks[name] == (hash(cell) or 1):
                    found.add(name, SAME, b"")

    def _narrow(self, block: bytes) -> t.Iterator[bytes]:
        """The lines in which there may be an original: parts of parts of a block."""
        if not finder.suspicious(self.originals, projections.cells(block)):
            return
        lines = block.splitlines(keepends=True)
        if len(lines) == 1:
            yield lines[0].rstrip(b"\n")
            return
        step = -(-len(lines) // PARTS)
        for at in range(0, len(lines), step):
            yield from self._narrow(b"".join(lines[at : at + step]))


class Tally:
    """Hits of one table."""

    def __init__(self, search: Search) -> None:
        self._search, self.total = search, 0
        self._found: dict[tuple[str, str], tuple[int, dict[str, None]]] = {}

    def add(self, column: str, kind: str, form: bytes) -> None:
        count, digests = self._found.get((column, kind), (0, {}))
        if form and len(digests) < DIGESTS:
            digests[self._search.digest(form)] = None
        self._found[column, kind] = count + 1, digests
        self.total += 1

    def hits(self, table: str) -> list[Hit]:
        return [Hit(table, *where, count, tuple(digests)) for where, (count, digests) in self._found.items()]
