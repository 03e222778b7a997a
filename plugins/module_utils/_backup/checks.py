# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What has to hold of a restored database and its filestore before anybody relies on them."""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import time
import typing as t
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, Server
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: Without these there is no Odoo.
KEY_TABLES = (
    "ir_attachment",
    "ir_config_parameter",
    "ir_cron",
    "ir_module_module",
    "res_company",
    "res_partner",
    "res_users",
)
#: How many findings a message names.
NAMED = 5

TABLES = """
    SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""
MODULES = "SELECT name, state FROM ir_module_module WHERE state NOT IN ('uninstalled', 'uninstallable')"
FILES = "SELECT DISTINCT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL"
#: New content gets a new file, and the attachment keeps its row. Odoo's times are UTC without saying so.
LATER_FILES = """
    SELECT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL
    GROUP BY store_fname
    HAVING min(greatest(create_date, write_date)) > :'until'::timestamptz AT TIME ZONE 'UTC'
"""
#: Rows bear the time at which their transaction began, and a long one ends after a pass.
LONG_TRANSACTION = timedelta(hours=1)
LOOSE = """
    SELECT conrelid::regclass || ' ' || conname AS name FROM pg_constraint WHERE NOT convalidated
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
"""
SEQUENCES = """
    SELECT 'res_partner' AS name WHERE (SELECT max(id) FROM res_partner) > (SELECT last_value FROM res_partner_id_seq)
    UNION ALL
    SELECT 'res_users' WHERE (SELECT max(id) FROM res_users) > (SELECT last_value FROM res_users_id_seq)
    UNION ALL
    SELECT 'ir_attachment' WHERE (SELECT max(id) FROM ir_attachment) > (SELECT last_value FROM ir_attachment_id_seq)
"""
# As Odoo itself looks for them (odoo/addons/account/models/account_move.py, _get_unbalanced_moves).
UNBALANCED = """
    SELECT m.name FROM account_move_line AS l
    JOIN account_move AS m ON m.id = l.move_id
    JOIN res_company AS c ON c.id = m.company_id
    JOIN res_currency AS y ON y.id = c.currency_id
    WHERE m.state = 'posted'
    GROUP BY m.id, m.name, y.decimal_places HAVING round(sum(l.balance), y.decimal_places) <> 0
"""


@dataclass(frozen=True)
class Check:
    """What was asked, whether it holds, what was seen, and how many seconds that took."""

    name: str
    ok: bool
    said: str
    seconds: float = 0.0

    def plain(self) -> dict[str, t.Any]:
        return asdict(self)


@dataclass(frozen=True)
class Restored:
    """A restored pair.

    :param filestore: folder with the files of ``database``.
    :param manifest: of the backup it comes from, or of the last one before, if there is one.
    :param later: the database is of a later moment than that backup.
    :param files_until: the files are of this moment, and the database is of a later one.
    :param strict: a file that nobody knew to be missing makes the rest worthless; otherwise it is only named.
    """

    server: Server
    database: str
    filestore: str
    manifest: t.Mapping[str, t.Any] | None = None
    later: bool = False
    files_until: datetime | None = None
    strict: bool = True

    @property
    def promised(self) -> t.Mapping[str, t.Any] | None:
        """What the database has to be like, if anybody knows."""
        return None if self.later else self.manifest

    def names(self, sql: str, **variables: str) -> list[str]:
        """The column C(name) of a SELECT's rows, read without any chance to write."""
        rows = self.server.rows(self.database, sql, timeout=LONG, read_only=True, **variables)
        return sorted(str(row["name"]) for row in rows)


def run(restored: Restored, invariants: t.Mapping[str, str]) -> list[Check]:
    """All checks, each of them even when another fails.

    :param invariants: name → SQL that answers no row when all is well.
    """
    asked: list[tuple[str, t.Callable[[], tuple[bool, str]]]] = [
        ("tables", lambda: tables(restored)),
        ("modules", lambda: modules(restored)),
        ("files", lambda: files(restored)),
        ("constraints", lambda: none(restored, LOOSE, "not valid", "all are valid")),
        ("sequences", lambda: none(restored, SEQUENCES, "behind their table", "all are ahead of their tables")),
        ("accounting", lambda: accounting(restored)),
    ]
    for name, sql in sorted(invariants.items()):
        asked.append((name, lambda sql=sql: invariant(restored, sql)))  # type: ignore[misc]
    return [timed(name, question) for name, question in asked]


