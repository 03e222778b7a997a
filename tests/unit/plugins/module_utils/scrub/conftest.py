# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, words
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fakes import Fakes

FORMS: t.Mapping[str, t.Callable[[str], str]] = {
    **dict.fromkeys(("name", "street", "city"), canonical.name),
    **dict.fromkeys(("email", "login", "domain"), canonical.email),
    "phone": canonical.phone,
}


def form(kind: str, value: str) -> str:
    return FORMS.get(kind, canonical.compact)(value)


class Originals:
    """The originals as a set."""

    def __init__(self, **values: t.Iterable[str]) -> None:
        self.sets = {kind: {form(kind, one) for one in all_} for kind, all_ in values.items()}

    def known(self, kind: str, value: str) -> bool:
        found, parts = self.sets.get(kind, set()), form(kind, value).split(" ")
        if FORMS.get(kind) is not canonical.name:
            return form(kind, value) in found
        ends = [(start, end) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)]
        texts = (" ".join(parts[start:end]) for start, end in ends)
        return any(one in found and (" " in one or len(one) >= 6) for one in texts)


MadeFakes = t.Callable[..., Fakes]


@pytest.fixture(scope="session")
def invented() -> words.Words:
    return words.invented()


@pytest.fixture(scope="session")
def make(invented: words.Words) -> MadeFakes:
    """Fakes of a secret and of originals by kind; without originals, the same each time."""
    without: dict[bytes, Fakes] = {}

    def made(secret: bytes = b"secret", companies: t.Container[int] = (), **values: t.Iterable[str]) -> Fakes:
        if values or companies:
            return Fakes(secret, invented, Originals(**values), companies)
        if secret not in without:
            without[secret] = Fakes(secret, invented, Originals())
        return without[secret]

    return made


@pytest.fixture
def some() -> random.Random:
    """Other values in each run; the seed is shown where a test fails."""
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    return random.Random(seed)
