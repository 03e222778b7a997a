# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odoo's own format: Odoo itself takes what was exported, and what Odoo has written becomes a backup."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lab import playbook, tools
from lab.backups import backups
from lab.droplets import Droplet

# Lets Odoo load a zip file into a server of its own, and write another of what it has loaded.
ODOO = r"""
import json, subprocess, sys
sys.path.insert(0, "/opt/ipai-odoo/lib")
from ansible_collections.ipai.odoo.plugins.module_utils._backup import throwaway

def image(name):
    return json.loads(subprocess.check_output(["docker", "inspect", name]))[0]["Config"]["Image"]

with throwaway.server("lab-zip", image("pg-production"), "/srv/lab-zip") as server:
    server.execute("postgres", "CREATE ROLE zip LOGIN SUPERUSER;")
    base = ["docker", "run", "--rm", "--network", "container:lab-zip", "--tmpfs", "/var/lib/odoo:mode=1777"]
    base += ["--volume", "/run/lab-zip:/zip", "--user", "0", "--entrypoint", "odoo", image("erp-odoo")]
    base += ["db", "--db_host", "127.0.0.1", "-r", "zip", "-w", "none", "-D", "/zip/data"]
    load = subprocess.run([*base, "load", "loaded", "/zip/out.zip"], capture_output=True, text=True)
    dump = subprocess.run([*base, "dump", "loaded", "/zip/in.zip"], capture_output=True, text=True)
    partners = server.value("loaded", "SELECT count(*) FROM res_partner")
    files = server.value("loaded", "SELECT count(DISTINCT store_fname) FROM ir_attachment")
stored = subprocess.check_output("find /run/lab-zip/data/filestore/loaded -type f | wc -l", shell=True)
print(json.dumps({"load": [load.returncode, load.stderr[-2000:]], "dump": [dump.returncode, dump.stderr[-2000:]],
                  "partners": partners, "files": files, "stored": int(stored)}))
"""


def words(run: playbook.Play) -> str:
    """What a run printed, without the breaks of its lines."""
    return " ".join(run.text.split())


@pytest.fixture(scope="module")
def exported(droplet: Droplet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest backup, on this machine."""
    droplet.ssh(["ipai-odoo-backup", "pair", "erp"], timeout=300)
    folder = tmp_path_factory.mktemp("export")
    run = playbook.play("--limit", "erp", "-e", f"export_folder={folder}", playbook="ipai.odoo.backup_export")
    assert run.code == 0, run.failures
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def taken(droplet: Droplet, exported: Path) -> dict[str, Any]:
    """What Odoo makes of it."""
    droplet.console("rm -rf /run/lab-zip; mkdir -m 0700 /run/lab-zip")
    tools.run(["docker", "cp", str(exported), f"{droplet.container}:/root/out.zip"])
    droplet.console("mv /root/out.zip /run/lab-zip/out.zip")
    return droplet.python(ODOO, timeout=300)


def test_export_has_what_odoo_writes(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert names[:2] == ["dump.sql", "manifest.json"]
    assert sum(name.startswith("filestore/") for name in names) > 10
    assert manifest["odoo_dump"] == "1"
    assert manifest["major_version"] == "19.0"
    assert manifest["version_info"][:2] == [19, 0]
    assert manifest["pg_version"].startswith("17.")
    assert manifest["modules"]["ipai_demo"]


def test_export_is_its_owner_s_only_and_nothing_stays_on_the_droplet(droplet: Droplet, exported: Path) -> None:
    assert droplet.ssh("ls -A /var/lib/ipai-odoo-export 2>/dev/null").stdout == ""
    assert exported.stat().st_size > 100_000


def test_odoo_loads_it(droplet: Droplet, taken: dict[str, Any]) -> None:
    assert taken["load"][0] == 0, taken["load"][1]
    assert taken["partners"] == int(droplet.sql("pg-production", "erp", "SELECT count(*) FROM res_partner")[0][0])
    assert taken["stored"] >= taken["files"] > 0


def test_what_odoo_wrote_becomes_a_backup(droplet: Droplet, taken: dict[str, Any], tmp_path: Path) -> None:
    assert taken["dump"][0] == 0, taken["dump"][1]
    droplet.console("mv /run/lab-zip/in.zip /root/in.zip")
    tools.run(["docker", "cp", f"{droplet.container}:/root/in.zip", str(tmp_path / "in.zip")])
    droplet.console("rm /root/in.zip")
    run = playbook.play(
        "--limit", "erp", "-e", f"import_file={tmp_path / 'in.zip'}", playbook="ipai.odoo.backup_import"
    )
    assert run.code == 0, run.failures
    identifier = words(run).split("is the backup ")[1].split()[0]
    manifest = backups(droplet)[identifier]
    assert manifest["kind"] == "imported"
    assert manifest["filestore"]["referenced"] == taken["files"]
    assert manifest["odoo"]["modules"]["ipai_demo"] == "installed"


@pytest.mark.parametrize("content", [b"no zip at all", None])
def test_something_else_is_refused(droplet: Droplet, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "wrong.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("dump.sql", "CREATE TABLE nothing (id int);")
    else:
        path.write_bytes(content)
    before = backups(droplet)
    run = playbook.play("--limit", "erp", "-e", f"import_file={path}", playbook="ipai.odoo.backup_import")
    assert run.code != 0
    assert ("this is no database of Odoo" if content is None else "cannot be read as a backup of Odoo") in words(run)
    assert backups(droplet) == before
    assert droplet.ssh("ls -A /srv/odoo/erp/backup").stdout.split() == ["filestore"]
