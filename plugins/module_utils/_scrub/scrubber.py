# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""One database's originals, the fakes that stand for them, and the search for what is left of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    attachments,
    classify,
    finder,
    proof,
    row_rules,
    rows,
    verify,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.build import Place
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fakes import Fakes
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.profile import Layer
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.words import Words


@dataclass(frozen=True)
class Scrub:
    """How values are changed.

    :param key: the secret that fakes are made with.
    :param layers: profiles, the later over the earlier.
    :param harmless: keys of system parameters whose values are kept; patterns of :mod:`fnmatch`.
    :param written: keys of those that are set afterwards: they may get the value that they had.
    :param allowed: texts that are no originals, whoever has them as a name.
    """

    key: bytes
    words: Words
    layers: tuple[Layer, ...]
    harmless: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    workers: int = 2


class Scrubber:
    """Collects the originals of a database; they stay in memory.

    :raises CommandError: it cannot be read.
    """

    def __init__(self, scrub: Scrub, origin: Place, classified: classify.Classified) -> None:
        self.classified = classified
        self._scrub = scrub
        with origin.reading() as reader:
            self._context = row_rules.context(reader.rows, classified.plan, scrub.harmless, scrub.written)
            companies = [str(row["name"]) for row in reader.rows(classify.COMPANIES)]
        self.originals = Originals(scrub.key, scrub.allowed)
        proof.collect(origin, classified.plan, self.originals, self._context)
        proof.spare(origin, self.originals, classified.plan.catalog.tables)
        self._search = verify.Search(self.originals, scrub.key, self._context.ignores)
        known: set[int] = set()
        self._fakes = Fakes(scrub.key, scrub.words, self.originals, known)
        known.update(map(self._fakes.company_hash, companies))

    def tools(self, files: attachments.Files) -> rows.Tools:
        """What rows are changed with."""
        return rows.Tools(
            self._fakes,
            lambda text: finder.replace(self.originals, text, self._fakes),
            self._context,
            self.classified.countries,
            self.classified.country,
            {attachments.TABLE: files.hook},
        )

    def prove(self, result: Place, filestore: str, gone: t.Container[str] = ()) -> dict[str, t.Any]:
        """Search a result; the report (see :func:`proof.prove`)."""
        return proof.prove(result, filestore, gone, self.originals, self._search, self._scrub.workers)
