# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ipai.odoo.site on a droplet that already stands: changes nothing, quickly, whole or in parts.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_site.py
"""

from __future__ import annotations

import pytest
from lab import measure, playbook

HOSTS = {"droplet", "pg-production", "pg-nonproduction", "erp", "erp-staging"}
SECONDS = 90


def unchanged(run: playbook.Play) -> None:
    assert run.code == 0, run.failures or run.text[-3000:]
    assert run.recap, f"no recap in the output: {run.text[-1000:]}"
    assert run.total("failed") == run.total("unreachable") == 0, run.failures
    assert run.total("changed") == 0, f"changed:\n{run.changes}"


def test_second_run_changes_nothing_and_is_quick(droplet, figure):
    run = playbook.play()
    slowest = ", ".join(f"{task} {seconds:.1f} s" for task, seconds in run.slowest[:8])
    figure("site, second run", f"{run.seconds:.0f} s, {run.total('changed')} changed; slowest: {slowest}")
    unchanged(run)
    assert set(run.recap) >= HOSTS
    assert run.slowest, "no times of tasks in the output"
    assert run.seconds < SECONDS, f"{run.seconds:.0f} s, slowest: {slowest}"


def test_check_mode_agrees_and_touches_nothing(droplet):
    before = measure.fingerprint(droplet, databases=True)
    run = playbook.play("--check", "--diff")
    unchanged(run)
    assert set(run.recap) >= HOSTS
    assert measure.differences(before, measure.fingerprint(droplet, databases=True)) == []


def test_check_mode_tells_a_change_that_is_due(droplet):
    """What --check announces is what a run then does, and nothing else."""
    asked = ["--limit", "erp-staging", "--extra-vars", '{"odoo_system_parameters": {"ipai.lab": "asked"}}']
    look = playbook.play("--check", "--diff", *asked)
    assert look.code == 0, look.failures
    assert look.recap["erp-staging"]["changed"] == 1, look.changes
    assert "ipai.lab" in look.text, "the diff does not name the parameter"
    rows = "SELECT value FROM ir_config_parameter WHERE key = 'ipai.lab'"
    assert droplet.sql("pg-nonproduction", "erp-staging", rows) == [], "--check wrote to the database"
    try:
        done = playbook.play(*asked)
        assert done.code == 0, done.failures
        assert done.recap["erp-staging"]["changed"] == 1, done.changes
        assert droplet.sql("pg-nonproduction", "erp-staging", rows) == [["asked"]]
    finally:
        droplet.sql("pg-nonproduction", "erp-staging", "DELETE FROM ir_config_parameter WHERE key = 'ipai.lab'")


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        (["--limit", "erp-staging"], {"erp-staging"}),
        (["--limit", "droplets"], {"droplet"}),
    ],
    ids=["environment", "droplets"],
)
def test_limit(droplet, arguments, hosts):
    run = playbook.play(*arguments)
    unchanged(run)
    assert set(run.recap) - {"localhost"} == hosts


# An archived server takes the program of its timers from the role backup.
@pytest.mark.parametrize(("tag", "expected"), [("nginx", {"nginx"}), ("postgres", {"postgres", "backup"})])
def test_tag_works_alone(droplet, tag, expected):
    run = playbook.play("--tags", tag, "--check")
    unchanged(run)
    roles = {
        line.split("ipai.odoo.")[1].split(" ")[0]
        for line in run.text.splitlines()
        # Ansible judges the arguments of every role, whatever the tags.
        if line.startswith("TASK [ipai.odoo.") and "Validating arguments" not in line
    }
    assert roles == expected, roles
