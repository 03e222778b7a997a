# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a droplet: a copy of production with what a hostile production has, neutralized by the code of the checkout.

python3 neutralizing.py LIBRARY make|neutralize|prove|shell|egress|drop JSON; prints JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

sys.path.insert(0, sys.argv[1])

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import guest, odoo_probe, restore
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.commands import MARK, SHELL_COMMAND, shell_result
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, egress, neutral, neutral_odoo
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish

ENVIRONMENT = "erp-staging"
SERVER = Server("pg-nonproduction")
PRODUCTION = Server("pg-production")
DATABASE = "neutral_try"
ROLE = "neutral_try"
HOME = "/srv/lab-neutral"
FILES = f"{HOME}/filestore"


def make(sql: str) -> None:
    """Copy production to staging's server; then ``sql`` makes it hostile."""
    drop()
    os.mkdir(HOME, 0o711)
    SERVER.create(DATABASE, "postgres")
    with guest.loading(SERVER, DATABASE, ROLE, PRODUCTION, "erp") as reader:
        pump(PRODUCTION.dump("erp"), reader, timeout=300)
    subprocess.run(["cp", "-a", "/srv/odoo/erp/data/filestore/erp", FILES], check=True)
    with guest.visit(SERVER, DATABASE, ROLE) as session:
        session.execute(DATABASE, sql)


def drop() -> None:
    SERVER.drop(DATABASE)
    restore.retire(SERVER, ROLE)
    shutil.rmtree(HOME, ignore_errors=True)


@contextlib.contextmanager
def cloned() -> Iterator[neutral_odoo.Clone]:
    with guest.visit(SERVER, DATABASE, ROLE) as session:
        login = odoo_probe.Login(SERVER.name, 5432, DATABASE, ROLE, session.password)
        yield neutral_odoo.Clone(session, login, FILES, f"{ENVIRONMENT}-odoo", ENVIRONMENT, HOME)


def administrator(given: dict[str, Any]) -> neutral.Administrator:
    return neutral.Administrator(given["login"], given["password"])


def neutralize(given: dict[str, Any]) -> dict[str, Any]:
    asked = {"accepted": given.get("accepted", ()), "again": given.get("again", False)}
    with cloned() as clone:
        return neutral.neutralize(clone, Wish(**given["wish"]), administrator(given), **asked)


def prove(given: dict[str, Any]) -> dict[str, Any]:
    network = _stack.network("mail-catcher")
    assert network is not None
    catcher = canary.Catcher("maildev", network.members["mail-catcher"], 1080)
    targets = [egress.Target(*one) for one in given["targets"]]
    with cloned() as clone:
        return neutral.prove(clone, Wish(**given["wish"]), administrator(given), catcher, targets)


def shell(given: dict[str, Any]) -> dict[str, Any]:
    """Call functions that get C(env) and C(payload) in an Odoo with the clone, in one transaction."""
    source = f"""
import json
{given["source"]}
payload = json.loads({json.dumps(given["payload"])!r})
done = {{name: globals()[name](env, payload) for name in {given["functions"]!r}}}
env.cr.commit()
print({MARK!r} + json.dumps(done), flush=True)
"""
    with cloned() as clone, neutral_odoo.odoo(clone) as odoo:
        said = _stack.container_exec(odoo.name, [*SHELL_COMMAND, "--config", odoo_probe.CONFIGURATION], stdin=source)
    return shell_result(said.stdout)


def probe(given: dict[str, Any]) -> dict[str, Any]:
    targets = [egress.Target(*one) for one in given["targets"]] or egress.targets()
    return dataclasses.asdict(egress.probe(given["container"], targets))


def main() -> Any:
    given = json.loads(sys.argv[3])
    actions = {"neutralize": neutralize, "prove": prove, "shell": shell, "egress": probe}
    if sys.argv[2] == "make":
        return make(given)
    if sys.argv[2] == "drop":
        return drop()
    try:
        return actions[sys.argv[2]](given)
    except BackupError as exc:
        return {"refused": str(exc)}


print(json.dumps(main()))
