# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Staging gets production's data: nothing of what must not be there is, and everything else is.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_refresh.py
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import playbook, restoring, tools, world
from lab.droplets import Droplet
from lab.places import ROOT
from lab.web import Odoo, Site

PLACE = "/run/lab-scan"
STAGING, DATABASE = "pg-nonproduction", "erp-staging"
#: Planted into production: where → what must be nowhere in staging, nor on its database server's disk.
PERSON, COMPANY = "Wilhelmina Quetzalcoatl", "Zymurgy Lanterns Sociedad"
NEEDLES = {
    "name": PERSON,
    "company": COMPANY,
    "email": "wilhelmina.quetzal@zymurgy-lanterns.org",
    "phone": "+56 9 8123 4567",
    "street": "Calle Imaginaria 47110",
    "comment": "the amber heron flickers behind seven crooked chimneys",
    "note": "quartz sphinx judges eleven solemn promises every autumn",
    "file": "nineteen velvet badgers hum beneath the copper drawbridge",
    "parameter": "k3y-9f8e7d6c5b4a3210",
    "server": "smtp-pass-77aa88bb99",
    "message": "brass orchard whispers toward the patient lighthouse keeper",
}
#: What a refresh writes anew: who serves it, and what Odoo puts together when it is served.
WRITTEN = {"ir_mail_server", "ir_config_parameter", "ir_attachment", "res_users_log", "res_device_log"}
REMOVE = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.ipai.odoo.plugins.module_utils._backup import restore, settings
found = settings.load("erp-staging")
for name in restore.served(found):
    if name != found.database:
        restore.remove(found, name)
print("null")
"""
COUNTS = """
    SELECT c.relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM public.%I', c.relname),
        false, true, '')))[1]::text
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


def refresh(*arguments: str) -> playbook.Play:
    return playbook.play("--limit", "erp-staging", *arguments, playbook="ipai.odoo.refresh")


def plant(droplet: Droplet, odoo: Odoo) -> dict[str, int]:
    """Put all needles into production, by its own means where it has some; ids of the records."""
    company = odoo.call("res.partner", "create", {"name": COMPANY, "is_company": True, "street": NEEDLES["street"]})
    (chile,) = odoo.call("res.country", "search", [["code", "=", "CL"]])
    person = odoo.call(
        "res.partner",
        "create",
        {
            "name": PERSON,
            "parent_id": company,
            "country_id": chile,
            "email": f'"{PERSON}" <{NEEDLES["email"]}>',
            "phone": NEEDLES["phone"],
            "comment": f"<p>{NEEDLES['comment']}</p>",
        },
    )
    odoo.call("res.partner", "message_post", [person], body=NEEDLES["message"], subject=f"About {PERSON}")
    note = odoo.call("ipai.demo.note", "create", {"name": f"About {PERSON}", "body": NEEDLES["note"]})
    content = base64.b64encode(f"{PERSON}: {NEEDLES['file']}".encode()).decode()
    file = odoo.call("ir.attachment", "create", {"name": f"{PERSON}.txt", "datas": content, "mimetype": "text/plain"})
    odoo.call("ir.config_parameter", "set_param", "lab.api_key", NEEDLES["parameter"])
    droplet.sql(
        "pg-production",
        "erp",
        "INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, smtp_user,"
        f" smtp_pass, from_filter, active, sequence) VALUES ('Lab', 'mail.invalid', 25, 'none', 'login', 'lab',"
        f" '{NEEDLES['server']}', 'lab.test', false, 99)",
    )
    return {"company": company, "person": person, "note": note, "file": file}


@pytest.fixture(scope="module")
def planted(droplet: Droplet) -> Iterator[dict[str, int]]:
    odoo = Odoo.enter(droplet, "erp")
    ids = plant(droplet, odoo)
    yield ids
    odoo.call("ir.attachment", "unlink", [ids["file"]])
    odoo.call("ipai.demo.note", "unlink", [ids["note"]])
    odoo.call("res.partner", "unlink", [ids["person"], ids["company"]])
    droplet.sql("pg-production", "erp", "DELETE FROM ir_mail_server WHERE name = 'Lab'")
    droplet.sql("pg-production", "erp", "DELETE FROM ir_config_parameter WHERE key = 'lab.api_key'")


