# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action as ansible-playbook runs it: templates, lookups and --limit are Ansible's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.action import preflight

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ipai.odoo.preflight:
      run_once: true
"""
INVENTORY = """
all:
  children:
    droplets:
      hosts:
        droplet:
          ansible_host: 192.0.2.1
    databases:
      hosts:
        pg:
          postgres_droplet: droplet
          ansible_host: "{{ hostvars[postgres_droplet].ansible_host }}"
    environments:
      vars:
        zone: example.com
        odoo_droplet: droplet
        odoo_database_server: pg
        odoo_version: 19.0
        backup_repositories: [{name: disk, path: /srv/backup}]
        ansible_host: "{{ hostvars[odoo_droplet].ansible_host }}"
      children:
        production:
          hosts:
            erp:
              odoo_domain: "erp.{{ zone }}"
              odoo_config:
                log_level: "{{ 'warn' }}"
        staging:
          hosts:
            erp-staging:
              odoo_domain: "staging.{{ zone }}"
"""


def play(path: Path, inventory: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (path / "inventory.yml").write_text(inventory)
    (path / "play.yml").write_text(PLAYBOOK)
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventory.yml", *arguments, "play.yml"]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(path / "tmp")}
    environment.pop("ANSIBLE_CONFIG", None)
    return subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, check=False)


def test_sound_inventory(tmp_path: Path) -> None:
    done = play(tmp_path, INVENTORY, "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout


def test_all_problems_in_one_message_without_a_traceback(tmp_path: Path) -> None:
    spoilt = (
        INVENTORY.replace('"staging.{{ zone }}"', '"ERP.{{ zone }}"\n              odoo_admin_password: hunter22')
        .replace("'warn'", "no_such_level")
        .replace("odoo_version: 19.0", "odoo_version: 19.0\n        odoo_modules: \"{{ lookup('file', '/no/such') }}\"")
    )
    # The environment with the other domain is outside the limit and counts all the same.
    done = play(tmp_path, spoilt, "--limit", "erp")
    said = done.stdout + done.stderr
    assert done.returncode == 2
    assert "Traceback" not in said and "hunter22" not in said
    assert "The inventory has 4 problems. Nothing was touched.\n" in said
    for part in (
        "erp: odoo_config has no value: 'no_such_level' is undefined",
        "erp, erp-staging: odoo_modules has no value:",
        "erp, erp-staging: the domain erp.example.com is used 2 times.",
        "erp-staging: the password in odoo_admin_password is too short",
    ):
        assert part in said


def test_specs_of_the_collection_are_found() -> None:
    specs = preflight.read_specs()
    assert "postgres_memory_mb" in specs["postgres"]["main"]
    assert "nginx_vhost_domain" in specs["nginx"]["vhost"]


def test_specs_of_nothing(tmp_path: Path) -> None:
    assert preflight.read_specs(tmp_path) == {}


def test_plain_values() -> None:
    class Text(str):
        __slots__ = ()

    value = preflight.plain({Text("a"): [Text("b"), 1, 1.5, True, None, (2,)], "c": Path("/x")})
    assert value == {"a": ["b", 1, 1.5, True, None, [2]], "c": "/x"}
    assert value["a"][0].__class__ is str


def test_reason_is_the_innermost_sentence() -> None:
    outer = ValueError("outer")
    outer.__cause__ = KeyError("inner")
    assert preflight.reason_of(outer) == "'inner'"


@pytest.mark.parametrize("error", [ValueError(""), RecursionError()])
def test_reason_is_never_empty(error: Exception) -> None:
    assert preflight.reason_of(error) == type(error).__name__
