# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Collect what must not be in a copy, and look for it there: both by the plan, from streams of COPY."""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import row_rules, verify, workers
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.build import Place
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Table, identifier
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import ROWS, Rule

#: Tables that neutralization writes rows of its own into → how many.
ADDED = {"ir_mail_server": 1}
#: Tables and columns that a message names.
SHOWN = 8


def collect(origin: Place, plan: Plan, originals: Originals, context: row_rules.Context) -> None:
    """Take all originals of personal and secret columns, and share them with workers."""
    with origin.reading() as reader:
        for table in plan.copied():
            rules = plan.rules.get(table.name, {})
            wanted = [column for column in table.columns if column.name in rules and rules[column.name].personal]
            if not wanted:
                continue
            if any(rules[column.name].action == "row" for column in wanted):
                wanted = list(table.columns)
            names = {column.name for column in wanted} | set(table.key)
            columns = [column for column in table.columns if column.name in names]
            originals.collect(
                table.name,
                [(column.name, column.type) for column in columns],
                table.key,
                rules,
                reader.copy(_columns(table, [column.name for column in columns])),
                {word: functools.partial(_decide, context, table.name, word) for word in ROWS},
            )
    for name in plan.empty:
        if name not in ADDED:
            originals.empty(name)
    originals.seal()


def _decide(
    context: row_rules.Context, table: str, word: str, row: t.Mapping[str, str | None], column: str
) -> Rule | None:
    """What is done with an original that a rule for rows is for; ``None``: it may stay."""
    if word == "parameter" and row.get("key") in context.written:
        return None
    rule = context.decide(table, row, column, word)
    return rule if rule and rule.personal else None


def _columns(table: Table, names: t.Sequence[str]) -> str:
    return f"{identifier(table.name)} ({', '.join(map(identifier, names))})"


def prove(
    result: Place, filestore: str, tables: t.Mapping[str, Table], originals: Originals, key: bytes, number: int
) -> dict[str, t.Any]:
    """Search all tables and files of a result.

    :param tables: all that the result has.
    :returns: V(tables), V(rows), V(bytes), V(files), V(seconds), V(originals) (by kind), V(hits): V(table), V(column),
        V(kind), V(count), V(digests).
    """
    start = time.monotonic()
    search = verify.Search(originals, key)
    largest = sorted(tables.values(), key=lambda table: -table.bytes)

    def work(mine: t.Iterator[Table]) -> t.Iterator[verify.Searched]:
        with result.reading() as reader:
            for table in mine:
                types = {column.name: column.type for column in table.columns}
                names = verify.columns(originals, table.name, types, table.key)
                blocks = reader.copy(_columns(table, names))
                yield search.table(table.name, names, blocks, table.key)
                # The session waits until all of a table is taken.
                for _block in blocks:
                    pass

    found = list(workers.share(largest, number, work))
    hits = [hit for one in found for hit in one.hits]
    hits += [
        verify.Hit(one.table, "", verify.ROW, one.rows) for one in found if one.rows > ADDED.get(one.table, one.rows)
    ]
    return {
        "tables": len(found),
        "rows": sum(one.rows for one in found),
        "bytes": sum(one.size for one in found),
        "originals": dict(originals.counts),
        "hits": [dataclasses.asdict(hit) for hit in hits],
        "seconds": round(time.monotonic() - start, 1),
    }


def judge(proof: t.Mapping[str, t.Any]) -> None:
    """:raises BackupError: an original was found."""
    hits = proof["hits"]
    if hits:
        listed = ", ".join(f"{hit['table']}.{hit['column']} ({hit['kind']}, {hit['count']})" for hit in hits[:SHOWN])
        more = f" and {len(hits) - SHOWN} more" if len(hits) > SHOWN else ""
        raise BackupError(
            f"the copy holds originals in {len(hits)} places: {listed}{more}. It was destroyed, and what was there"
            " before is in service. Give these columns a rule in a profile of yours (refresh_profiles); if a name is no"
            " secret, such as that of your own company, allow it with refresh_allowed"
        )
