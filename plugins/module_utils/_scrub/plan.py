# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What becomes of each table: emptied, copied as it is, or copied with some columns changed.

A row that is not copied leaves nothing behind that names it: columns that refer to it are emptied, and so are tables
that do nothing but connect it with others.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Catalog, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

#: Why a column that refers to an emptied table is emptied.
GONE = "its row is not copied"


class PlanError(Exception):
    """What is emptied cannot be.  The text says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """:param empty: table → why nothing of it is copied.

    :param rules: table → column → what is done with it; a column without a rule is copied as it is.
    """

    catalog: Catalog
    empty: t.Mapping[str, str]
    rules: t.Mapping[str, t.Mapping[str, Rule]]

    def copied(self) -> list[Table]:
        """The tables with rows to be copied, the largest first, so that no worker is left with it alone."""
        found = [table for table in self.catalog.tables.values() if table.name not in self.empty]
        return sorted(found, key=lambda table: (-table.bytes, table.name))


def make(catalog: Catalog, empty: t.Mapping[str, str], rules: t.Mapping[str, t.Mapping[str, Rule]]) -> Plan:
    """Follow the foreign keys.

    :param empty: tables that a profile empties, whether they exist or not.
    :param rules: those of a profile for the columns of this database.
    :raises PlanError: a row that is copied must name one that is not.
    """
    gone = {name: why for name, why in empty.items() if name in catalog.tables}
    while True:
        links = _links(catalog, gone)
        if not links:
            break
        gone.update(links)
    found = {name: dict(columns) for name, columns in rules.items() if name in catalog.tables and name not in gone}
    for reference in catalog.references:
        if reference.target not in gone or reference.table in gone:
            continue
        table = catalog.tables[reference.table]
        for name in reference.columns:
            column = table.column(name)
            if column and column.not_null:
                raise PlanError(
                    f"every row of {table.name} must name one of {reference.target} (column {name}), and"
                    f" {reference.target} is emptied: {gone[reference.target]}. In your profile, empty {table.name} as"
                    f" well ('{table.name}: truncate …'), or keep {reference.target}"
                )
            found.setdefault(table.name, {})[name] = Rule("null", GONE)
    return Plan(catalog, gone, found)


def _links(catalog: Catalog, gone: t.Mapping[str, str]) -> dict[str, str]:
    """Tables that only connect others, one of which is emptied."""
    referring: dict[str, set[str]] = {}
    found = {}
    for reference in catalog.references:
        referring.setdefault(reference.table, set()).update(reference.columns)
    for reference in catalog.references:
        table = catalog.tables[reference.table]
        only = {column.name for column in table.columns} <= referring[table.name]
        if only and reference.target in gone and table.name not in gone:
            found[table.name] = f"connects rows of {reference.target}, which is emptied"
    return found
