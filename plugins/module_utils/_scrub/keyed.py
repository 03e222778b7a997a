# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What a secret makes of a text: numbers, streams of bytes, and permutations that only it can undo."""

from __future__ import annotations

import array
import hashlib
import math
import struct
import typing as t

#: Pairs of rounds of a permutation.
_PAIRS = 3
#: Up to this size of a half, rounds are looked up in tables: a tenth of the time of hashing.
_TABLE = 10_000
#: Steps of a walk before it is given up: nearly all values are taken.
_STEPS = 2000
#: Permutations that are remembered.
_KEPT = 256


def letters(raw: bytes) -> str:
    """Two small letters for each byte.

    No digits: digits beside each other could be somebody's phone number.
    """
    return raw.hex().translate(_LETTERS)


_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnprstv")


class Key:
    """A secret; the same in every process and on every machine."""

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("the secret of the fakes is empty")
        self._key = hashlib.blake2b(secret, person=b"ipai.odoo.scrub").digest()
        self._permutations: dict[tuple[str, int], Permutation] = {}

    def digests(self, kind: str, size: int = 16) -> t.Callable[[str], bytes]:
        """A function that makes so many bytes of a text, up to 64."""
        state = hashlib.blake2b(key=self._key, digest_size=size, person=kind.encode())

        # A copy of a state that has read the key already takes half the time of a new one.
        def digest(text: str) -> bytes:
            copied = state.copy()
            copied.update(text.encode("utf-8", "surrogatepass"))
            return copied.digest()

        return digest

    def stream(self, kind: str, text: str, size: int) -> bytes:
        """As many bytes of a text as are wanted."""
        start = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, person=kind.encode())
        return hashlib.shake_256(start.digest()).digest(size)

    def permutation(self, kind: str, size: int) -> Permutation:
        """The permutation of that size, for a kind of values."""
        made = self._permutations.get((kind, size))
        if made is None:
            if len(self._permutations) >= _KEPT:
                self._permutations.clear()
            made = self._permutations[kind, size] = Permutation(self, f"permutation {kind} {size}", size)
        return made


class Permutation:
    """Another number for each number below ``size``, no two of them the same: a Feistel network on two halves."""

    def __init__(self, key: Key, label: str, size: int) -> None:
        self.size = size
        self._side = math.isqrt(size - 1) + 1
        make = self._table if self._side <= _TABLE else self._hashed
        self._rounds = [(make(key, f"{label} {one}"), make(key, f"{label} {one} odd")) for one in range(_PAIRS)]

    def _table(self, key: Key, label: str) -> t.Callable[[int], int]:
        parts = struct.unpack(f"<{self._side}I", key.stream("table", label, 4 * self._side))
        return array.array("H", [one % self._side for one in parts]).__getitem__

    def _hashed(self, key: Key, label: str) -> t.Callable[[int], int]:
        # 64 bytes are more than a half of 128 letters.
        digest = key.digests("round", 64)
        return lambda half: int.from_bytes(digest(f"{label} {half}"), "little")

    def __call__(self, number: int) -> int:
        side, size = self._side, self.size
        while True:
            left, right = divmod(number, side)
            for even, odd in self._rounds:
                left = (left + even(right)) % side
                right = (right + odd(left)) % side
            number = left * side + right
            # The square of the side is a little larger than the size: walk on, back into it.
            if number < size:
                return number

    def other(self, number: int, free: t.Callable[[int], bool | None]) -> int:
        """A number that is free, for one that is not, and another one for each.

        It is the one that closes the bracket, if on the way through the permutation a number that is taken opens
        one, and a free number closes one.  Two may share one only where more than half of a way is taken, and it is
        taken itself only where nearly all are.

        :param free: false for a taken number; ``None`` for one that is no value at all, which does not count.
        """
        depth, now, valid = 1, number, -1
        for step in range(_STEPS):
            now = self(now)
            if now == number:
                # Round: a short way with too few free numbers.  Others follow.
                depth, now = 1, (number + step + 1) % self.size
                if now == number:
                    break
            said = free(now)
            if said is None:
                continue
            valid = now
            depth = depth - 1 if said else depth + 1
            if not depth:
                return now
        return valid if valid >= 0 else (number + 1) % self.size
