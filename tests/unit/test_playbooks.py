# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks refuse before they ask a machine. Only the hosts are listed: no task runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils import _program
from ansible_collections.ipai.odoo.plugins.module_utils._backup import progress

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
HOSTS = {
    "droplets": {"hosts": {"droplet": {}}},
    "databases": {"hosts": {"pg": {}}},
    "environments": {"children": {"production": {"hosts": {"erp": {}}}, "staging": {"hosts": {"erp-staging": {}}}}},
}


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inventory") / "hosts.yml"
    path.write_text(yaml.safe_dump(HOSTS), encoding="utf-8")
    return path


def hosts(playbook: str, inventory: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was said, of listing the hosts of a playbook."""
    done = subprocess.run(
        [
            str(TOOLS / "ansible-playbook"),
            *(f"ipai.odoo.{playbook}", "-i", str(inventory), "--list-hosts", *arguments),
        ],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_each_asks_first_whether_it_can_be_meant(name: str) -> None:
    first = yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8"))[0]
    assert "lookup('ipai.odoo.asked', " in first["hosts"]
    assert ("takes=" in first["hosts"]) == (name != "site"), "site is a part of recover, which takes variables"


def test_hosts_that_are_meant(inventory: Path) -> None:
    code, said = hosts("backup", inventory, "--limit", "production", "-e", "label=before-upgrade")
    assert code == 0 and "hosts (1): erp" in said, said


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        (
            "backup",
            ("--limit", "pg", "--tags", "always"),
            "--limit pg names no host in environments. There are: erp, erp-",
        ),
        ("recover", ("--limit", "erp,epr"), "--limit epr names no host in droplets, databases or environments."),
        ("backup", ("-e", "lable=before-upgrade"), "lable means nothing here. There are: label, reason."),
        (
            "recover",
            ("-e", "restore_target_time=x"),
            "restore_target_time means nothing here. There are: recover_backup,",
        ),
        ("restore", ("-e", '{"time": 1, "restore_name": "x"}'), "time means nothing here. There are: restore_backup,"),
    ],
)
def test_what_cannot_be_meant_is_refused(inventory: Path, name: str, arguments: tuple[str, ...], told: str) -> None:
    code, said = hosts(name, inventory, *arguments)
    assert code != 0 and told in said, said


@pytest.mark.parametrize("name", ["backup", "site"])
def test_an_inventory_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    code, said = hosts(name, tmp_path / "inventry", "--limit", "erp")
    assert code != 0 and "There is nothing to do: the inventory has no host in" in said, said


def test_an_export_without_an_id_is_of_the_latest_as_everywhere() -> None:
    """The last of the list may be imported, or damaged."""
    play = yaml.safe_load((ROOT / "playbooks" / "backup_export.yml").read_text(encoding="utf-8"))[0]
    chosen = jinja2.Environment().from_string(play["vars"]["__export_id"])
    found = {"latest": "own", "backups": [{"id": "own"}, {"id": "imported"}]}
    given: list[dict[str, str]] = [{}, {"export_backup": "latest"}, {"export_backup": "imported"}]
    assert [chosen.render(__export_found=found, **one) for one in given] == ["own", "own", "imported"]


def test_a_command_to_go_on_with_names_the_inventory() -> None:
    for name in PLAYBOOKS:
        text = (ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8")
        told = [line for line in text.splitlines() if "ansible-playbook ipai.odoo." in line]
        assert all(" -i " in line for line in told), name


#: The play of a playbook, on the controller, with an answer of its tasks instead of the tasks.
VERIFY = """
- hosts: erp,erp-staging,erp-test
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.set_fact:
        __verify_found: {{backups: "{{{{ [] if inventory_hostname == 'erp-test' else [1] }}}}"}}
        __verify_archive: {{stat: {{exists: "{{{{ odoo_database_server == 'pg' }}}}"}}}}
    - ansible.builtin.copy:
        content: "{{{{ __verify_runs | community.general.json_query('[].[command, host]') | to_json }}}}"
        dest: "{folder}/{{{{ inventory_hostname }}}}"
        mode: "0600"
      vars: {variables}
"""


def test_an_archive_is_verified_once(tmp_path: Path) -> None:
    """By the first of the environments on its server, besides their own repositories."""
    play = yaml.safe_load((ROOT / "playbooks" / "backup_verify.yml").read_text(encoding="utf-8"))[0]
    servers = {"erp": "pg", "erp-staging": "pg-other", "erp-test": "pg", "pg": ""}
    hosts = {name: {"odoo_database_server": server} for name, server in servers.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    text = VERIFY.format(folder=tmp_path, variables=json.dumps(play["vars"]))
    (tmp_path / "play.yml").write_text(text, encoding="utf-8")

    def verified(*limit: str) -> dict[str, list[list[str]]]:
        argv = [str(TOOLS / "ansible-playbook"), "-i", str(tmp_path / "hosts.yml"), str(tmp_path / "play.yml"), *limit]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stdout + done.stderr
        return {name: json.loads((tmp_path / name).read_text()) for name in ("erp", "erp-staging", "erp-test")}

    whole = verified()
    assert whole["erp"] == [["verify", "erp"], ["archive-verify", "pg"]]
    assert (whole["erp-staging"], whole["erp-test"]) == ([["verify", "erp-staging"]], [])
    assert verified("--limit", "erp-test")["erp-test"] == [["archive-verify", "pg"]]


@pytest.mark.parametrize("name", [name for name in PLAYBOOKS if name not in ("site", "backup_report", "mail")])
def test_one_is_told_where_to_see_how_a_long_step_goes_on(name: str) -> None:
    """Before the step, and by a command that names what both timers and playbooks log as."""
    first = yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8"))[0]
    tasks = [task.get("ansible.builtin.import_tasks", "") for task in first["tasks"]]
    step = next((number for number, task in enumerate(first["tasks"]) if is_long(task)), len(tasks))
    assert "tasks/progress.yml" in tasks[:step]
    told = (ROOT / "playbooks" / "tasks" / "progress.yml").read_text(encoding="utf-8")
    assert f"sudo journalctl -f -t {progress.NAME}" in told
    assert os.path.basename(_program.LAUNCHER) == progress.NAME


def is_long(task: dict[str, Any]) -> bool:
    modules = {"ansible.builtin.command", "ipai.odoo.odoo_backup", "ipai.odoo.odoo_restore"}
    return any(modules.intersection(one) for one in [task, *task.get("block", [])])
