# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key, letters


@pytest.mark.parametrize("size", [1, 2, 3, 10, 97, 1000, 31 * 12, 20000])
def test_a_permutation_gives_each_number_once(size: int) -> None:
    permutation = Key(b"k").permutation("x", size)
    assert sorted(map(permutation, range(size))) == list(range(size))


def test_a_large_permutation_gives_none_twice(some: random.Random) -> None:
    permutation = Key(b"k").permutation("x", 26**9)
    numbers = {some.randrange(26**9) for _one in range(5000)}
    made = {permutation(one) for one in numbers}
    assert len(made) == len(numbers) and all(0 <= one < 26**9 for one in made)


def test_what_is_taken_gets_what_is_free_and_none_shares_it(some: random.Random) -> None:
    for size in (10, 100, 5000, 40000):
        permutation = Key(b"k").permutation("x", size)
        taken = set(some.sample(range(size), size // 10))
        made = [permutation.other(one, lambda number, taken=taken: number not in taken) for one in taken]
        assert not taken & set(made), size
        # A permutation has a short way or two.
        assert len(set(made)) > len(made) - 4, size


def test_where_all_are_taken_none_gets_itself() -> None:
    for size in (2, 3, 10):
        permutation = Key(b"k").permutation("x", size)
        assert all(permutation.other(one, lambda _number: False) != one for one in range(size))


def test_digests_are_of_the_secret_the_kind_and_the_text() -> None:
    made = {
        Key(secret).digests(kind)(text) for secret in (b"a", b"b") for kind in ("name", "email") for text in ("x", "y")
    }
    assert len(made) == 8


def test_there_must_be_a_secret() -> None:
    with pytest.raises(ValueError, match="empty"):
        Key(b"")


def test_letters_have_no_digits() -> None:
    assert letters(bytes.fromhex("0123456789abcdef")) == "bcdfghjklmnprstv"
