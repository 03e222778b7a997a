# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An accident: a table is dropped and a file deleted. The second before it comes back while production goes on."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from lab import playbook, tools, web
from lab.droplets import Droplet

NOTES = 25


def restore(*arguments: str) -> playbook.Play:
    return playbook.play("--limit", "erp", *arguments, playbook="ipai.odoo.restore")


def attach(droplet: Droplet, odoo: web.Odoo, name: str, content: bytes) -> tuple[int, str]:
    """An attachment and its file."""
    values = {"name": name, "datas": base64.b64encode(content).decode(), "public": True}
    made = odoo.call("ir.attachment", "create", values)
    (file,) = droplet.sql("pg-production", "erp", f"SELECT store_fname FROM ir_attachment WHERE id = {made}")[0]
    return made, file


@pytest.fixture(scope="module")
def accident(droplet: Droplet, figure: Callable[[str, str], None]) -> Iterator[dict[str, Any]]:
    """What was there, and the restore of the second before the accident, with production asked meanwhile."""
    odoo = web.Odoo.enter(droplet, "erp")
    notes = odoo.call("ipai.demo.note", "create", [{"name": f"Note {number}"} for number in range(NOTES)])
    content = os.urandom(40000)
    # A file that production lacks for long is in no moment, and makes none of them worthless.
    lacking, lost = attach(droplet, odoo, "Lost", os.urandom(400))
    droplet.ssh(["rm", f"/srv/odoo/erp/data/filestore/erp/{lost}"])
    droplet.ssh(["ipai-odoo-backup", "pair", "erp"], timeout=300)
    attachment, file = attach(droplet, odoo, "Contract", content)
    droplet.ssh(["ipai-odoo-backup", "pass", "erp"])
    time.sleep(3)
    at = datetime.now(timezone.utc)
    droplet.sql("pg-production", "erp", "DROP TABLE ipai_demo_note CASCADE")
    droplet.ssh(["rm", f"/srv/odoo/erp/data/filestore/erp/{file}"])
    page = web.Site(droplet.site("erp"), droplet.address)
    target = (at - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with tools.Meanwhile(lambda: page.fetch("/web/health").status, pause=0.5) as meanwhile:
        run = restore("-e", f"restore_target_time={target}")
    words = " ".join(run.text.split())
    name = words.split("as erp-restored-")[1].split(".")[0] if "as erp-restored-" in words else ""
    figure(
        "restore of the second before an accident, beside what is live", f"{run.seconds:.0f} s, the playbook included"
    )
    yield {
        "run": run,
        "name": f"erp-restored-{name}",
        "file": file,
        "notes": notes,
        "content": content,
        "attachment": attachment,
        "answers": meanwhile.results,
        "target": target,
    }
    droplet.sql("pg-production", "erp", f"DELETE FROM ir_attachment WHERE id = {lacking}")
    for left in droplet.sql("pg-production", "postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'erp-%'"):
        droplet.ssh(["docker", "exec", "-u", "postgres", "pg-production", "dropdb", "--force", left[0]])
        droplet.ssh(["rm", "-rf", f"/srv/odoo/erp/data/filestore/{left[0]}"])


def test_production_went_on(accident: dict[str, Any]) -> None:
    assert set(accident["answers"]) == {200}
    assert len(accident["answers"]) > 10


def test_table_and_file_are_back_beside_it(droplet: Droplet, accident: dict[str, Any]) -> None:
    run = accident["run"]
    assert run.code == 0, run.failures
    rows = droplet.sql(
        "pg-production", accident["name"], "SELECT count(*) FROM ipai_demo_note WHERE name LIKE 'Note %'"
    )
    assert int(rows[0][0]) >= NOTES
    path = f"/srv/odoo/erp/data/filestore/{accident['name']}/{accident['file']}"
    assert droplet.ssh(["sha1sum", path]).stdout.split()[0] == os.path.basename(accident["file"])


def test_what_is_live_was_left_alone(droplet: Droplet, accident: dict[str, Any]) -> None:
    assert droplet.sql("pg-production", "erp", "SELECT to_regclass('ipai_demo_note')") in ([], [[""]])
    assert droplet.ssh(f"ls /srv/odoo/erp/data/filestore/erp/{accident['file']}", check=False).returncode != 0


def test_nobody_enters_it(droplet: Droplet, accident: dict[str, Any]) -> None:
    sql = f"SELECT has_database_privilege('erp', '{accident['name']}', 'CONNECT')"
    assert droplet.sql("pg-production", "postgres", sql) == [["f"]]


def test_published_it_serves(droplet: Droplet, accident: dict[str, Any]) -> None:
    refused = restore("-e", f"restore_name={accident['name']}", "-e", "restore_publish=true")
    assert refused.code != 0
    assert "is production" in " ".join(refused.text.split())
    run = restore("-e", f"restore_name={accident['name']}", "-e", "restore_publish=true", "-e", "restore_confirm=erp")
    assert run.code == 0, run.failures
    odoo = web.Odoo.enter(droplet, "erp")
    found = odoo.call("ipai.demo.note", "search_count", [["id", "in", accident["notes"]]])
    assert found == NOTES
    answer = web.Site(droplet.site("erp"), droplet.address).fetch(f"/web/content/{accident['attachment']}")
    assert answer.body == accident["content"]


def test_a_moment_outside_the_window_is_refused_by_name(accident: dict[str, Any]) -> None:
    run = restore("-e", "restore_target_time=2020-01-01T00:00:00Z")
    assert run.code != 0
    assert "2020-01-01T00:00:00Z cannot be restored: database and filestore share 20" in " ".join(run.text.split())
