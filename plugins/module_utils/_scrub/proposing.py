# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Look into the columns of a database that no profile names, and propose a rule for each."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import instant
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    build,
    catalog,
    classify,
    copy_text,
    plan,
    profile,
    proof,
    proposal,
    reader_role,
    row_rules,
    session,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals

if t.TYPE_CHECKING:
    from ansible_collections.ipai.odoo.plugins.module_utils._scrub.refresh import Job

#: Values of a column that are looked at.
SAMPLE = 500
FIELDS = """
    SELECT replace(f.model, '.', '_') AS table, f.name, f.ttype, coalesce(f.related, '') AS related, m.transient,
           coalesce((SELECT string_agg(g.name ->> 'en_US', ', ') FROM ir_model_fields_group_rel AS r
                     JOIN res_groups AS g ON g.id = r.group_id WHERE r.field_id = f.id), '') AS groups
    FROM ir_model_fields AS f JOIN ir_model AS m ON m.id = f.model_id
"""


def of(job: Job) -> tuple[list[str], str]:
    """The columns of a refresh's source without a rule, and a profile with a proposal for each.

    :raises BackupError: the database cannot be copied for another reason, or the profiles are wrong.
    """
    server = Server(job.source.server)
    role = f"ipai_refresh_{job.target.environment}"
    with (
        instant.hold(job.source) as held,
        reader_role.visit(server, job.source.database, role) as reader,
    ):
        origin = build.Place(reader, job.source.database, held.snapshot)
        found, loaded = classify.look(origin, job.scrub.layers)
        missing = profile.unclassified(found.tables, loaded)
        if not missing:
            return [], ""
        originals = Originals(job.scrub.key, job.scrub.allowed)
        made = plan.make(found, loaded.tables, profile.resolve(found.tables, loaded))
        with origin.reading() as asked:
            context = row_rules.context(asked.rows, made, job.scrub.harmless, job.scrub.written)
            proof.collect(origin, made, originals, context)
            fields = {(row["table"], row["name"]): row for row in asked.rows(FIELDS)}
            rules = {
                f"{name}.{column}": str(rule) for name, mine in made.rules.items() for column, rule in mine.items()
            }
            proposals = [
                proposal.propose(
                    _unknown(name, column, fields.get((name, column.name), {})),
                    _sample(asked, name, column.name),
                    originals.known,
                    rules,
                )
                for name, column in missing
            ]
    return [f"{name}.{column.name}" for name, column in missing], proposal.write(proposals)


def _unknown(table: str, column: profile.Column, field: t.Mapping[str, t.Any]) -> proposal.Unknown:
    return proposal.Unknown(
        table,
        column.name,
        column.type,
        column.not_null,
        field.get("ttype", ""),
        field.get("related", ""),
        field.get("groups", ""),
        transient=bool(field.get("transient")),
    )


def _sample(reader: session.Reader, table: str, column: str) -> list[str]:
    name = catalog.identifier(column)
    what = f"(SELECT {name}::text FROM {catalog.identifier(table)} WHERE {name} IS NOT NULL LIMIT {SAMPLE})"  # noqa: S608
    return [copy_text.read(line) or "" for line in b"".join(reader.copy(what)).splitlines()]
