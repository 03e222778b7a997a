# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in an inventory: one clear message before anything is touched.

Each is a copy of the demo inventory with one thing changed, run against the droplet that stands.
Alone, against a running demo: scripts/lab.sh test tests/integration/test_bad_input.py
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from lab import droplets, measure, places, playbook, tools


@pytest.fixture
def inventory(tmp_path) -> Path:
    return Path(shutil.copytree(places.INVENTORY, tmp_path / "inventory"))


def change(folder: Path, group: str, **variables: object) -> None:
    """Set (or with None take away) variables of a group."""
    path = folder / "group_vars" / f"{group}.yml"
    data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for name, value in variables.items():
        if value is None:
            del data[name]
        else:
            data[name] = value
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


# name: (what is wrong, the host that is named, what the message says, as regular expressions)
CASES: dict[str, tuple[Callable[[Path], None], str, list[str]]] = {
    "unknown series": (
        lambda folder: change(folder, "environments", odoo_version="17.0"),
        "erp",
        [r"17\.0", r"18\.0", r"19\.0"],
    ),
    "missing domain": (lambda folder: change(folder, "staging", odoo_domain=None), "erp-staging", [r"odoo_domain"]),
    "empty domain": (lambda folder: change(folder, "staging", odoo_domain=""), "erp-staging", [r"odoo_domain"]),
    "two environments with one domain": (
        lambda folder: change(folder, "staging", odoo_domain="erp.lab.test"),
        "erp-staging",
        [r"erp\.lab\.test", r"\berp\b"],
    ),
    "domain of one is alias of another": (
        lambda folder: change(folder, "staging", odoo_domain_aliases=["ERP.lab.test"]),
        "erp-staging",
        [r"(?i)erp\.lab\.test"],
    ),
    "no database server": (
        lambda folder: change(folder, "staging", odoo_database_server=None),
        "erp-staging",
        [r"odoo_database_server"],
    ),
    "unknown database server": (
        lambda folder: change(folder, "staging", odoo_database_server="pg-nowhere"),
        "erp-staging",
        [r"pg-nowhere", r"pg-(non)?production"],
    ),
    "short password": (
        lambda folder: change(folder, "production", odoo_admin_password="Ab3$x"),
        "erp",
        [r"odoo_admin_password"],
    ),
    "default password": (
        lambda folder: change(folder, "production", odoo_admin_password="admin"),
        "erp",
        [r"odoo_admin_password"],
    ),
    "password that everybody tries": (
        lambda folder: change(folder, "staging", odoo_admin_password="password12345"),
        "erp-staging",
        [r"odoo_admin_password"],
    ),
    "too little memory for the workers": (
        lambda folder: change(folder, "staging", odoo_workers=8, odoo_memory_mb=1024),
        "erp-staging",
        [r"odoo_workers|workers", r"1024", r"8"],
    ),
    "more memory than the droplet has": (
        lambda folder: change(folder, "production", odoo_memory_mb=9_000_000),
        "(erp|droplet)",
        [r"9000000|9,000,000", r"memory"],
    ),
    "misspelt variable": (
        lambda folder: change(folder, "production", odoo_worker=2),
        "erp",
        [r"odoo_worker\b", r"odoo_workers"],
    ),
    "misspelt odoo.conf key": (
        lambda folder: change(folder, "production", odoo_config={"limit_time_cpuu": 60}),
        "erp",
        [r"limit_time_cpuu", r"limit_time_cpu\b"],
    ),
    "odoo.conf key of another series": (
        lambda folder: change(folder, "production", odoo_config={"longpolling_port": 8072}),
        "erp",
        [r"longpolling_port", r"gevent_port"],
    ),
    "unknown droplet": (
        lambda folder: change(folder, "production", odoo_droplet="nowhere"),
        "erp",
        [r"nowhere"],
    ),
}


@pytest.fixture(scope="module")
def untouched(droplet):
    """The droplet is the same after all of these as it was before."""
    before = measure.fingerprint(droplet, databases=True)
    yield
    assert measure.differences(before, measure.fingerprint(droplet, databases=True)) == []


