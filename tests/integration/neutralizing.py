# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a droplet: a copy of staging with what a hostile production has, neutralized by the code of the checkout.

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
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, egress, neutral, neutral_odoo
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish

ENVIRONMENT = "erp-staging"
SERVER = Server("pg-nonproduction")
DATABASE = "neutral_try"
ROLE = "neutral_try"
HOME = "/srv/lab-neutral"
FILES = f"{HOME}/filestore"


def make(sql: str) -> None:
    """Copy staging; then ``sql`` makes it hostile."""
    drop()
    os.mkdir(HOME, 0o711)
    SERVER.create(DATABASE, "postgres")
    with guest.loading(SERVER, DATABASE, ROLE, SERVER, ENVIRONMENT) as reader:
        pump(SERVER.dump(ENVIRONMENT), reader, timeout=300)
    subprocess.run(["cp", "-al", f"/srv/odoo/{ENVIRONMENT}/data/filestore/{ENVIRONMENT}", FILES], check=True)
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


def options(given: dict[str, Any]) -> dict[str, Any]:
    network = _stack.network("mail-catcher")
    assert network is not None
    catcher = canary.Catcher("maildev", network.members["mail-catcher"], 1080)
    return {"catcher": catcher, "targets": [egress.Target(*one) for one in given.get("targets", [])]}


def neutralize(given: dict[str, Any]) -> dict[str, Any]:
    admin = neutral.Administrator(given["login"], given["password"])
    with cloned() as clone:
        return neutral.neutralize(
            clone,
            Wish(**given["wish"]),
            admin,
            accepted=given.get("accepted", ()),
            again=given.get("again", False),
            **options(given),
        )


def prove(given: dict[str, Any]) -> dict[str, Any]:
    with cloned() as clone:
        return neutral.prove(clone, Wish(**given["wish"]), **options(given))


def shell(given: dict[str, Any]) -> dict[str, Any]:
    with cloned() as clone, neutral_odoo.odoo(clone) as odoo:
        return odoo.shell(given["functions"], given["values"])


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
