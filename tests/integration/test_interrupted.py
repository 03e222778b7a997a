# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The droplet whose deployment was killed again and again is the same as the one that was left in peace.

Both must be running: make demo, then scripts/lab.sh test scenario interrupted, then
scripts/lab.sh test tests/integration/test_interrupted.py
"""

from __future__ import annotations

import json

import pytest
from lab import droplets, measure, places, playbook, web

SAME_TEXT = {"two.test": "lab.test", "172.30.10.11": "172.30.10.10"}


@pytest.fixture(scope="module")
def naked(second):
    return json.loads((places.RECORDS / "naked.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def interrupted(second):
    return json.loads((places.RECORDS / "interrupted.json").read_text(encoding="utf-8"))


def test_check_mode_on_a_fresh_machine(naked, figure):
    """Nothing is there, not even Docker: --check --diff gets to the end all the same and tells of many changes."""
    figure("site --check on a fresh machine", f"{naked['seconds']:.0f} s")
    assert naked["code"] == 0, naked["text"][-3000:]
    assert all(counts["failed"] == counts["unreachable"] == 0 for counts in naked["recap"].values())
    for host in ("droplet", "pg-production", "pg-nonproduction", "erp", "erp-staging"):
        assert naked["recap"][host]["changed"] >= 3, (host, naked["recap"])
    assert "docker.io:amd64" not in naked["packages"], "positive control: the machine was fresh"


def test_check_mode_changed_nothing(naked):
    assert naked["differences"] == []


def test_every_kill_hit_its_moment(interrupted, figure):
    kills = interrupted["kills"]
    figure("killed during", "; ".join(f"{kill['moment']} (after {kill['seconds']} s)" for kill in kills))
    assert len(kills) >= 5
    assert [kill["moment"] for kill in kills if not kill["reached"]] == []
    assert {kill["code"] for kill in kills} == {-9}


def test_last_run_got_to_the_end(interrupted):
    assert interrupted["code"] == 0
    assert all(counts["failed"] == counts["unreachable"] == 0 for counts in interrupted["recap"].values())


def test_same_state_as_without_interruption(droplet, second, interrupted):
    one = measure.fingerprint(droplet, compare=True, databases=True)
    other = measure.fingerprint(second, compare=True, databases=True, replace=SAME_TEXT)
    assert measure.differences(one, other) == []
    # Positive controls: the states are not empty, and a difference would be seen.
    assert len(one["file"]) > 500 and len(one["container"]) == 5 and len(one["database"]) > 10
    assert measure.differences(one, {**other, "package": {}}) != []


def test_nothing_is_left_of_what_was_killed(second):
    assert second.ssh("systemctl list-units --failed --no-legend --plain").stdout == ""
    assert second.ssh("dpkg --audit").stdout == ""
    strays = [name for name in second.containers() if name.endswith("-run") or "task" in name]
    assert strays == []


def test_it_serves(second):
    for environment in ("erp", "erp-staging"):
        site = web.Site(second.site(environment), second.address)
        assert site.fetch("/ipai_demo/release").text == "one"
        answer = site.login("admin", second.secret(environment, "admin_password"))
        assert answer.status == 303


def test_no_password_was_seen_while_it_was_deployed(second):
    """All processes of the droplet were written down during all of these runs, and their output with -vv is kept."""
    files = second.python("""
import glob, json
paths = glob.glob("/srv/*/*/secrets/*password") + glob.glob("/srv/*/secrets/*password")
print(json.dumps({path: open(path).read().strip() for path in paths}))
""")
    assert len(files) >= 9
    texts = {path.name: path.read_text(encoding="utf-8") for path in places.RECORDS.glob("*.txt")}
    assert texts["processes.txt"].count("\n") > 500, "positive control: processes were seen"
    assert "docker" in texts["processes.txt"]
    assert [(name, path) for path, value in files.items() for name, text in texts.items() if value in text] == []


def test_run_after_that_changes_nothing(second):
    """Nor is a password seen while it does so."""
    with droplets.Watch(second) as watch:
        run = playbook.play("-vv", droplet=second)
    passwords = second.ssh("cat /srv/*/*/secrets/*password /srv/*/secrets/*password").stdout.split()
    assert not [word for word in passwords if word in run.text or word in watch.text]
    assert watch.lines > 50, "positive control: processes were seen"
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes
