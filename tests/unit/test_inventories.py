# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories that come with the collection: they parse, and every variable in them means something to a role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
INVENTORIES = ("demo", "example")
#: Variables of Ansible itself, of the lab (only in demo), and secrets that other variables refer to.
OTHERS = {"demo": ("ansible_", "lab_"), "example": ("ansible_", "vault_")}
#: Processors of the smallest droplet that each is made for.
CPUS = {"demo": 2, "example": 4}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMzHxQvDJYgvOIcAT3BVoPNpGCLJh1VVSTcwWwdIzNKA operator"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a key, and what scripts/lab.sh leaves for the demo."""
    path = tmp_path_factory.mktemp("home")
    (path / ".ssh").mkdir()
    (path / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n", encoding="utf-8")
    (path / "id_ed25519.pub").write_text(f"{KEY}\n", encoding="utf-8")
    (path / "ca_certificates.json").write_text("{}", encoding="utf-8")
    (path / "nameservers.json").write_text("[]", encoding="utf-8")
    return path


def run(home: Path, *argv: str) -> str:
    """Output of one of Ansible's programs, which finds nothing of the user who runs the tests."""
    done = subprocess.run(
        [str(TOOLS / argv[0]), *argv[1:]],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(home), "IPAI_LAB_HOME": str(home), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=INVENTORIES)
def inventory(request: pytest.FixtureRequest, home: Path) -> tuple[str, dict[str, Any]]:
    """Name of an inventory, and what ansible-inventory reads in it."""
    path = ROOT / "inventories" / request.param
    return request.param, json.loads(run(home, "ansible-inventory", "-i", str(path), "--list"))


def known_variables() -> set[str]:
    """Every variable that some role's argument specs name."""
    names: set[str] = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for spec in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            names.update(spec.get("options") or {})
    return names


def members(listed: dict[str, Any], group: str) -> set[str]:
    """Hosts of a group and of its children."""
    found = set(listed.get(group, {}).get("hosts", []))
    return found.union(*(members(listed, child) for child in listed.get(group, {}).get("children", [])))


def test_groups(inventory: tuple[str, dict[str, Any]]) -> None:
    listed = inventory[1]
    assert len(members(listed, "droplets")) == 1
    assert members(listed, "databases") == {"pg-production", "pg-nonproduction"}
    assert members(listed, "environments") == {"erp", "erp-staging"}
    assert members(listed, "production") == {"erp"}
    assert members(listed, "staging") == {"erp-staging"}


def test_every_variable_is_one_of_a_role(inventory: tuple[str, dict[str, Any]]) -> None:
    name, listed = inventory
    known = known_variables()
    for host, variables in listed["_meta"]["hostvars"].items():
        unknown = {key for key in variables if key not in known and not key.startswith(OTHERS[name])}
        assert unknown == set(), host


def test_environments_and_servers_are_reached_as_their_droplet(inventory: tuple[str, dict[str, Any]]) -> None:
    listed = inventory[1]
    (droplet,) = members(listed, "droplets")
    for host in members(listed, "environments") | members(listed, "databases"):
        variables = listed["_meta"]["hostvars"][host]
        owner = variables.get("odoo_droplet", variables.get("postgres_droplet"))
        assert owner == droplet
        prefix = "odoo" if "odoo_droplet" in variables else "postgres"
        for key in ("ansible_host", "ansible_user"):
            assert variables[key] == f"{{{{ hostvars[{prefix}_droplet].{key} }}}}", host


def test_admin_user_is_said_twice(inventory: tuple[str, dict[str, Any]]) -> None:
    # At the first contact the playbook sets ansible_user to root: what refers to it would make root the admin user.
    listed = inventory[1]
    (droplet,) = members(listed, "droplets")
    variables = listed["_meta"]["hostvars"][droplet]
    assert variables["hardening_admin_user"] == variables["ansible_user"] == "ops"


def test_no_secret_lies_in_the_open() -> None:
    sample = yaml.safe_load((ROOT / "inventories/example/group_vars/all/vault.yml.sample").read_text(encoding="utf-8"))
    assert set(sample.values()) == {""}
    for path in (ROOT / "inventories").rglob("*.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _colon, value = line.lstrip("# ").partition(":")
            if key.endswith(("_password", "_token")):
                assert value.strip().startswith('"{{ vault_'), f"{path}: {line}"


def test_vault_sample_has_every_secret_that_is_referred_to() -> None:
    folder = ROOT / "inventories" / "example"
    sample = yaml.safe_load((folder / "group_vars/all/vault.yml.sample").read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.yml"))
    referred = {word.strip('"{}. ') for word in text.split() if word.startswith("vault_")}
    assert {word for word in referred if "/" not in word} == {*sample, "vault.yml"} - {"vault.yml"}


@pytest.mark.parametrize("name", INVENTORIES)
def test_site_accepts_it(name: str, home: Path) -> None:
    run(home, "ansible-playbook", "-i", str(ROOT / "inventories" / name), "ipai.odoo.site", "--syntax-check")


# Facts as the module setup leaves them, for a droplet that nobody has to have.
PREFLIGHT = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact:
        cacheable: true
        distribution: Debian
        distribution_version: "13.1"
        distribution_major_version: "13"
        memtotal_mb: {memory}
        processor_vcpus: {cpus}
    - ipai.odoo.preflight:
      run_once: true
      register: judged
      ignore_errors: true
    - ansible.builtin.copy:
        content: "{{{{ judged.problems | to_json }}}}"
        dest: {answer}
        mode: "0600"
      run_once: true
"""


def problems(name: str, home: Path, memory: int) -> list[dict[str, str]]:
    """What the preflight of the playbook would say, had the droplet this much memory (MiB)."""
    answer, playbook = home / "answer.json", home / "preflight.yml"
    playbook.write_text(PREFLIGHT.format(memory=memory, cpus=CPUS[name], answer=answer), encoding="utf-8")
    local = "ansible_connection=local"  # the strongest word: nothing may knock at a droplet from here
    run(home, "ansible-playbook", "-i", str(ROOT / "inventories" / name), "-e", local, str(playbook))
    found: list[dict[str, str]] = json.loads(answer.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", INVENTORIES)
def test_preflight_finds_nothing_wrong(name: str, home: Path) -> None:
    assert problems(name, home, memory=7941) == []


@pytest.mark.parametrize("name", INVENTORIES)
def test_preflight_does_look(name: str, home: Path) -> None:
    (problem,) = problems(name, home, memory=2048)
    assert "2048 MiB" in problem["what"]