@pytest.fixture(scope="module")
def refreshed(
    droplet: Droplet, planted: dict[str, int], figure: Callable[[str, str], None]
) -> Iterator[dict[str, Any]]:
    """The first refresh, with production asked meanwhile."""
    started = droplet.inspect("erp-odoo")[0]["State"]["StartedAt"]
    sink = world.sink_connections(droplet.address)
    page = Site(droplet.site("erp"), droplet.address)
    with tools.Meanwhile(lambda: page.fetch("/web/health").status, pause=0.5) as meanwhile:
        run = refresh()
    assert run.code == 0, run.failures or run.text[-3000:]
    figure(
        "refresh of the demo's staging, proven, published and serving", f"{run.seconds:.0f} s, the playbook included"
    )
    yield {"run": run, "meanwhile": meanwhile.results, "started": started, "sink": sink}
    restoring.push(droplet)
    droplet.python(REMOVE, restoring.LIBRARY, console=True)


def person(droplet: Droplet, planted: dict[str, int]) -> dict[str, str]:
    columns = ["name", "complete_name", "commercial_company_name", "email", "email_normalized", "phone", "comment"]
    query = f"SELECT {', '.join(columns)} FROM res_partner WHERE id = {planted['person']}"
    return dict(zip(columns, droplet.sql(STAGING, DATABASE, query)[0]))


def scan(droplet: Droplet, *paths: str) -> tuple[int, str]:
    """What grep finds of the needles, with a program that knows nothing of the scrubber."""
    droplet.console(
        "mkdir -p /run/lab-scan && cat >/run/lab-scan/scan.sh", stdin=(ROOT / "tests/independent/scan.sh").read_text()
    )
    droplet.console("cat >/run/lab-scan/needles", stdin="\n".join([*NEEDLES.values(), "Wilhelmina", "81234567"]) + "\n")
    done = droplet.console(
        f"bash /run/lab-scan/scan.sh /run/lab-scan/needles {shlex.join(paths)} 2>&1; echo $?", timeout=300
    )
    said, _newline, code = done.stdout.strip().rpartition("\n")
    return int(code), said


def dump(droplet: Droplet, server: str, database: str, *options: str) -> str:
    path = f"/run/lab-scan-{database}.sql"
    command = shlex.join(["docker", "exec", "--user", "postgres", server, "pg_dump", *options, database])
    droplet.console(f"{command} >{path}", timeout=300)
    return path