def timed(name: str, question: t.Callable[[], tuple[bool, str]]) -> Check:
    """One check; a question that cannot be asked has failed."""
    start = time.monotonic()
    try:
        ok, said = question()
    except (CommandError, OSError) as exc:
        ok, said = False, f"cannot be asked: {exc}"
    return Check(name, ok, said, round(time.monotonic() - start, 2))


def named(names: t.Sequence[str]) -> str:
    """So many names that somebody reads them."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def none(restored: Restored, sql: str, wrong: str, right: str) -> tuple[bool, str]:
    """Whether a SELECT names nothing."""
    found = restored.names(sql)
    return not found, f"{wrong}: {named(found)}" if found else right


def tables(restored: Restored) -> tuple[bool, str]:
    found = restored.names(TABLES)
    lacking = [name for name in KEY_TABLES if name not in found]
    if lacking:
        return False, f"there is no table {named(lacking)}"
    expected = restored.promised["database"]["tables"] if restored.promised else len(found)
    if len(found) != expected:
        return False, f"{len(found)} tables, and the backup's manifest says {expected}"
    return True, f"{len(found)} tables"


def modules(restored: Restored) -> tuple[bool, str]:
    found = {row["name"]: row["state"] for row in restored.server.rows(restored.database, MODULES, read_only=True)}
    expected = restored.promised["odoo"]["modules"] if restored.promised else found
    different = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    if different:
        return False, f"other states than in the backup's manifest: {named(different)}"
    undone = sorted(name for name, state in found.items() if state != "installed")
    if undone:
        return False, f"work is not finished on {named(undone)}"
    return "base" in found, f"{len(found)} modules are installed"


def files(restored: Restored) -> tuple[bool, str]:
    """Each file that the database names is there, with the content that its name promises."""
    names = restored.names(FILES)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        states = dict(zip(names, pool.map(lambda name: state_of(restored.filestore, name), names), strict=True))
    before = set(restored.manifest["filestore"]["missing"]) if restored.manifest else set()
    late: set[str] = set()
    if restored.files_until:
        until = (restored.files_until - LONG_TRANSACTION).astimezone(timezone.utc)
        late = {*restored.names(LATER_FILES, until=until.isoformat())} - before
    gone = [name for name in names if states[name] == "gone"]
    found = {
        "missing": [name for name in gone if name not in before | late],
        "with other content": [name for name in names if states[name] == "other"],
        "lost, of about or after the last pass over the filestore": [name for name in gone if name in late],
        "missing already when the backup was made": [name for name in gone if name in before],
    }
    said = [f"{len(some)} {kind}: {named(some)}" for kind, some in found.items() if some]
    bad = found["with other content"] or (found["missing"] and restored.strict)
    return not bad, f"{len(names)} files" + (f", of them {'; '.join(said)}" if said else "")


def state_of(folder: str, name: str) -> str:
    """V(good), V(gone), or V(other) where the content is not what the name promises."""
    path = os.path.join(folder, name)
    if os.path.commonpath([folder, os.path.normpath(path)]) != folder:
        return "other"
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except FileNotFoundError:
        return "gone"
    return "good" if digest.hexdigest() == os.path.basename(name) else "other"


def accounting(restored: Restored) -> tuple[bool, str]:
    if "account_move_line" not in restored.names(TABLES):
        return True, "no accounting is installed"
    return none(restored, UNBALANCED, "posted entries do not balance", "all posted entries balance")


def invariant(restored: Restored, sql: str) -> tuple[bool, str]:
    rows = restored.server.rows(restored.database, sql.strip().rstrip(";"), timeout=LONG, read_only=True)
    if rows:
        return False, f"{len(rows)} rows, the first: {', '.join(f'{key}={value}' for key, value in rows[0].items())}"
    return True, "no rows"
