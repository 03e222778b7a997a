# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Set and check the switches of a database: as the role that owns its tables, which may do nothing else."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import neutral_switches
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_switches import Switch

#: Deletes outdated records, and nothing else: it is the one that C(odoo neutralize) lets run, too.
AUTOVACUUM = "base.autovacuum_job"
#: External identifiers; environments, whose names stand in views.
XML_ID = re.compile(r"[A-Za-z0-9_]+\.[A-Za-z0-9_.-]+")
ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

COLUMNS = """
    SELECT c.relname AS "table", a.attname AS "column" FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    AND c.relname = ANY (:'tables'::text[])
"""
UNKNOWN_CRONS = """
    SELECT wanted.id FROM unnest(:'crons'::text[]) AS wanted (id) WHERE NOT EXISTS (
        SELECT FROM public.ir_model_data AS d JOIN public.ir_cron AS c ON c.id = d.res_id
        WHERE d.model = 'ir.cron' AND d.module || '.' || d.name = wanted.id
    )
"""
#: The tables came from production, and with them what a name may mean.
BEGIN = "SET search_path = pg_catalog, public, pg_temp; SET row_security = off; BEGIN;"
#: Columns that choose a mail server, of whatever module: a record that wants an archived one cannot be sent.
REFERENCES = """
    SELECT format({statement}, c.conrelid::regclass, a.attname)
    FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'public.ir_mail_server'::regclass AND NOT a.attnotnull \\gexec
"""
SET_REFERENCES = REFERENCES.format(
    statement="""
    'WITH changed AS (UPDATE %1$s SET %2$I = NULL WHERE %2$I IS NOT NULL RETURNING 1)
     SELECT ''choices of a mail server'', count(*) FROM changed'
    """
)
CHECK_REFERENCES = REFERENCES.format(
    statement="'SELECT ''choices of a mail server'', count(*) FROM %1$s WHERE %2$I IS NOT NULL'"
)
SET_PARAMETER = """
    WITH changed AS (
        INSERT INTO ir_config_parameter (key, value) VALUES (:'key{n}', :'value{n}')
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
        WHERE ir_config_parameter.value IS DISTINCT FROM EXCLUDED.value RETURNING 1
    ) SELECT 'parameter ' || :'key{n}', count(*) FROM changed;
"""
REMOVE_PARAMETER = """
    WITH changed AS (DELETE FROM ir_config_parameter WHERE key = :'key{n}' RETURNING 1)
    SELECT 'parameter ' || :'key{n}', count(*) FROM changed;
"""
CHECK_PARAMETER = """
    SELECT 'parameter ' || :'key{n}', count(*)
    WHERE (SELECT value FROM ir_config_parameter WHERE key = :'key{n}') IS DISTINCT FROM {value};
"""
#: The switches ask for rows that are wrong; these are for such as are not there.
CHECK_PRESENT = """
    SELECT 'mail catcher', count(*) WHERE 1 <> (SELECT count(*) FROM ir_mail_server WHERE active);
    SELECT 'Odoo''s own neutralization', count(*) WHERE NOT EXISTS (
        SELECT FROM ir_config_parameter WHERE key = 'database.is_neutralized' AND lower(value) = 'true'
    );
"""


@dataclass(frozen=True)
class Wish:
    """What a neutralized database is for.

    :param environment: its name; stands in the ribbon.
    :param base_url: where its users find it.
    :param mail_host: the catcher, as the environment's containers reach it.
    :param crons: external identifiers of those that run; autovacuum always does.
    :param parameters: system parameters to set, C(None) to remove one.  Nothing secret: they are seen in process lists.
    """

    environment: str
    base_url: str
    mail_host: str = "mail-catcher"
    mail_port: int = 1025
    crons: tuple[str, ...] = ()
    parameters: t.Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """:raises BackupError: a name cannot be right."""
        if not ENVIRONMENT.fullmatch(self.environment):
            raise BackupError(f"{self.environment!r} cannot be the name of an environment")
        wrong = [one for one in self.crons if not XML_ID.fullmatch(one)]
        if wrong:
            raise BackupError(f"{wrong[0]!r} is no external identifier of a cron, such as mail.ir_cron_module_update")

    @property
    def all_parameters(self) -> dict[str, str | None]:
        """Those of every environment among them."""
        own = {"web.base.url": self.base_url, "web.base.url.freeze": "True", "report.url": None}
        return {**own, **self.parameters}

    @property
    def variables(self) -> dict[str, str]:
        """What the statements call by name."""
        found = {
            "environment": self.environment,
            "mail_host": self.mail_host,
            "mail_port": str(self.mail_port),
            "crons": "{" + ",".join([AUTOVACUUM, *self.crons]) + "}",
        }
        for number, (key, value) in enumerate(self.all_parameters.items()):
            found[f"key{number}"] = key
            found[f"value{number}"] = value or ""
        return found


def prepare(session: Server, database: str, wish: Wish) -> dict[str, int]:
    """What Odoo's own neutralization needs beforehand; how many rows were changed, by what they are.

    :raises BackupError: a cron that shall run is unknown.
    """
    unknown = [row["id"] for row in session.rows(database, UNKNOWN_CRONS, crons="{" + ",".join(wish.crons) + "}")]
    if unknown:
        raise BackupError(
            f"the database has no cron {', '.join(unknown)}: correct the list of those that run, or leave them out"
        )
    return _ask(session, database, wish, [one.set for one in _existing(session, database, neutral_switches.BEFORE)])


def apply(session: Server, database: str, wish: Wish) -> dict[str, int]:
    """Set every switch in one transaction; how many rows were changed, by what they are."""
    script = [
        neutral_switches.ADD_CATCHER,
        SET_REFERENCES,
        *(one.set for one in _existing(session, database, neutral_switches.SWITCHES)),
        *(
            (REMOVE_PARAMETER if value is None else SET_PARAMETER).format(n=number)
            for number, value in enumerate(wish.all_parameters.values())
        ),
        neutral_switches.ADD_IDENTITY,
    ]
    return _ask(session, database, wish, script)


def check(session: Server, database: str, wish: Wish) -> dict[str, int]:
    """How many rows are not as :func:`apply` leaves them, by what they are; empty when all is well."""
    script = [
        CHECK_PRESENT,
        CHECK_REFERENCES,
        *(one.check for one in _existing(session, database, neutral_switches.SWITCHES) if one.lasts),
        *(
            CHECK_PARAMETER.format(n=number, value="NULL" if value is None else f":'value{number}'")
            for number, value in enumerate(wish.all_parameters.values())
        ),
    ]
    return _ask(session, database, wish, script)


def _existing(session: Server, database: str, switches: t.Sequence[Switch]) -> list[Switch]:
    """Those for which there are tables and columns."""
    tables = "{" + ",".join(sorted({one.table for one in switches})) + "}"
    columns: dict[str, set[str]] = {}
    for row in session.rows(database, COLUMNS, tables=tables):
        columns.setdefault(row["table"], set()).add(row["column"])
    return [one for one in switches if one.exists(columns)]


def _ask(session: Server, database: str, wish: Wish, statements: t.Sequence[str]) -> dict[str, int]:
    script = "\n".join([BEGIN, *statements, "COMMIT;"])
    return counts(session.execute(database, script, timeout=LONG, **wish.variables).stdout)


def counts(output: str) -> dict[str, int]:
    """The sum of what statements have counted, by name, from psql's unaligned rows; without what is nothing."""
    found: dict[str, int] = {}
    for line in output.splitlines():
        name, _other, number = line.rpartition("|")
        if int(number):
            found[name] = found.get(name, 0) + int(number)
    return found
