# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores on a droplet, by the code of this checkout and not by what was deployed."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

from lab.droplets import Droplet
from lab.places import ROOT
from lab.tools import run

LIBRARY = "/run/lab-library"
MAIN = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.ipai.odoo.plugins.module_utils._backup.main import main
sys.exit(main(sys.argv[2:]))
"""


def push(droplet: Droplet) -> None:
    """Bring the checkout's Python to the droplet."""
    inside = f"{LIBRARY}/ansible_collections/ipai/odoo"
    script = f"rm -rf {LIBRARY} && mkdir -p {inside} && tar -x -C {inside}"
    with subprocess.Popen(
        ["tar", "-c", "--exclude=__pycache__", "-C", str(ROOT), "plugins/module_utils"], stdout=subprocess.PIPE
    ) as pack:
        unpack = ["docker", "exec", "--interactive", droplet.container, "sh", "-c", script]
        subprocess.run(unpack, stdin=pack.stdout, check=True, timeout=60)
    assert pack.returncode == 0


def program(droplet: Droplet, name: str, *words: object, timeout: float = 1800) -> Any:
    """Run a program of tests/integration on the droplet; its output is JSON."""
    path = f"/run/lab-{name}"
    droplet.console(f"cat >{path}", stdin=(ROOT / "tests" / "integration" / name).read_text(encoding="utf-8"))
    command = shlex.join(["python3", path, LIBRARY, *map(str, words)])
    return json.loads(droplet.console(command, timeout=timeout).stdout)


def backup(droplet: Droplet, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The program C(ipai-odoo-backup)."""
    argv = ["docker", "exec", "--interactive", droplet.container, "python3", "-", LIBRARY, *words]
    return run(argv, stdin=MAIN, check=check, timeout=600)


def server(environment: str) -> str:
    """The database server of an environment of the demo inventory."""
    return "pg-production" if environment == "erp" else "pg-nonproduction"


def databases(droplet: Droplet, environment: str) -> dict[str, list[str]]:
    """Databases of an environment: name → owner, whether it takes connections, roles with rights on it."""
    query = (
        "SELECT d.datname, r.rolname, d.datallowconn, array_to_string(d.datacl, ' ') FROM pg_database d"
        f" JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname LIKE '{environment}%'"
    )
    rows = droplet.sql(server(environment), "postgres", query)
    return {name: rest for name, *rest in rows if environment != "erp" or not name.startswith("erp-staging")}


def filestores(droplet: Droplet, environment: str) -> list[str]:
    return droplet.console(f"ls /srv/odoo/{environment}/data/filestore").stdout.split()
