# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The weekly drill: the newest backup and the newest moment come back where nobody is harmed, and are thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import playbook
from lab.droplets import Droplet

SETTINGS = "/etc/ipai-odoo/backup/erp.json"

# Which networks the throwaways were last seen in, asked while it runs.
LOOK = """
import json, subprocess, time
run = subprocess.Popen(["systemctl", "start", "ipai-backup-drill@erp"])
seen = {}
while run.poll() is None:
    names = subprocess.run(["docker", "ps", "--format", "{{.Names}}"], capture_output=True, text=True).stdout.split()
    for name in names:
        asked = subprocess.run(["docker", "inspect", "--format", "{{json .NetworkSettings.Networks}}", name],
                               capture_output=True, text=True)
        if asked.returncode == 0:
            seen[name] = sorted(json.loads(asked.stdout))
    time.sleep(0.3)
print(json.dumps({"code": run.returncode, "networks": seen}))
"""


def last(droplet: Droplet) -> dict[str, Any]:
    lines = droplet.read("/var/lib/ipai-odoo/erp/runs.jsonl").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["kind"] == "drill"][-1]


@pytest.fixture(scope="module")
def drilled(droplet: Droplet, figure: Callable[[str, str], None]) -> dict[str, Any]:
    droplet.ssh("systemctl start ipai-backup-pair@erp", timeout=300)
    before = set(droplet.containers())
    found: dict[str, Any] = droplet.python(LOOK, timeout=600)
    entry = last(droplet)
    figure(
        "drill", f"{entry['details'].get('rto_seconds')} s until Odoo served the backup, {entry['seconds']:.0f} in all"
    )
    return {**found, "entry": entry, "before": before}


def test_backup_and_moment_are_good(droplet: Droplet, drilled: dict[str, Any]) -> None:
    assert drilled["code"] == 0, drilled["entry"]
    details = drilled["entry"]["details"]
    assert drilled["entry"]["result"] == "good" and details["repository"] == "spaces"
    # The farther repository's archive has work that is younger than the backup.
    assert 0 < details["rpo_seconds"] < 900 and 0 < details["rto_seconds"] < 180
    names = {check["name"] for check in details["checks"]}
    assert {"tables", "modules", "files", "odoo", "assets", "moment: heartbeat", "moment: files"} <= names


def test_it_had_no_network(drilled: dict[str, Any]) -> None:
    ours = {name: networks for name, networks in drilled["networks"].items() if name not in drilled["before"]}
    assert ours.pop("erp-drill") == ["none"]
    # Odoo shares the namespace of its server; the server's copy has read its repository, and then leaves the network.
    assert "pg-production-copy" in ours and set(map(tuple, ours.values())) == {()}


def test_nothing_of_it_is_left(droplet: Droplet, drilled: dict[str, Any]) -> None:
    assert set(droplet.containers()) == drilled["before"]
    assert droplet.ssh("ls /srv/odoo/erp/backup").stdout.split() == ["filestore"]


def test_the_listing_tells_of_it(droplet: Droplet, drilled: dict[str, Any], tmp_path: Path) -> None:
    variables = json.dumps({"report_folder": str(tmp_path)})
    run = playbook.play("--limit", "erp", "--extra-vars", variables, playbook="ipai.odoo.backup_report")
    assert run.code == 0, run.failures
    report = json.loads(droplet.read("/var/lib/ipai-odoo/erp/report.json"))
    (backup,) = (one for one in report["backups"] if one["id"] == drilled["entry"]["details"]["id"])
    assert backup["verified"]["how"] == "drill"
    assert report["drills"][0]["details"]["rto_seconds"] == drilled["entry"]["details"]["rto_seconds"]
    metrics = droplet.read("/var/lib/ipai-odoo/metrics/ipai_backup_erp.prom")
    assert 'ipai_backup_rto_seconds{host="erp",kind="drill"}' in metrics


@pytest.fixture
def suspicious(droplet: Droplet) -> Iterator[None]:
    """A rule of the business that does not hold."""
    text = droplet.read(SETTINGS)
    document = json.loads(text)
    document["invariants"] = {
        "nobody is called Administrator": "SELECT name FROM res_partner WHERE name ILIKE 'admin%'"
    }
    droplet.ssh(f"cat > {SETTINGS}", stdin=json.dumps(document))
    yield
    droplet.ssh(f"cat > {SETTINGS}", stdin=text)


def test_what_is_not_as_it_should_be_fails_the_drill(
    droplet: Droplet, drilled: dict[str, Any], suspicious: None
) -> None:
    run = playbook.play("--limit", "erp", playbook="ipai.odoo.drill")
    assert run.code != 0
    assert "nobody is called Administrator" in " ".join(run.text.split())
    entry = last(droplet)
    assert entry["result"] == "failed" and "is not good" in entry["message"]
    assert set(droplet.containers()) == drilled["before"]
