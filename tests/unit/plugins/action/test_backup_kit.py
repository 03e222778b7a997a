# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery kits as the roles have them written, and where: beside an inventory that Ansible parses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
TOOLS = Path(sys.executable).parent
HOSTS = """
environments:
  hosts:
    erp:
      odoo_database_server: pg
databases:
  hosts:
    pg:
"""
KEYS = {"access_key": "s3cret-access", "secret_key": "s3cret-secret"}
REPOSITORIES = [
    {"name": "disk", "path": "/srv/backup"},
    {"name": "spaces", "endpoint": "s3.example.com", "bucket": "b", "prefix": "/odoo/", "region": "sgp1", **KEYS},
]
PLAY = """
- hosts: erp,pg
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_vars: "{role}/defaults/main.yml"
    - ansible.builtin.include_vars: "{role}/vars/main.yml"
    - ipai.odoo.backup_kit:
        path: "{{{{ {path} }}}}"
        host: "{{{{ inventory_hostname }}}}"
        variables: {{key: "{{{{ given | default('s3cret-key') }}}}"}}
        keys: []
        notes: "{{{{ {notes} }}}}"
"""
KITS = {
    "erp": ("backup", "backup_recovery_kit", "__backup_kit_notes"),
    "pg": ("postgres", "postgres_archive_recovery_kit", "__postgres_archive_kit_notes"),
}


def run(home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(
        [str(TOOLS / argv[0]), *argv[1:]], check=False, capture_output=True, text=True, env=environment, cwd=home
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def write(folder: Path, host: str, *arguments: str) -> str:
    """Have the kit of a host written as its role does it; what was said."""
    role, path, notes = KITS[host]
    (folder / "play.yml").write_text(PLAY.format(role=ROOT / "roles" / role, path=path, notes=notes), encoding="utf-8")
    play = ("ansible-playbook", "-i", str(folder / "inventory"), "--limit", host, str(folder / "play.yml"))
    done = run(folder, *play, "-e", json.dumps({"backup_repositories": REPOSITORIES}), *arguments)
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def kits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an inventory, and beside its hosts the kits of an environment and of its server."""
    folder = tmp_path_factory.mktemp("my-odoo")
    (folder / "inventory").mkdir()
    (folder / "inventory" / "hosts.yml").write_text(HOSTS, encoding="utf-8")
    for host in KITS:
        write(folder, host)
    return folder


def kit_of(folder: Path, host: str) -> Path:
    (found,) = (folder / "inventory" / "recovery").glob(f"{host}.*")
    return found


def test_ansible_reads_no_kit_as_an_inventory(kits: Path) -> None:
    """It would warn of each, and show the lines around a mistake, which are the key's."""
    before = {path: path.read_text(encoding="utf-8") for path in (kit_of(kits, "erp"), kit_of(kits, "pg"))}
    spoilt, encrypted = before
    spoilt.write_text(before[spoilt] + "\tkey: [s3cret-key\n", encoding="utf-8")
    encrypted.write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n", encoding="utf-8")
    try:
        done = run(kits, "ansible-inventory", "-i", str(kits / "inventory"), "--list")
    finally:
        for path, text in before.items():
            path.write_text(text, encoding="utf-8")
    assert done.stderr == "" and "s3cret-key" not in done.stdout
    listed: dict[str, Any] = json.loads(done.stdout)
    assert listed["environments"]["hosts"] == ["erp"] and set(listed) == {"_meta", "all", "databases", "environments"}


def test_ansible_takes_a_kit_as_variables(kits: Path) -> None:
    argv = ("ansible", "localhost", "-m", "ansible.builtin.debug", "-a", "var=key", "-e", f"@{kit_of(kits, 'erp')}")
    assert "s3cret-key" in run(kits, *argv).stdout


def test_git_takes_no_kit(kits: Path) -> None:
    git = ["git", "-C", str(kits)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    argv = [*git, "status", "--porcelain", "--untracked-files=all", "inventory"]
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout == "?? inventory/hosts.yml\n"


@pytest.mark.parametrize("host", KITS)
def test_a_kit_says_how_to_recover(kits: Path, host: str) -> None:
    text = kit_of(kits, host).read_text(encoding="utf-8")
    assert "ansible-playbook ipai.odoo.recover -i INVENTORY" in text
    assert not any(word in text for word in ("ipai.odoo.site", "ipai.odoo.restore", "--limit", "@THIS_FILE"))


def test_a_kit_says_how_restic_reads_each_repository(kits: Path) -> None:
    notes, _separator, _body = kit_of(kits, "erp").read_text(encoding="utf-8").partition("\n---\n")
    keys = "AWS_ACCESS_KEY_ID=ACCESS_KEY_OF_spaces AWS_SECRET_ACCESS_KEY=SECRET_KEY_OF_spaces"
    for line in (
        "#   export RESTIC_REPOSITORY=/srv/backup/erp/restic   # disk",
        "#   export RESTIC_REPOSITORY=s3:https://s3.example.com/b/odoo/erp/restic   # spaces",
        f"#   export {keys} AWS_DEFAULT_REGION=sgp1",
        "#   export RESTIC_PASSWORD=BACKUP_KEY   # below as well",
        "#   restic --option s3.bucket-lookup=path snapshots",
    ):
        assert line in notes.splitlines()
    assert "s3cret" not in notes


def test_a_kit_that_was_changed_is_to_be_copied_again(kits: Path) -> None:
    """Whoever has a copy of it would not know; nothing is to be copied when nothing was written."""
    told = "Copy it again to where you keep it"
    path, other = kit_of(kits, "pg"), ("-e", "given=s3cret-other")
    before = path.read_text(encoding="utf-8")
    assert told not in write(kits, "pg")
    assert told not in write(kits, "pg", "--check", *other)
    assert path.read_text(encoding="utf-8") == before
    assert told in write(kits, "pg", *other)
    assert told not in write(kits, "pg", *other)
    path.unlink()
    assert told not in write(kits, "pg")
