# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Words that fakes of names and places are made of: lists for each locale, in a file that the controller makes.

The file is JSON: ``{"es_CL": {"given": […], "surnames": […], "suffixes": […], "cities": […], "streets": […]}, …}``.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical

#: Seed of the lists; another one gives other fakes for the same secret.
SEED = 20260101
#: How often Faker is asked for one of a list, and how many different answers are enough.
_ASKED, _ENOUGH = 6_000, 1_500

#: Of which parts the words of :func:`invented` consist.
_BEGIN = ("Ba", "Ce", "Di", "Fo", "Gu", "Ha", "Ki", "Le", "Mo", "Nu", "Pa", "Re", "Si", "To", "Va", "Za")
_MIDDLE = ("bel", "cor", "dan", "fir", "gon", "lam", "mer", "nis", "pol", "rud", "sten", "tas", "vin", "wes")
_END = ("a", "ek", "ina", "o", "us", "yn")


class WordsError(ValueError):
    """The lists cannot be used.  The text says why."""


@dataclass(frozen=True)
class Locale:
    """The words of one locale.

    :param given: given names of persons, a word each.
    :param surnames: of persons; companies are named after two of them.
    :param suffixes: what stands behind a company's name.
    :param country: ISO code.
    """

    country: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    suffixes: tuple[str, ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]


class Words(tuple[Locale, ...]):
    """The locales, in the order of their names."""

    __slots__ = ()


#: Lists of a locale → whether each of their entries is one word.
_LISTS: t.Mapping[str, bool] = {"given": True, "surnames": True, "suffixes": True, "cities": False, "streets": False}


def read(path: Path) -> Words:
    """The words of a file.

    :raises WordsError: it has not that form, or a list is empty.
    """
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise WordsError(f"{path}: {error}") from None


def parse(found: t.Mapping[str, t.Mapping[str, t.Sequence[str]]]) -> Words:
    """The words of the file's content.

    :raises WordsError: a list is empty or missing.
    """
    if not isinstance(found, dict) or not found:
        raise WordsError("no locale is in it")
    locales = []
    for name in sorted(found):
        lists = {key: tuple(found[name].get(key) or ()) for key in _LISTS}
        missing = [key for key, entries in lists.items() if not entries]
        if missing:
            raise WordsError(f"the locale {name} has no {' and no '.join(missing)}")
        locales.append(Locale(country=name.partition("_")[2], **lists))
    return Words(locales)


def build(locales: t.Iterable[str], seed: int = SEED) -> dict[str, dict[str, list[str]]]:
    """The content of the file, by Faker, which the controller has.  The same seed and release give the same.

    :param locales: Faker's names of them, such as ``es_CL``.
    :raises WordsError: Faker does not know one.
    """
    from faker import Faker  # noqa: PLC0415 - the droplet has none, and needs none

    made: dict[str, dict[str, list[str]]] = {}
    for name in locales:
        try:
            faker = Faker(name)
        except AttributeError:
            raise WordsError(f"Faker knows no locale {name}") from None
        faker.seed_instance(seed)
        ways = (faker.first_name, faker.last_name, faker.company_suffix, faker.city, faker.street_name)
        made[name] = {key: _drawn(way, single) for (key, single), way in zip(_LISTS.items(), ways)}
    return made


def kept(folder: Path, locales: t.Sequence[str], seed: int = SEED) -> Path:
    """A file with the words of these locales in a folder, where it is made if it is not there.

    :raises WordsError: Faker does not know one.
    :raises ImportError: there is no Faker.
    """
    from faker import VERSION  # noqa: PLC0415 - as above

    what = json.dumps([VERSION, seed, _ASKED, _ENOUGH, sorted(locales)])
    path = folder / f"words-{hashlib.sha256(what.encode()).hexdigest()[:16]}.json"
    if not path.exists():
        text = json.dumps(build(sorted(set(locales)), seed), sort_keys=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Another run may make it at the same time.
        with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8", delete=False) as stream:
            stream.write(text)
        Path(stream.name).replace(path)
    return path


def _drawn(way: t.Callable[[], str], single: bool) -> list[str]:
    drawn: dict[str, None] = {}
    for _time in range(_ASKED):
        entry = way()
        count = len(canonical.words(entry))
        if count == 1 or (count and not single):
            drawn[entry] = None
        if len(drawn) >= _ENOUGH:
            break
    return sorted(drawn)


def invented() -> Words:
    """Words of no language, where no file was made: they are pronounced easily, and are nobody's."""
    names = ["".join(parts) for parts in itertools.product(_BEGIN, _MIDDLE, _END)]
    surnames = ["".join(parts) + end for parts in itertools.product(_BEGIN, _MIDDLE) for end in ("berg", "dal", "ton")]
    return parse(
        {
            "xx_XX": {
                "given": names,
                "surnames": surnames,
                "suffixes": ["Corp", "Group", "Inc", "Ltd", "Works"],
                "cities": [f"{one}ville" for one in names],
                "streets": [f"{one} Street" for one in surnames],
            }
        }
    )
