# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups run by themselves, their key is in the recovery kit and nowhere else, and somebody is told when they fail.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_backup_role.py
"""

from __future__ import annotations

import json
import re
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from lab import places, playbook
from lab.droplets import Droplet, Watch

KINDS = ("pair", "pass", "verify", "drill", "mend")
#: This machine, as the droplets see it.
HERE = "172.30.10.1"
BACKUP = ("--limit", "erp", "--tags", "backup")


def kit_of(droplet: Droplet, host: str) -> Path:
    return places.HOME / "recovery" / droplet.address / f"{host}.yml"


def timers(droplet: Droplet) -> dict[str, float]:
    """Timers of backups, and when they run next, in seconds since 1970."""
    listed = json.loads(droplet.ssh("systemctl list-timers --all --output=json 'ipai-backup-*'").stdout)
    return {one["unit"]: (one["next"] or 0) / 1e6 for one in listed}


def runs(droplet: Droplet) -> list[dict[str, Any]]:
    return [json.loads(line) for line in droplet.read("/var/lib/ipai-odoo/erp/runs.jsonl").splitlines()]


class Webhook(BaseHTTPRequestHandler):
    """A Mattermost that remembers what it was told."""

    heard: list[dict[str, str]]

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # Other kinds of runs have their own timers and may have something to tell meanwhile.
        if any(name in message["text"].splitlines()[0] for name in ("backup of database and filestore", "schedule")):
            self.heard.append(message)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_unused: Any) -> None:
        pass


@pytest.fixture(scope="class")
def webhook(droplet: Droplet) -> Iterator[list[dict[str, str]]]:
    """What production's backups tell, while they have somebody to tell."""
    heard: list[dict[str, str]] = []
    server = ThreadingHTTPServer((HERE, 0), type("Receiver", (Webhook,), {"heard": heard}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://{HERE}:{server.server_port}/hooks/s3cret"
        run = playbook.play(*BACKUP, "--diff", "--extra-vars", json.dumps({"backup_webhook": address}))
        assert run.code == 0, run.failures
        assert "s3cret" not in run.text
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        assert playbook.play(*BACKUP).code == 0


@pytest.fixture
def told(webhook: list[dict[str, str]]) -> list[dict[str, str]]:
    """What they tell from now on."""
    webhook.clear()
    return webhook


def wait_for(what: list[dict[str, str]], count: int, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while len(what) < count and time.monotonic() < end:
        time.sleep(0.2)
    assert len(what) == count, what


def test_timers_are_production_s_alone(droplet: Droplet) -> None:
    assert set(timers(droplet)) == {f"ipai-backup-{kind}@erp.timer" for kind in KINDS}


def test_the_next_backup_is_at_two_in_singapore(droplet: Droplet) -> None:
    moment = datetime.fromtimestamp(timers(droplet)["ipai-backup-pair@erp.timer"], ZoneInfo("Asia/Singapore"))
    assert (moment.hour, moment.minute // 10) == (2, 0)
    ahead = timers(droplet)["ipai-backup-pass@erp.timer"] - time.time()
    assert -60 < ahead < 11 * 60


def test_the_first_backup_does_not_wait_for_the_night(droplet: Droplet) -> None:
    link = "/etc/systemd/system/timers.target.wants/ipai-backup-pair@erp.timer"
    switched_on = float(droplet.ssh(f"stat --format %Y {link}").stdout)
    begins = [datetime.fromisoformat(run["start"]).timestamp() for run in runs(droplet) if run["kind"] == "pair"]
    assert any(-1 <= begin - switched_on < 60 for begin in begins), (switched_on, begins)


def test_a_backup_by_its_unit_spares_the_others(droplet: Droplet) -> None:
    droplet.ssh("systemctl start ipai-backup-pair@erp", timeout=300)
    last = [run for run in runs(droplet) if run["kind"] == "pair"][-1]
    assert last["result"] == "good", last
    assert last["details"]["repository"] == "disk, spaces"
    shown = droplet.ssh("systemctl show ipai-backup-pair@erp --property=Nice,IOSchedulingClass,CPUWeight").stdout
    assert set(shown.split()) == {"Nice=19", "IOSchedulingClass=3", "CPUWeight=10"}
    metrics = droplet.ssh("cat /var/lib/ipai-odoo/metrics/ipai_backup_erp.prom", root=False).stdout
    assert re.search(r'^ipai_backup_last_good_timestamp_seconds\{host="erp",kind="pair"\} \d+$', metrics, re.M)


@pytest.mark.parametrize("repository", ["disk", "spaces"])
def test_the_kit_opens_the_repositories(droplet: Droplet, repository: str) -> None:
    """With nothing but the kit and restic, as somebody does whose droplet is gone."""
    path = kit_of(droplet, "erp")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    kit = yaml.safe_load(path.read_text())
    place = next(one for one in kit["backup_repositories"] if one["name"] == repository)
    where = place.get("path") or f"s3:https://{place['endpoint']}/{place['bucket']}/{place['prefix']}"
    lines = [f"export RESTIC_PASSWORD='{kit['backup_key']}'"]
    if "endpoint" in place:
        lines.append(f"export AWS_ACCESS_KEY_ID={place['access_key']} AWS_SECRET_ACCESS_KEY={place['secret_key']}")
    lines.append(f"restic --no-cache --option s3.bucket-lookup=path --repo '{where}/erp/restic' cat config")
    assert "chunker_polynomial" in droplet.ssh("sh -s", stdin="\n".join(lines)).stdout


def test_git_does_not_see_the_kit(droplet: Droplet, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    kit = tmp_path / "recovery" / "erp.yml"
    variables = json.dumps({"backup_recovery_kit": str(kit)})
    assert playbook.play(*BACKUP, "--extra-vars", variables).code == 0
    assert kit.read_text() == kit_of(droplet, "erp").read_text()
    seen = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain"], check=True, stdout=subprocess.PIPE, text=True
    )
    assert seen.stdout == ""


def test_the_key_is_in_no_process_no_log_and_no_output(droplet: Droplet) -> None:
    key = yaml.safe_load(kit_of(droplet, "erp").read_text())["backup_key"]
    assert key == droplet.secret("erp", "backup_key")
    with Watch(droplet) as watch:
        run = playbook.play(*BACKUP, "--diff", "-vvv")
        droplet.ssh("systemctl start ipai-backup-pair@erp", timeout=300)
    assert run.code == 0, run.failures
    assert key not in run.text
    assert "restic" in watch.text and key not in watch.text
    found = droplet.ssh(
        "journalctl --no-pager --boot | grep --count --fixed-strings --file /dev/stdin", stdin=key, check=False
    )
    assert found.stdout.strip() == "0"
    assert droplet.ssh("cat /etc/ipai-odoo/backup/erp.json", root=False, check=False).returncode != 0


def test_second_run_and_check_change_nothing(droplet: Droplet) -> None:
    for arguments in ((), ("--check", "--diff")):
        run = playbook.play(*BACKUP, *arguments)
        assert run.code == 0, run.failures
        assert run.total("changed") == 0, run.changes


class TestWebhook:
    """One play points the alerts at a webhook for all of these."""

    def test_a_stopped_timer_is_told_of(self, droplet: Droplet, told: list[dict[str, str]]) -> None:
        unit, look = "ipai-backup-verify@erp.timer", "systemctl start ipai-backup-mend@erp"
        droplet.ssh(f"systemctl disable --now {unit}")
        try:
            droplet.ssh(look)
            wait_for(told, 1)
            assert unit in told[0]["text"] and "systemctl enable --now" in told[0]["text"]
        finally:
            droplet.ssh(f"systemctl enable --now {unit}")
        droplet.ssh(look)
        wait_for(told, 2)
        assert "works again" in told[1]["text"]

    def test_a_killed_run_alerts_and_a_good_one_too(self, droplet: Droplet, told: list[dict[str, str]]) -> None:
        droplet.ssh(
            "systemctl start --no-block ipai-backup-pair@erp; sleep 0.7;"
            " systemctl kill --signal=KILL ipai-backup-pair@erp"
        )
        wait_for(told, 1)
        text = told[0]["text"]
        for part in (
            "erp",
            "droplet.lab.test",
            "killed",
            "Still safe: the backup",
            "systemctl start ipai-backup-pair@erp",
        ):
            assert part in text
        droplet.ssh("systemctl start ipai-backup-pair@erp", timeout=300)
        wait_for(told, 2)
        assert "works again" in told[1]["text"]

    def test_a_run_that_cannot_do_it_alerts_once(self, droplet: Droplet, told: list[dict[str, str]]) -> None:
        key = "/srv/odoo/erp/secrets/backup_key"
        droplet.ssh(f"mv {key} {key}-away")
        try:
            for _unused in range(2):
                assert droplet.ssh("systemctl start ipai-backup-pair@erp", check=False, timeout=600).returncode != 0
        finally:
            droplet.ssh(f"mv {key}-away {key}")
        wait_for(told, 1)
        assert "has failed" in told[0]["text"]
        droplet.ssh("systemctl start ipai-backup-pair@erp", timeout=300)
        wait_for(told, 2)


@pytest.mark.parametrize("where", ["kit", "variable"])
def test_another_key_is_refused_and_nothing_touched(droplet: Droplet, tmp_path: Path, where: str) -> None:
    other = "kT7mQw3zR8vN2xB9kT7mQw3zR8vN2xB9"
    if where == "kit":
        kit = tmp_path / "erp.yml"
        kit.write_text(yaml.safe_dump({"backup_key": other}))
        variables = {"backup_recovery_kit": str(kit)}
    else:
        variables = {"backup_key": other}
    before = droplet.secret("erp", "backup_key")
    run = playbook.play(*BACKUP, "--extra-vars", json.dumps(variables))
    assert run.code != 0
    assert "is not the one of backup_key or of the recovery kit" in " ".join(run.text.split())
    assert other not in run.text and before not in run.text
    assert droplet.secret("erp", "backup_key") == before


def test_a_place_of_somebody_else_s_key_is_refused(droplet: Droplet) -> None:
    droplet.ssh(
        "mkdir -p /srv/lab-strange/erp && printf strange-key >/run/strange &&"
        " restic --no-cache --repo /srv/lab-strange/erp/restic --password-file /run/strange init"
    )
    try:
        places_ = {"backup_repositories": [{"name": "strange", "path": "/srv/lab-strange"}]}
        run = playbook.play(*BACKUP, "--extra-vars", json.dumps(places_))
        assert run.code != 0
        assert "was made with another key" in " ".join(run.text.split())
        assert "lab-strange" not in droplet.read("/etc/ipai-odoo/backup/erp.json")
    finally:
        droplet.ssh("rm -rf /srv/lab-strange /run/strange")


def test_a_disk_that_is_not_mounted_is_not_written_to(droplet: Droplet) -> None:
    folder = "/srv/backup/erp/restic"
    droplet.ssh(f"systemctl stop ipai-backup-pair@erp.timer ipai-backup-pass@erp.timer; mv {folder} /srv/backup-away")
    try:
        for arguments in ((), ("--check",)):
            run = playbook.play(*BACKUP, *arguments)
            assert run.code != 0
            assert "Is a disk not mounted" in " ".join(run.text.split())
            assert droplet.ssh(f"test -e {folder}", check=False).returncode != 0
    finally:
        droplet.ssh(f"mv /srv/backup-away {folder}")
        assert playbook.play(*BACKUP).code == 0


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"backup_repositories": []}, "no place for that"),
        ({"backup_repositories": [{"name": "spaces", "endpoint": "s3.lab.test:9000"}]}, "lacks bucket"),
        ({"backup_schedule": "nightly"}, "systemd does not take"),
        ({"backup_keep_days": 0}, "Choose a number"),
        ({"backup_recovery_kit": ""}, "recovery kit"),
        ({"backup_repositry": []}, "Did you mean backup_repositories"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_bad_input_is_one_message(droplet: Droplet, variables: dict[str, Any], words: str) -> None:
    run = playbook.play(*BACKUP, "--extra-vars", json.dumps(variables))
    assert run.code != 0
    assert words in " ".join(run.text.split()), run.text[-2000:]
    assert "Nothing was touched" in run.text


def test_switched_off_timers_go_and_backups_stay(droplet: Droplet) -> None:
    before = len(runs(droplet))
    off = playbook.play(*BACKUP, "--extra-vars", '{"odoo_backup": false}')
    try:
        assert off.code == 0, off.failures
        assert timers(droplet) == {}
        assert droplet.ssh("ls /etc/systemd/system/timers.target.wants").stdout.count("ipai-backup") == 0
        assert len(runs(droplet)) >= before
        assert droplet.ssh("ls /srv/backup/erp/restic/snapshots").stdout.strip()
    finally:
        assert playbook.play(*BACKUP).code == 0
    assert len(timers(droplet)) == len(KINDS)


def test_the_report(droplet: Droplet, tmp_path: Path) -> None:
    variables = json.dumps({"report_folder": str(tmp_path)})
    run = playbook.play("--limit", "erp", "--extra-vars", variables, playbook="ipai.odoo.backup_report")
    assert run.code == 0, run.failures
    assert run.total("changed") == 0
    report = json.loads((tmp_path / "erp.json").read_text())
    page = (tmp_path / "erp.html").read_text()
    assert report["backups"]
    for backup in report["backups"]:
        assert backup["id"] in page
    assert "<script" not in page
    clocks = {kind["kind"]: kind["timer"] for kind in report["kinds"] if kind["timer"]}
    assert clocks.keys() >= set(KINDS) and not report["off"]
    assert all(clock["active"] and (clock["running"] or clock["due"]) for clock in clocks.values()), clocks
