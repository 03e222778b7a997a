# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A dump as small pieces, of which a second backup stores only those that changed.

restic stores a stream in chunks of 512 KiB at least, mostly of 1.5 MiB, and one row that was written to makes such a
chunk a new one.  It ends a chunk at the smallest size where the 64 bytes before are zeros.  So each piece goes into a
block of exactly that size, the rest of which is zeros: a chunk of its own, and zeros take no space once compressed.

A block is the length of its piece (4 bytes, big-endian), the piece, and zeros; one of zeros alone is the end.
"""

from __future__ import annotations

import re
import typing as t

BLOCK = 512 * 1024
#: A piece has at least so many bytes and at most twice as many.  Half of that would store a seventh less of a second
#: backup, and double what restic has to read.
PIECE = 128 * 1024
HEAD = 4
WINDOW = 64
#: Where a piece may end, the best first: all are beginnings of rows, so that the pieces are the same again behind rows
#: that came, went or moved, and those of few ids come first, so that this is soon.  pg_dump may write a length before a
#: row.
ENDS = [re.compile(rb"\n(?=(?:\0[\s\S]{4})?\d*%s)" % rest) for rest in (rb"000\t", rb"00\t", rb"0\t", rb"")]

_ZEROS = memoryview(bytes(BLOCK))


class DamagedError(ValueError):
    """A stream is not one of blocks, or not the whole of it."""


def frame(stream: t.Iterable[bytes]) -> t.Iterator[bytes | memoryview]:
    """The blocks for a stream, in parts of any size, as is the stream."""
    held = bytearray()
    for part in stream:
        held += part
        start = 0
        while len(held) - start >= 2 * PIECE:
            end = _end(held, start)
            yield from _block(bytes(held[start:end]))
            start = end
        del held[:start]
    if held:
        yield from _block(bytes(held))
    yield _ZEROS


def _end(held: bytearray, start: int) -> int:
    """Where the piece ends that begins at ``start``; what comes behind the longest possible one does not matter."""
    for pattern in ENDS:
        if match := pattern.search(held, start + PIECE, start + 2 * PIECE):
            return match.end()
    return start + 2 * PIECE


def _block(piece: bytes) -> t.Iterator[bytes | memoryview]:
    yield len(piece).to_bytes(HEAD, "big") + piece
    yield _ZEROS[HEAD + len(piece) :]


def unframe(stream: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """The stream that is in blocks.

    :raises DamagedError: they are not what :func:`frame` makes, or end early.
    """
    held = bytearray()
    ended = False
    for part in stream:
        held += part
        for start in range(0, len(held) - BLOCK + 1, BLOCK):
            size = int.from_bytes(held[start : start + HEAD], "big")
            if ended or size > BLOCK - HEAD - WINDOW:
                raise DamagedError(f"it is damaged: no block begins with {held[start : start + HEAD].hex()}")
            ended = not size
            yield bytes(held[start + HEAD : start + HEAD + size])
        del held[: len(held) // BLOCK * BLOCK]
    if held or not ended:
        raise DamagedError("it is damaged: its end is missing")