def refused(run: playbook.Play, host: str, words: list[str]) -> None:
    assert run.code != 0, "the mistake went through"
    assert run.total("changed") == 0, run.changes
    assert "Traceback" not in run.text
    failed = re.findall(r"^(?:fatal: |\[ERROR\]: ).*?(?=^\S+ *\[|^PLAY |^NO MORE|^TASK|\Z)", run.text, re.M | re.S)
    assert failed, run.text[-3000:]
    message = "\n".join(failed)
    assert re.search(rf"(?<![\w-]){host}(?![\w-])", message), f"no host is named: {message}"
    for word in words:
        assert re.search(word, message), f"{word} is not in the message: {message}"
    # One message: nothing that failed afterwards, and no other host than the checker's.
    assert sum(1 for counts in run.recap.values() if counts["failed"]) <= 1, message
    assert not re.search(r"TASK \[ipai\.odoo\.", run.text), "roles have run"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_mistake_is_refused(droplet, untouched, inventory, case):
    spoil, host, words = case
    spoil(inventory)
    refused(playbook.play(inventory=inventory), host, words)


def test_password_is_not_shown(droplet, untouched, inventory):
    password = f"x{uuid.uuid4().hex[:6]}"
    change(inventory, "production", odoo_admin_password=password)
    run = playbook.play("-vv", inventory=inventory)
    assert run.code != 0
    assert password not in run.text


def test_all_mistakes_are_told_at_once(droplet, untouched, inventory):
    change(inventory, "production", odoo_version="17.0", odoo_admin_password="admin")
    change(inventory, "staging", odoo_database_server="pg-nowhere")
    run = playbook.play(inventory=inventory)
    refused(run, "erp", [r"17\.0", "odoo_admin_password", "pg-nowhere"])


def test_limit_does_not_hide_a_shared_domain(droplet, untouched, inventory):
    """The other environment is not part of the run, and its domain is taken all the same."""
    change(inventory, "staging", odoo_domain="erp.lab.test")
    refused(playbook.play("--limit", "erp-staging", inventory=inventory), "erp-staging", [r"erp\.lab\.test"])


def test_unmodified_copy_is_accepted(droplet, untouched, inventory):
    """Positive control: what is refused above is the mistake and not the copy."""
    run = playbook.play("--limit", "erp-staging", "--tags", "odoo_addons", "--check", inventory=inventory)
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes


def test_unsupported_system_is_refused(droplet, inventory):
    """A machine that is not among the supported ones: a fresh Debian 11 by all that it says of itself."""
    name, address = f"ipai-lab-old-{uuid.uuid4().hex[:6]}", "172.30.10.60"
    tools.run(
        [
            "docker",
            "run",
            "--detach",
            "--rm",
            "--name",
            name,
            "--network",
            places.NETWORK,
            "--ip",
            address,
            "--entrypoint",
            "sleep",
            places.DROPLET_IMAGE,
            "3600",
        ]
    )
    try:
        script = """
set -e
install -d -m 0700 /root/.ssh && umask 077 && cat >/root/.ssh/authorized_keys
rm -f /etc/os-release
cat >/etc/os-release <<END
PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"
NAME="Debian GNU/Linux"
VERSION_ID="11"
VERSION="11 (bullseye)"
VERSION_CODENAME=bullseye
ID=debian
END
chmod 0644 /etc/os-release
echo 11.9 >/etc/debian_version
ssh-keygen -q -A >/dev/null && mkdir -p /run/sshd && /usr/sbin/sshd
cat /etc/ssh/ssh_host_ed25519_key.pub
"""
        public = (places.HOME / "id_ed25519.pub").read_text(encoding="utf-8")
        key = tools.run(["docker", "exec", "--interactive", name, "sh", "-c", script], stdin=public).stdout.strip()
        hosts = inventory / "known_hosts"
        hosts.write_text(f"{address} {key}\n", encoding="utf-8")
        change(inventory, "all", ansible_ssh_common_args=f"-o UserKnownHostsFile={hosts}")
        old = droplets.Droplet("old", address, "old.test")
        files = [
            "docker",
            "exec",
            name,
            "sh",
            "-c",
            "find /etc /usr /srv /opt /var -xdev -newer /root/.ssh/authorized_keys | sort",
        ]
        before = tools.run(files).stdout
        refused(playbook.play(droplet=old, inventory=inventory), "droplet", [r"Debian 11|bullseye", r"Debian 1[23]"])
        assert tools.run(files).stdout == before
    finally:
        tools.run(["docker", "rm", "--force", name], check=False)
