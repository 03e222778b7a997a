# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Collect what must not be in a copy, and look for it there: both by the plan, from streams of COPY."""

from __future__ import annotations

import collections
import functools
import time
import typing as t
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    catalog,
    row_rules,
    scan_report,
    verify,
    verify_files,
    workers,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.build import Place
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Table, identifier
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import ROWS, TEXTS, Rule
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.session import Reader

#: Tables that neutralization writes rows of its own into → how many.
ADDED = {"ir_mail_server": 1}
#: What PostgreSQL has noted of the values of columns.
STATISTICS = """(
    SELECT tablename, attname, concat_ws(' ', most_common_vals::text, histogram_bounds::text) FROM pg_stats
    WHERE schemaname = 'public'
)"""
#: Where words of Odoo's own stand: names of models and fields, of countries, languages and currencies.
WORDS = (
    "SELECT name, model, field_description, help FROM ir_model_fields WHERE state = 'base'",
    "SELECT name, model FROM ir_model WHERE state = 'base'",
    "SELECT value, name FROM ir_model_fields_selection",
    "SELECT name, shortdesc, summary FROM ir_module_module",
    "SELECT name FROM res_country",
    "SELECT name FROM res_country_state",
    "SELECT name FROM res_lang",
    "SELECT name, full_name FROM res_currency",
)
#: Texts that modules have written, and that messages made from them repeat.
PHRASES: t.Mapping[str, str] = {
    "ir_ui_view": """
        SELECT arch_db FROM ir_ui_view AS v JOIN ir_model_data AS d ON d.model = 'ir.ui.view' AND d.res_id = v.id
        WHERE d.module NOT IN ('__export__', '__custom__', '__import__', 'studio_customization')
    """,
    "mail_template": """
        SELECT body_html, subject FROM mail_template AS m
        JOIN ir_model_data AS d ON d.model = 'mail.template' AND d.res_id = m.id
        WHERE d.module NOT IN ('__export__', '__custom__', '__import__', 'studio_customization')
    """,
}
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


def spare(origin: Place, originals: Originals, tables: t.Container[str]) -> None:
    """Look no more for what is also a word or a phrase of Odoo's own."""
    with origin.reading() as reader:
        for what in WORDS:
            originals.spare(reader.copy(f"({what})"))
        for table, what in PHRASES.items():
            if table in tables:
                originals.spare(reader.copy(f"({what})"), TEXTS)


def prove(
    result: Place, filestore: str, gone: t.Container[str], originals: Originals, search: verify.Search, number: int
) -> dict[str, t.Any]:
    """Search all tables and files of a result, and what PostgreSQL remembers of values for its planner.

    :param gone: names of files of the source whose content must not be there.
    :returns: the report (see :func:`scan_report.build`).
    """
    start = time.monotonic()
    with result.reading() as reader:
        tables = catalog.read(reader.rows).tables
    largest: list[Table | str] = ["files", *sorted(tables.values(), key=lambda table: -table.bytes), "statistics"]

    def work(mine: t.Iterator[Table | str]) -> t.Iterator[verify.Searched]:
        with result.reading() as reader:
            for one in mine:
                if one == "files":
                    yield verify_files.folder(search, filestore, gone)
                elif isinstance(one, str):
                    yield search.table("pg_stats", ("table", "column", "values"), reader.copy(STATISTICS))
                else:
                    yield _searched(search, one, reader)

    found = list(workers.share(largest, number, work))
    for one in found:
        # The first row ends the search of a table that must have none.
        if one.rows > ADDED.get(one.table, one.rows):
            one.hits.append(verify.Hit(one.table, "", verify.ROW, one.rows))
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return scan_report.build(originals.counts, found, round(time.monotonic() - start, 1), now)


def _searched(search: verify.Search, table: Table, reader: Reader) -> verify.Searched:
    types = {column.name: column.type for column in table.columns}
    names = verify.columns(search.originals, table.name, types, table.key)
    blocks = reader.copy(_columns(table, names))
    done = search.table(table.name, names, blocks, table.key)
    # The session waits until all of a table is taken.
    collections.deque(blocks, maxlen=0)
    return done


def judge(proof: t.Mapping[str, t.Any]) -> None:
    """:raises BackupError: an original was found."""
    hits = proof["hits"]
    if not proof["clean"]:
        listed = ", ".join(f"{hit['table']}.{hit['column']} ({hit['kind']}, {hit['count']})" for hit in hits[:SHOWN])
        more = f" and {len(hits) - SHOWN} more" if len(hits) > SHOWN else ""
        raise BackupError(
            f"the copy holds originals in {len(hits)} places: {listed}{more}. It was destroyed, and what was there"
            " before is in service. Give these columns a rule in a profile of yours (refresh_profiles); if a name is no"
            " secret, such as that of your own company, allow it with refresh_allowed"
        )