def test_production_goes_on(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    assert len(refreshed["meanwhile"]) > 5 and set(refreshed["meanwhile"]) == {200}
    assert droplet.inspect("erp-odoo")[0]["State"]["StartedAt"] == refreshed["started"]
    roles = droplet.sql("pg-production", "postgres", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'ipai_refresh%'")
    assert roles == []


def test_nothing_of_production_is_left(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    """In a dump, in the files, and on the disk of the server, which never had it."""
    code, said = scan(droplet, dump(droplet, "pg-production", "erp"))
    # Else the scan could find nothing anywhere.
    assert code == 1 and len(said.splitlines()) >= len(NEEDLES) - 1, said
    mounts = droplet.inspect(STAGING)[0]["Mounts"]
    (data,) = [one["Source"] for one in mounts if one["Destination"].startswith("/var/lib/postgresql")]
    droplet.sql(STAGING, "postgres", "CHECKPOINT")
    files = f"/srv/odoo/{DATABASE}/data/filestore/{DATABASE}"
    code, said = scan(droplet, dump(droplet, STAGING, DATABASE), files, data)
    assert (code, said) == (0, ""), said


def test_report_says_so(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    report = droplet.console(
        f"cat /var/lib/ipai-odoo/{DATABASE}/refresh.json /var/lib/ipai-odoo/{DATABASE}/refresh.html"
    ).stdout
    assert '"clean": true' in report and "No original was found" in report
    assert not [needle for needle in NEEDLES.values() if needle in report or needle in refreshed["run"].text]


def test_somebody_else_is_in_their_place(droplet: Droplet, refreshed: dict[str, Any], planted: dict[str, int]) -> None:
    """A person as coherent as the one of production."""
    found = person(droplet, planted)
    assert len(found["name"].split()) > 1 and found["name"] != PERSON
    assert found["complete_name"] == f"{found['commercial_company_name']}, {found['name']}"
    assert found["email_normalized"].endswith(".example.com") and found["email_normalized"] in found["email"]
    assert found["name"] in found["email"]
    assert found["phone"].startswith("+56 9 ") and len(found["phone"]) == len(NEEDLES["phone"])
    assert found["comment"].startswith("<p>") and found["comment"].endswith("</p>")


def test_everything_else_is_the_same(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    source, copy = (
        dict(map(tuple, droplet.sql(*where, COUNTS))) for where in (("pg-production", "erp"), (STAGING, DATABASE))
    )
    assert source.keys() == copy.keys()
    others = {name for name in source if source[name] != copy[name] and copy[name] != "0"}
    assert others <= WRITTEN
    assert copy["res_partner"] == source["res_partner"] != "0" and copy["ipai_demo_note"] == source["ipai_demo_note"]
    schemas = []
    for server, database in (("pg-production", "erp"), (STAGING, DATABASE)):
        path = dump(droplet, server, database, "--schema-only", "--no-owner", "--no-acl")
        lines = droplet.console(f"cat {path}").stdout.splitlines()
        kept = [line for line in lines if not line.startswith(("\\restrict", "\\unrestrict", "--"))]
        # What was dumped and restored says the same with other casts and brackets.
        schemas.append([re.sub(r"::[a-z ]+(\[\])?|[()]", "", line) for line in kept])
    assert schemas[0] == schemas[1]
    keys = "SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM res_partner"
    assert droplet.sql("pg-production", "erp", keys) == droplet.sql(STAGING, DATABASE, keys)


def test_only_staging_s_administrator_gets_in(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    site = Site(droplet.site(DATABASE), droplet.address)
    assert Odoo.enter(droplet, DATABASE).uid
    assert not site.rpc("common", "login", DATABASE, "admin", droplet.secret("erp", "admin_password"))
    page = site.fetch("/web/login")
    assert page.status == 200 and DATABASE in page.text
    assert len(droplet.sql(STAGING, DATABASE, "SELECT id FROM res_users WHERE password !~ 'A{20}|0{20}'")) <= 1


def test_no_way_out(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    servers = droplet.sql(STAGING, DATABASE, "SELECT smtp_host, smtp_pass FROM ir_mail_server")
    assert servers == [["mail-catcher", ""]]
    urls = droplet.sql(STAGING, DATABASE, "SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'")
    assert urls == [[f"https://{droplet.site(DATABASE)}"]]
    assert world.sink_connections(droplet.address) == refreshed["sink"]


def test_site_has_nothing_to_do(droplet: Droplet, refreshed: dict[str, Any]) -> None:
    run = playbook.play("--limit", "erp-staging")
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes


def test_what_is_not_understood_is_refused(droplet: Droplet, refreshed: dict[str, Any], tmp_path: Path) -> None:
    """A column that no profile names: staging stays what it is, and nothing is left."""
    before = droplet.sql(STAGING, "postgres", "SELECT datname, oid FROM pg_database ORDER BY 1")
    files = restoring.filestores(droplet, DATABASE)
    droplet.sql("pg-production", "erp", "ALTER TABLE ipai_demo_note ADD COLUMN lab_diary varchar")
    try:
        run = refresh()
        assert run.code != 0
        words = " ".join(run.text.split())
        assert "no profile says what to do with ipai_demo_note.lab_diary" in words and "nothing was copied" in words
        proposed = playbook.play(
            *("--limit", "erp-staging", "-e", f"scrub_profile_path={tmp_path}/own.yml"),
            playbook="ipai.odoo.scrub_profile",
        )
        assert proposed.code == 0, proposed.failures
        assert "ipai_demo_note:\n" in (tmp_path / "own.yml").read_text(encoding="utf-8")
        assert "  lab_diary: replace text\n" in (tmp_path / "own.yml").read_text(encoding="utf-8")
    finally:
        droplet.sql("pg-production", "erp", "ALTER TABLE ipai_demo_note DROP COLUMN lab_diary")
    assert droplet.sql(STAGING, "postgres", "SELECT datname, oid FROM pg_database ORDER BY 1") == before
    assert restoring.filestores(droplet, DATABASE) == files


def test_the_same_fakes_again(droplet: Droplet, refreshed: dict[str, Any], planted: dict[str, int]) -> None:
    """And one way back, however often it is done."""
    before = person(droplet, planted)
    run = refresh()
    assert run.code == 0, run.failures
    assert person(droplet, planted) == before
    kept = [name for name in restoring.databases(droplet, DATABASE) if name != DATABASE]
    assert len(kept) == 1 and kept[0].startswith(f"{DATABASE}-before-")
