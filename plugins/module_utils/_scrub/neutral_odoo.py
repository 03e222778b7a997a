# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Odoo's own part in the neutralization: the scripts of its modules, and its way to hash a password.

It runs in a container of the environment's release, on the environment's network, which leads nowhere.  No module is
loaded for it, so nothing of production's code runs before its scripts have.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import odoo_probe
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import tail

#: Seconds after which the container ends by itself, and that one of its commands may take.
LIFE = 3 * 3600.0
TIMEOUT = 1800.0

#: Odoo's Python, which need not be the first that is found.
PYTHON = """exec $(sed -n '1s/^#! *//p' "$(command -v odoo)") -"""
#: What C(odoo neutralize) does (odoo/cli/neutralize.py, odoo/modules/neutralize.py), which passes over modules that it
#: does not find without a word, and fails as a whole, naming none, where one of the scripts does.  Modules that users
#: have uploaded, or made with Studio, live in the database alone and have no folder.
NEUTRALIZE = """
import psycopg2
from odoo.modules.neutralize import get_installed_modules, get_neutralization_queries
from odoo.tools.misc import file_path
def there(path):
    try:
        return bool(file_path(path))
    except (FileNotFoundError, ValueError):
        return False
missing, silent, failed = [], [], {}
with odoo.sql_db.db_connect(given["database"]).cursor() as cursor:
    names = sorted(get_installed_modules(cursor))
    cursor.execute("SELECT name FROM ir_module_module AS m WHERE to_jsonb(m) ->> 'imported' = 'true'")
    uploaded = {row[0] for row in cursor.fetchall()}
    for name in names:
        queries = list(get_neutralization_queries([name]))
        if name not in uploaded and not there(name + "/__manifest__.py"):
            missing.append(name)
        elif not queries:
            silent.append(name)
        for query in filter(None, queries):
            try:
                with cursor.savepoint(flush=False):
                    cursor.execute(query, log_exceptions=False)
            except psycopg2.Error as error:
                failed[name] = str(error).strip().splitlines()[0]
    if {*missing, *failed} - {*given["accepted"]}:
        cursor.rollback()
print(json.dumps({"installed": len(names), "missing": missing, "silent": silent, "failed": failed}))
"""
#: Odoo hashes the password (odoo/addons/base/models/res_users.py, _crypt_context).  Whoever else has the login gives it
#: up.  Odoo 18.0 wants all groups that a group implies, 19.0 finds them itself.
ADMINISTRATE = """
from odoo.tools.config import crypt_context
login, password, changed, found = given["login"], given["password"], 0, None
with odoo.sql_db.db_connect(given["database"]).cursor() as cursor:
    cursor.execute(
        "SELECT u.id, u.partner_id, u.login, u.password, u.active FROM res_users AS u JOIN ir_model_data AS d"
        " ON d.res_id = u.id WHERE d.module = 'base' AND d.name = 'user_admin' AND d.model = 'res.users'"
    )
    found = cursor.fetchone()
    if found:
        user, partner, former, mark, active = found
        cursor.execute(
            "UPDATE res_users SET login = login || '.' || id WHERE login = %s AND id <> %s", (login, user)
        )
        changed += cursor.rowcount
        if former != login or not active:
            cursor.execute("UPDATE res_users SET login = %s, active = true WHERE id = %s", (login, user))
            cursor.execute("UPDATE res_partner SET active = true WHERE id = %s", (partner,))
            changed += 1
        if not (mark and crypt_context.verify(password, mark)):
            cursor.execute("UPDATE res_users SET password = %s WHERE id = %s", (crypt_context.hash(password), user))
            changed += 1
        cursor.execute(
            "WITH RECURSIVE groups (id) AS ("
            " SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'group_system' AND model = 'res.groups'"
            " UNION SELECT hid FROM res_groups_implied_rel JOIN groups ON gid = groups.id)"
            " INSERT INTO res_groups_users_rel (gid, uid) SELECT id, %s FROM groups WHERE NOT EXISTS ("
            " SELECT FROM res_groups_users_rel AS r, ir_model_data AS d WHERE r.uid = %s AND r.gid = d.res_id"
            " AND d.module = 'base' AND d.name = 'group_system' AND d.model = 'res.groups') ON CONFLICT DO NOTHING",
            (user, user),
        )
        changed += bool(cursor.rowcount)
print(json.dumps({"found": bool(found), "changed": changed}))
"""
#: Before both: Odoo's configuration, and what they are given, on standard input, which nobody else sees.
HEAD = """
import json
import odoo.tools.config
odoo.tools.config.parse_config(["--config", {configuration!r}, "--log-level=critical"])
import odoo.sql_db
given = json.loads({given!r})
"""


@dataclass(frozen=True)
class Clone:
    """A database that nobody is served from, and the environment that it is for.

    :param session: its server, spoken to as the role that owns what is in the database.
    :param login: the same for Odoo.
    :param filestore: the folder of its files on the droplet.
    :param container: the environment's Odoo, whose image and configuration are taken; it need not run.
    :param network: the environment's; has no way out.
    :param home: a folder of root's for what is needed meanwhile.
    """

    session: Server
    login: odoo_probe.Login
    filestore: str
    container: str
    network: str
    home: str

    @property
    def database(self) -> str:
        return self.login.database


