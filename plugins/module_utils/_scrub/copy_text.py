# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""PostgreSQL's text format of COPY: a line for each row, tabs between the fields (PostgreSQL's manual, COPY)."""

from __future__ import annotations

import re
import typing as t

#: How NULL is written.
NULL = b"\\N"
#: Ends the rows in a stream of commands.
END = b"\\."

_ESCAPED = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WRITTEN = str.maketrans({"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"})


def read(field: bytes) -> str | None:
    """The value of a field; ``None`` is NULL."""
    if field == NULL:
        return None
    text = field.decode()
    return _ESCAPED.sub(_letter, text) if "\\" in text else text


def write(value: str | None) -> bytes:
    """The field of a value."""
    return NULL if value is None else value.translate(_WRITTEN).encode()


def _letter(match: re.Match[str]) -> str:
    # COPY TO writes letters alone; numbers are for those who write by hand.
    code = match[1]
    if code[0] in "01234567":
        return chr(int(code, 8))
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _LETTERS.get(code, code)


class Row(t.Mapping[str, "str | None"]):
    """A row's values by column, read when they are asked for."""

    def __init__(self, places: t.Mapping[str, int], fields: t.Sequence[bytes]) -> None:
        self._places, self._fields = places, fields

    def __getitem__(self, name: str) -> str | None:
        return read(self._fields[self._places[name]])

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def lines(blocks: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """Whole lines, many at a time, of blocks that end anywhere."""
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest
