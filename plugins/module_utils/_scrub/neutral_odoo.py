# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Odoo's own part in the neutralization: its scripts, its way to hash a password and to send a mail.

All of it runs in one container of the environment's release, on the environment's network, which leads nowhere.
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
from ansible_collections.ipai.odoo.plugins.module_utils._backup.throwaway import remove
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result, tail
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.commands import MARK, SHELL_COMMAND, shell_result
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError

#: Seconds after which the container ends by itself, and that one of its commands may take.
LIFE = 3 * 3600.0
TIMEOUT = 1800.0

#: Odoo's Python, which need not be the first that is found.
PYTHON = """exec $(sed -n '1s/^#! *//p' "$(command -v odoo)") -"""
#: What C(odoo neutralize) does (odoo/cli/neutralize.py, odoo/modules/neutralize.py), which passes over modules that it
#: does not find without a word, and fails as a whole, naming none, where one of the scripts does.  Modules that users
#: have uploaded, or made with Studio, live in the database alone and have no folder.
NEUTRALIZE = """
import json
import psycopg2
import odoo.tools.config
odoo.tools.config.parse_config(["--config", {configuration!r}, "--log-level=critical"])
import odoo.sql_db
from odoo.modules.neutralize import get_installed_modules, get_neutralization_queries
from odoo.tools.misc import file_path
def there(path):
    try:
        return bool(file_path(path))
    except (FileNotFoundError, ValueError):
        return False
missing, silent, failed, accepted = [], [], {}, json.loads({accepted!r})
with odoo.sql_db.db_connect({database!r}).cursor() as cursor:
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
    if {*missing, *failed} - {*accepted}:
        cursor.rollback()
print(json.dumps({"installed": len(names), "missing": missing, "silent": silent, "failed": failed}))
"""
#: Seen from outside as a constant and its values, on standard input.
SCRIPT = """
import json
{functions}
payload = json.loads({payload!r})
done = {name: globals()[name](env, payload) for name in payload["functions"]}
env.cr.commit()
print({mark!r} + json.dumps(done), flush=True)
"""
#: Odoo hashes the password, as it does for any user.  Whoever else has the login gives it up.
ADMINISTRATOR = """
def administrator(env, payload):
    from odoo.exceptions import AccessDenied
    user = env.ref("base.user_admin", raise_if_not_found=False)
    if not user:
        return None
    login, password, values, changed = payload["login"], payload["password"], {}, 0
    users = env["res.users"].sudo().with_context(active_test=False, no_reset_password=True)
    user = users.browse(user.id)
    for other in users.search([("login", "=", login), ("id", "!=", user.id)]):
        other.login = "%s.%d" % (login, other.id)
        changed += 1
    def enters():
        try:
            with env.cr.savepoint():
                credential = {"type": "password", "login": login, "password": password}
                user.with_user(user)._check_credentials(credential, {"interactive": True})
            return True
        except AccessDenied:
            return False
    groups = "group_ids" if "group_ids" in user._fields else "groups_id"
    system = env.ref("base.group_system")
    if user.login != login:
        values["login"] = login
    if not user.active:
        values["active"] = True
    if system not in user[groups]:
        values[groups] = [(4, system.id)]
    if not enters():
        values["password"] = password
    if values:
        user.write(values)
        env.flush_all()
    return {"changed": changed + len(values), "enters": enters()}
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
        source = _filled(
            NEUTRALIZE,
            configuration=odoo_probe.CONFIGURATION,
            accepted=json.dumps(list(accepted)),
            database=self.clone.database,
        )
        result = self._run(["sh", "-c", PYTHON], source, "Odoo's own neutralization")
        said = json.loads(result.stdout.splitlines()[-1])
        modules = Modules(said["installed"], tuple(said["missing"]), tuple(said["silent"]), said["failed"])
        refuse(modules, accepted)
        return modules

    def shell(self, functions: t.Mapping[str, str], values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Load Odoo with the database and run functions there, in one transaction; what each of them returns.

        :param functions: name → source of a function of that name, which gets C(env) and ``values``.
        """
        payload = json.dumps({**values, "functions": list(functions)})
        source = _filled(SCRIPT.replace("{functions}", "\n".join(functions.values())), mark=MARK, payload=payload)
        command = [*SHELL_COMMAND, "--config", odoo_probe.CONFIGURATION, "--database", self.clone.database]
        result = self._run(command, source, "odoo shell")
        try:
            return shell_result(result.stdout)
        except OdooError as exc:
            raise BackupError(f"{exc}; its last words: {tail(result.stderr, 15)}") from None

    def _run(self, command: t.Sequence[str], stdin: str | None, what: str) -> Result:
        result = _stack.container_exec(self.name, command, stdin=stdin, timeout=TIMEOUT, check=False)
        if not result.ok:
            raise BackupError(
                f"{what} failed in the clone {self.clone.database}, which is not neutralized:"
                f" {tail(result.stderr or result.stdout, 15)}"
            )
        return result


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


def _filled(source: str, **values: str) -> str:
    for name, value in values.items():
        source = source.replace(f"{{{name}!r}}", repr(value))
    return source


@contextlib.contextmanager
def odoo(clone: Clone) -> t.Iterator[Odoo]:
    """Odoo beside a clone, until the end of the context; what a killed run has left of it is removed.

    :raises BackupError: the environment's network leads outside, or there is nothing to learn from.
    """
    network = _stack.network(clone.network)
    if network is None or not network.internal:
        raise BackupError(
            f"the network {clone.network} leads outside, or is not there: Odoo is not started on a copy of production"
            " in it. Run the playbook site for the environment, with odoo_egress false"
        )
    name, folder = _place(clone.network, clone.home)
    with (
        _lock.hold(name, what=f"a neutralization for {clone.network}"),
        odoo_probe.running(name, folder, clone.container, clone.login, clone.filestore, clone.network, idle=LIFE),
    ):
        yield Odoo(name, clone)


def tidy(network: str, home: str) -> None:
    """Remove what a killed run has left: its container would go on doing nothing for :data:`LIFE` seconds."""
    name, folder = _place(network, home)
    with _lock.hold(name):
        remove(name, folder)


def _place(network: str, home: str) -> tuple[str, str]:
    return f"{network}-neutral", os.path.join(home, "neutral")