@dataclass(frozen=True)
class Modules:
    """The installed modules of a database, as an Odoo finds them, and what became of their scripts.

    :param missing: not there at all: what neutralizes them is not known.
    :param silent: without anything that neutralizes them.
    :param failed: name → why its script, and only that, was left out.
    """

    installed: int
    missing: tuple[str, ...]
    silent: tuple[str, ...]
    failed: t.Mapping[str, str]

    def plain(self) -> dict[str, t.Any]:
        """For the record."""
        return {
            "modules": self.installed,
            "missing": list(self.missing),
            "failed": dict(self.failed),
            "without_script": list(self.silent),
        }


class Odoo:
    """A container of an environment's release, with a configuration in which a clone takes the database's place.

    Methods raise C(CommandError) when Docker refuses, and C(BackupError) when Odoo does.
    """

    def __init__(self, name: str, clone: Clone) -> None:
        self.name = name
        self.clone = clone

    def neutralize(self, accepted: t.Collection[str]) -> Modules:
        """Odoo's own neutralization: the scripts of all modules, in one transaction.

        :param accepted: modules that may be missing, or whose script may fail.
        :raises BackupError: another one is missing, or its script fails; nothing was done.
        """
        said = self._python(NEUTRALIZE, accepted=list(accepted))
        modules = Modules(said["installed"], tuple(said["missing"]), tuple(said["silent"]), said["failed"])
        refuse(modules, accepted)
        return modules

    def administrate(self, login: str, password: str) -> int:
        """Give production's administrator (C(base.user_admin)) another login and password; how much was changed.

        :raises BackupError: there is none.
        """
        said = self._python(ADMINISTRATE, login=login, password=password)
        if not said["found"]:
            raise BackupError(
                "the database has no user base.user_admin: give the external identifier back to production's"
                " administrator (Settings, Technical, External Identifiers) and try again"
            )
        return int(said["changed"])

    def _python(self, program: str, **given: t.Any) -> t.Any:
        """Run a program with Odoo's Python; the last line that it prints is JSON."""
        values = repr(json.dumps({"database": self.clone.database, **given}))
        source = (
            HEAD.replace("{configuration!r}", repr(odoo_probe.CONFIGURATION)).replace("{given!r}", values) + program
        )
        result = _stack.container_exec(self.name, ["sh", "-c", PYTHON], stdin=source, timeout=TIMEOUT, check=False)
        if not result.ok:
            raise BackupError(
                f"Odoo failed in the clone {self.clone.database}, which is not neutralized:"
                f" {tail(result.stderr or result.stdout, 15)}"
            )
        return json.loads(result.stdout.splitlines()[-1])


def refuse(modules: Modules, accepted: t.Container[str]) -> None:
    """:raises BackupError: a module is missing or its script fails, and nobody has said that this is fine."""
    missing = [name for name in modules.missing if name not in accepted]
    if missing:
        raise BackupError(
            f"modules of the database are missing in the environment's release: {', '.join(missing)}. Odoo would skip"
            " what neutralizes them without a word. Add their repository (odoo_addon_repositories) and run the"
            " playbook site for the environment, or list them as accepted if nothing of them leads outside"
        )
    failed = [f"{name} ({why})" for name, why in modules.failed.items() if name not in accepted]
    if failed:
        raise BackupError(
            f"what neutralizes these modules fails: {', '.join(failed)}. Correct data/neutralize.sql of the module, or"
            " list it as accepted if nothing of it leads outside without that"
        )


@contextlib.contextmanager
def odoo(clone: Clone) -> t.Iterator[Odoo]:
    """Odoo's programs beside a clone, until the end of the context.

    :raises BackupError: the environment's network leads outside, or there is nothing to learn from.
    """
    with _running(clone, LIFE) as name:
        yield Odoo(name, clone)


@contextlib.contextmanager
def serving(clone: Clone) -> t.Iterator[str]:
    """The name of a container in which Odoo serves the clone, to nobody but who is in it.

    :raises BackupError: see :func:`odoo`.
    """
    with _running(clone, 0.0) as name:
        yield name


@contextlib.contextmanager
def _running(clone: Clone, idle: float) -> t.Iterator[str]:
    network = _stack.network(clone.network)
    if network is None or not network.internal:
        raise BackupError(
            f"the network {clone.network} leads outside, or is not there: Odoo is not started on a copy of production"
            " in it. Run the playbook site for the environment, with odoo_egress false"
        )
    name, folder = _place(clone.network, clone.home)
    with (
        _lock.hold(name, what=f"a neutralization for {clone.network}"),
        odoo_probe.running(name, folder, clone.container, clone.login, clone.filestore, clone.network, idle=idle),
    ):
        yield name


def _place(network: str, home: str) -> tuple[str, str]:
    return f"{network}-neutral", os.path.join(home, "neutral")
