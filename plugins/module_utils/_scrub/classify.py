# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What is done with each column of one database, by its catalog and the profiles; or that this is not known."""

from __future__ import annotations

import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import catalog, plan, profile
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.build import Place

#: The country of the first company: of rows that name none.
HOME = """
    SELECT c.code FROM res_company AS o JOIN res_partner AS p ON p.id = o.partner_id
    JOIN res_country AS c ON c.id = p.country_id ORDER BY o.id LIMIT 1
"""
COUNTRIES = "SELECT id, code FROM res_country WHERE code IS NOT NULL"
#: Names by which companies are told from persons.
COMPANIES = """
    SELECT name FROM res_partner WHERE is_company AND name IS NOT NULL
    UNION SELECT name FROM res_company UNION SELECT commercial_company_name FROM res_partner
    WHERE commercial_company_name IS NOT NULL
"""


class Unclassified(BackupError):
    """Columns that no profile names."""

    def __init__(self, columns: t.Sequence[tuple[str, profile.Column]]) -> None:
        listed = ", ".join(f"{table}.{column.name}" for table, column in columns[:8])
        more = f" and {len(columns) - 8} more" if len(columns) > 8 else ""
        super().__init__(
            f"no profile says what to do with {listed}{more}. What is in there is not known, so nothing was copied. The"
            " playbook ipai.odoo.scrub_profile writes a profile with a proposal for each: read it, change what is"
            " wrong, and name the file in refresh_profiles"
        )


@dataclass(frozen=True)
class Classified:
    """:param countries: id as COPY writes it → ISO code.

    :param country: of rows that name none.
    """

    plan: plan.Plan
    countries: t.Mapping[bytes, str]
    country: str


def look(origin: Place, layers: t.Sequence[profile.Layer]) -> tuple[catalog.Catalog, profile.Profile]:
    """A database, and the profiles for it.

    :raises BackupError: it cannot be copied, or the profiles do not fit it.
    """
    with origin.reading() as reader:
        try:
            found = catalog.read(reader.rows)
            layers = installed(layers, found.modules)
            loaded = profile.load(layers)
        except (catalog.CatalogError, profile.ProfileError) as exc:
            raise BackupError(f"{exc}. Nothing was copied") from exc
    problems = profile.misnamed(found.tables, layers) + profile.unfit(found.tables, loaded)
    if problems:
        raise BackupError("the profiles do not fit the database, and nothing was copied:\n" + "\n".join(problems))
    return found, loaded


def classify(origin: Place, layers: t.Sequence[profile.Layer]) -> Classified:
    """What is done with each column of a database.

    :raises Unclassified: a column has no rule.
    :raises BackupError: the database cannot be copied, or the profiles do not fit it.
    """
    found, loaded = look(origin, layers)
    missing = profile.unclassified(found.tables, loaded)
    if missing:
        raise Unclassified(missing)
    try:
        made = plan.make(found, loaded.tables, profile.resolve(found.tables, loaded))
    except plan.PlanError as exc:
        raise BackupError(f"{exc}. Nothing was copied") from exc
    with origin.reading() as reader:
        countries = {str(row["id"]).encode(): str(row["code"]) for row in reader.rows(COUNTRIES)}
        home = reader.rows(HOME)
    return Classified(made, countries, str(home[0]["code"]) if home else "")


def installed(layers: t.Iterable[profile.Layer], modules: t.Container[str]) -> list[profile.Layer]:
    """The operator's layers, and those of modules that are there: another may call something else so."""
    return [layer for layer in layers if layer.own or pathlib.PurePath(layer.name).stem in modules]
