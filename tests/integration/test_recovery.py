# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The droplet is gone, with its disk: an empty one becomes what it was, from the bucket, the kit and the inventory.

Destroys and makes the demo's droplet, and so comes last of all.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from lab import playbook, tools, web
from lab.droplets import Droplet
from lab.places import ROOT

pytestmark = pytest.mark.nightly

#: Seconds of commits that may be lost.
RPO = 60


def rows(droplet: Droplet) -> dict[str, list[list[str]]]:
    """What production holds, table by table, where nobody works on it at night."""
    asked = {
        "partners": "SELECT id, name, email FROM res_partner ORDER BY id",
        "users": "SELECT id, login, password FROM res_users ORDER BY id",
        "modules": "SELECT name, state, latest_version FROM ir_module_module ORDER BY name",
        "uuid": "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'",
    }
    return {name: droplet.sql("pg-production", "erp", sql) for name, sql in asked.items()}


@pytest.fixture(scope="module")
def recovered(droplet: Droplet, figure: Callable[[str, str], None]) -> dict[str, Any]:
    """The droplet is gone for ever a minute after the last work; what it held, and the run that brings it back."""
    odoo = web.Odoo.enter(droplet, "erp")
    content = os.urandom(30000)
    mark = f"Recovered {secrets.token_hex(4)}"
    attachment = odoo.call(
        "ir.attachment", "create", {"name": mark, "datas": base64.b64encode(content).decode(), "public": True}
    )
    droplet.ssh(["ipai-odoo-backup", "pass", "erp"])
    partner = odoo.call("res.partner", "create", {"name": mark})
    time.sleep(RPO)
    held = rows(droplet)
    tools.run([*droplet.ssh_argv()[:-1], "-O", "exit", droplet.ssh_argv()[-1]], check=False)
    tools.run(["docker", "kill", droplet.container])
    tools.run(["docker", "rm", "--volumes", droplet.container])
    start = time.monotonic()
    tools.run(["molecule", "destroy", "--scenario-name", "default"], cwd=ROOT, timeout=180)
    tools.run(["molecule", "create", "--scenario-name", "default"], cwd=ROOT, timeout=300)
    made = time.monotonic() - start
    # What somebody runs who has forgotten that there is another playbook for that.
    wrong = playbook.play("--extra-vars", "postgres_archive_adopt=true", timeout=1800)
    untouched = droplet.sql("pg-production", "erp", "SELECT count(*) FROM pg_class WHERE relname = 'res_users'")
    start += time.monotonic() - start - made
    run = playbook.play(playbook="ipai.odoo.recover", timeout=1800)
    seconds = time.monotonic() - start
    figure(
        "recovery of a lost droplet, after site was refused on it",
        f"{seconds:.0f} s until all answers, {made:.0f} of them for the empty droplet",
    )
    return {
        "run": run,
        "wrong": wrong,
        "untouched": untouched,
        "held": held,
        "mark": mark,
        "content": content,
        "attachment": attachment,
        "partner": partner,
        "password": odoo.password,
    }


def test_site_does_not_begin_anew_where_there_are_backups(recovered: dict[str, Any]) -> None:
    wrong = recovered["wrong"]
    assert wrong.code != 0
    said = " ".join(wrong.text.split())
    assert "there are backups of erp in spaces that this droplet has not made" in said
    assert "the playbook ipai.odoo.recover" in said
    assert recovered["untouched"] == [["0"]], "and there is no empty company in the way"


def test_the_playbook_came_to_its_end(recovered: dict[str, Any]) -> None:
    assert recovered["run"].code == 0, recovered["run"].failures or recovered["run"].text[-3000:]


def test_the_same_login_opens_it(droplet: Droplet, recovered: dict[str, Any]) -> None:
    site = web.Site(droplet.site("erp"), droplet.address)
    answer = site.login("admin", recovered["password"])
    assert answer.status == 303, "the administrator's password is the one from before"
    assert droplet.secret("erp", "admin_password") == recovered["password"], "and the new droplet knows it as well"


def test_the_same_data(droplet: Droplet, recovered: dict[str, Any]) -> None:
    assert rows(droplet) == recovered["held"]


def test_work_of_the_last_minute_is_there_and_so_are_files(droplet: Droplet, recovered: dict[str, Any]) -> None:
    odoo = web.Odoo.enter(droplet, "erp")
    assert odoo.call("res.partner", "read", [recovered["partner"]], ["name"])[0]["name"] == recovered["mark"]
    site = web.Site(droplet.site("erp"), droplet.address)
    answer = site.fetch(f"/web/content/{recovered['attachment']}")
    assert answer.status == 200
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(recovered["content"]).digest()


def test_it_is_backed_up_again(droplet: Droplet, recovered: dict[str, Any]) -> None:
    droplet.ssh(["ipai-odoo-backup", "pair", "erp"], timeout=300)
    said = droplet.ssh(["ipai-odoo-backup", "archive-info", "pg-production"]).stdout
    assert "full" in said


def test_another_run_changes_nothing(recovered: dict[str, Any]) -> None:
    run = playbook.play()
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes
