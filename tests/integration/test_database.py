# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may connect to which database, and what Odoo sees of the others on its server.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_database.py
"""

from __future__ import annotations

import contextlib
import secrets
import time

import pytest
from lab import playbook, tools

# Tries each [host, database, user, password]; prints what each attempt answered. They are part of the program, which is
# fed to Python: as arguments they would get into sudo's log.
ATTEMPT = """
import json, psycopg2
out = []
for host, database, user, password in {}:
    try:
        psycopg2.connect(host=host, dbname=database, user=user, password=password, connect_timeout=4).close()
        out.append("in")
    except psycopg2.OperationalError as error:
        out.append(" ".join(str(error).split()))
print(json.dumps(out))
"""


@contextlib.contextmanager
def extra_database(droplet, server, name, owner):
    droplet.sql(server, "postgres", f'CREATE DATABASE "{name}" OWNER "{owner}"')
    try:
        yield
    finally:
        droplet.sql(server, "postgres", f'DROP DATABASE "{name}" WITH (FORCE)')


def address(droplet, server):
    return droplet.inspect(server)[0]["NetworkSettings"]["Networks"][server]["IPAddress"]


def attempt(droplet, *logins, inside=None):
    source = ATTEMPT.format([list(login) for login in logins])
    return droplet.inside(inside, source) if inside else droplet.python(source)


def test_staging_role_cannot_enter_production(droplet):
    """Not from its container, where there is no way, and not with one either: asked from the droplet, which has one."""
    password = droplet.secret("erp-staging", "database_password")
    production, other = address(droplet, "pg-production"), address(droplet, "pg-nonproduction")
    within = attempt(
        droplet,
        ("pg-production", "erp", "erp-staging", password),
        (production, "erp", "erp-staging", password),
        ("pg-nonproduction", "erp-staging", "erp-staging", password),
        inside="erp-staging-odoo",
    )
    assert within[2] == "in", "positive control"
    assert "in" not in within[:2], within
    outside = attempt(
        droplet,
        (production, "erp", "erp-staging", password),
        (production, "erp", "erp", password),
        (production, "postgres", "postgres", password),
        (other, "erp-staging", "erp-staging", password),
        (production, "erp", "erp", droplet.secret("erp", "database_password")),
    )
    assert outside[3:] == ["in", "in"], "positive controls"
    assert all("authentication failed" in word or "does not exist" in word for word in outside[:3]), outside


def test_roles_of_one_server_cannot_enter_each_others_database(droplet):
    """CONNECT is taken from everybody: another environment's role on the same server stays out."""
    password = secrets.token_urlsafe(16)
    host = address(droplet, "pg-nonproduction")
    droplet.sql("pg-nonproduction", "postgres", f"CREATE ROLE lab_stranger LOGIN PASSWORD '{password}'")
    try:
        answers = attempt(
            droplet, (host, "erp-staging", "lab_stranger", password), (host, "postgres", "lab_stranger", password)
        )
        assert answers[1] == "in", "positive control"
        assert 'permission denied for database "erp-staging"' in answers[0]
    finally:
        droplet.sql("pg-nonproduction", "postgres", "DROP ROLE lab_stranger")


def test_role_has_no_rights_beyond_its_database(droplet):
    for server, role in (("pg-production", "erp"), ("pg-nonproduction", "erp-staging")):
        rows = droplet.sql(
            server,
            "postgres",
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            f" FROM pg_roles WHERE rolname = '{role}'",
        )
        assert rows == [["f"] * 5]
        method = droplet.sql(
            server, "postgres", f"SELECT left(rolpassword, 13) FROM pg_authid WHERE rolname = '{role}'"
        )
        assert method == [["SCRAM-SHA-256"]]
        owned = droplet.sql(
            server, "postgres", f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '{role}'"
        )
        assert owned == [[role]]


LIST = """
import json, sys
sys.argv = ["odoo"]
import odoo
from odoo.tools import config
config.parse_config(["-c", "/etc/odoo/odoo.conf"])
from odoo.http import db_list
from odoo.service.server import cron_database_list
seen = db_list(force=True, host="erp.lab.test")
print(json.dumps([config["db_name"], config["dbfilter"], config["list_db"], seen, cron_database_list()]))
"""


@pytest.mark.parametrize(("environment", "server"), [("erp", "pg-production"), ("erp-staging", "pg-nonproduction")])
def test_odoo_sees_its_own_database_only(droplet, environment, server):
    """Even where another database belongs to its role."""
    with extra_database(droplet, server, "lab_decoy", environment):
        names, pattern, listing, seen, polled = droplet.inside(f"{environment}-odoo", LIST)
    assert (names if isinstance(names, list) else [names]) == [environment]
    assert pattern == f"^{environment}$"
    assert listing is False
    assert seen == [environment]
    assert polled == [environment]


def test_cron_polls_its_own_database_only(droplet):
    """A database that belongs to production's role would be polled by its cron, were it not for db_name."""
    # Statistics of a backend arrive when it is idle; the counters are asked until they move.
    count = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{}'"
    sessions = "SELECT sessions FROM pg_stat_database WHERE datname = '{}'"

    def ask(query, name):
        return int(droplet.sql("pg-production", "postgres", query.format(name))[0][0])

    # Let a job be due now and run, whose date then moves on: proof that the cron made a round.
    due = "SELECT extract(epoch FROM nextcall)::bigint FROM ir_cron WHERE active ORDER BY id LIMIT 1"
    with extra_database(droplet, "pg-production", "lab_decoy", "erp"):
        before = ask(count, "erp")
        droplet.sql(
            "pg-production",
            "erp",
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute' "
            "WHERE id = (SELECT id FROM ir_cron WHERE active ORDER BY id LIMIT 1)",
        )
        droplet.sql("pg-production", "postgres", "NOTIFY cron_trigger, 'erp'")
        tools.until(
            "a round of production's cron",
            lambda: int(droplet.sql("pg-production", "erp", due)[0][0]) > time.time(),
            seconds=150,
            pause=2,
        )
        assert ask(count, "erp") > before
        assert ask(sessions, "lab_decoy") == 0, "production's cron looked into another database"
        # Positive control: a session is counted.
        droplet.sql("pg-production", "lab_decoy", "SELECT 1")
        tools.until("the count of a session", lambda: ask(sessions, "lab_decoy") >= 1, seconds=15)


@pytest.mark.parametrize("server", ["pg-production", "pg-nonproduction"])
def test_server_is_tuned_and_watched(droplet, server):
    def show(name):
        return droplet.sql(server, "postgres", f"SELECT setting FROM pg_settings WHERE name = '{name}'")[0][0]

    memory = droplet.inspect(server)[0]["HostConfig"]["Memory"]
    buffers = int(show("shared_buffers")) * 8192
    assert memory // 8 <= buffers <= memory // 2, (memory, buffers)
    assert "pg_stat_statements" in show("shared_preload_libraries")
    assert droplet.sql(server, "postgres", "SELECT count(*) >= 0 FROM pg_stat_statements") == [["t"]]
    assert int(show("log_min_duration_statement")) >= 0
    assert show("password_encryption") == "scram-sha-256"
    assert int(show("max_connections")) >= 50
    pending = droplet.sql(server, "postgres", "SELECT name FROM pg_settings WHERE pending_restart")
    assert pending == []


def test_passwords_are_demanded_over_the_network(droplet):
    host = address(droplet, "pg-production")
    answers = attempt(
        droplet, (host, "erp", "erp", ""), (host, "erp", "erp", "erp"), (host, "postgres", "postgres", "postgres")
    )
    assert "in" not in answers, answers


def test_a_server_in_use_is_never_begun_anew(droplet, staging):
    """A run that ended after the server's first start, before it could note this, and environments moved in since."""
    before = droplet.sql("pg-nonproduction", "erp-staging", "SELECT oid FROM pg_database ORDER BY 1")
    droplet.ssh("touch /srv/postgres/pg-nonproduction/first_start")
    run = playbook.play("--limit", "pg-nonproduction")
    assert run.code == 0, run.failures
    assert run.total("changed") == 1, run.changes
    assert droplet.ssh("test -e /srv/postgres/pg-nonproduction/first_start", check=False).returncode == 1
    assert droplet.sql("pg-nonproduction", "erp-staging", "SELECT oid FROM pg_database ORDER BY 1") == before
    assert staging.fetch("/web/login").status == 200
