# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a hostile production is made harmless: no mail leaves, nobody of its users gets in.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_neutral.py
"""

from __future__ import annotations

import json
import uuid

import pytest
from lab import places, restoring, world

SERVER, DATABASE = "pg-nonproduction", "neutral_try"
PASSWORD = uuid.uuid4().hex
WISH = {
    "environment": "erp-staging",
    "base_url": "https://staging.lab.test",
    "crons": ["mail.ir_cron_mail_scheduler_action"],
    "parameters": {"report.url": "http://127.0.0.1:8069"},
}
GIVEN = {"wish": WISH, "login": "keeper", "password": PASSWORD, "targets": [["tcp", places.WORLD, 5000]]}

# What takes mail, sends mail, fetches mail, calls outside and lets in. `production` is what its users know.
HOSTILE = f"""
INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, smtp_user, smtp_pass,
    from_filter, active, sequence)
VALUES ('All', '{places.WORLD}', 2525, 'none', 'login', 'shop', 'hostile', NULL, true, 1),
    ('Ours', '{places.WORLD}', 25, 'none', 'login', 'shop', 'hostile', 'shop@ours.test', true, 2),
    ('Domain', '{places.WORLD}', 587, 'none', 'login', NULL, NULL, 'ours.test', true, NULL);
INSERT INTO fetchmail_server (name, server_type, server, port, "user", password, state, active)
VALUES ('Inbox', 'imap', '{places.WORLD}', 993, 'shop', 'hostile', 'done', true);
UPDATE ir_act_server SET state = 'webhook', webhook_url = 'http://{places.WORLD}:5000/hook'
WHERE id = (SELECT min(id) FROM ir_act_server WHERE state = 'code');
UPDATE mail_template SET mail_server_id = (SELECT id FROM ir_mail_server WHERE name = 'Ours');
WITH message AS (
    INSERT INTO mail_message (message_type, model, date, subject, email_from, mail_server_id)
    SELECT 'email', 'res.partner', now(), 'waits', 'shop@ours.test', id FROM ir_mail_server WHERE name = 'Ours'
    RETURNING id
)
INSERT INTO mail_mail (mail_message_id, state, email_to) SELECT id, 'outgoing', 'customer@example.com' FROM message;
CREATE TABLE queue_job (id serial PRIMARY KEY, uuid varchar, state varchar);
INSERT INTO queue_job (uuid, state) VALUES ('1', 'pending'), ('2', 'enqueued'), ('3', 'done');
INSERT INTO ir_config_parameter (key, value) VALUES ('mail.default.from_filter', 'ours.test');
UPDATE ir_cron SET active = true;
UPDATE res_users SET password = 'production' WHERE login = 'admin';
WITH partner AS (
    INSERT INTO res_partner (name, complete_name, active) VALUES ('Second', 'Second', true) RETURNING id
)
INSERT INTO res_users (login, password, partner_id, company_id, active, notification_type)
SELECT 'second', 'production', partner.id, res_company.id, true, 'email'
FROM partner, (SELECT min(id) AS id FROM res_company) AS res_company;
"""

# Which server Odoo would take, and who gets in by a password.
ASK = """
def servers(env, payload):
    found = env["ir.mail_server"].sudo()
    return [found._find_mail_server(sender)[0].smtp_host for sender in payload["senders"]]
def logins(env, payload):
    from odoo.exceptions import AccessDenied
    entered = []
    for login, password in payload["logins"]:
        user = env["res.users"].sudo().with_context(active_test=False).search([("login", "=", login)])
        try:
            with env.cr.savepoint():
                credential = {"type": "password", "login": login, "password": password}
                user.with_user(user)._check_credentials(credential, {"interactive": True})
            entered.append([login, password])
        except AccessDenied:
            pass
    return entered
"""
SENDERS = ["shop@ours.test", "other@ours.test", "somebody@example.com"]
SEND = """
def send(env, payload):
    mails = env["mail.mail"].create([
        {"subject": payload["subject"], "email_from": sender, "email_to": "customer@example.com",
         "body_html": "<p>x</p>", "auto_delete": False} for sender in payload["senders"]
    ])
    mails.send()
    env["mail.mail"].process_email_queue()
    return mails.mapped("state")
"""


def logins(*pairs):
    return [list(pair) for pair in pairs]


@pytest.fixture(scope="module")
def clone(droplet):
    """Calls the droplet's side of these tests on a hostile copy of production."""

    def call(action, given=None, **more):
        return restoring.program(droplet, "neutralizing.py", action, json.dumps({**(given or GIVEN), **more}))

    restoring.push(droplet)
    restoring.program(droplet, "neutralizing.py", "make", json.dumps(HOSTILE))
    before = world.sink_connections(droplet.address)
    yield call
    restoring.program(droplet, "neutralizing.py", "drop", "null")
    assert world.sink_connections(droplet.address) == before
    assert world.sink_mails() == []


@pytest.fixture(scope="module")
def sql(droplet):
    return lambda query: droplet.sql(SERVER, DATABASE, query)


@pytest.fixture(scope="module")
def neutral(clone, sql, figure):
    """The clone after its neutralization: the record. Before it, everything hostile worked."""
    payload = {"senders": SENDERS, "logins": logins(("admin", "production"), ("second", "production"))}
    before = clone("shell", source=ASK, functions=["servers", "logins"], payload=payload)
    assert before == {"servers": [places.WORLD] * 3, "logins": payload["logins"]}
    sql("INSERT INTO ir_module_module (name, state) VALUES ('lab_gone', 'installed')")
    record = clone("neutralize", accepted=["lab_gone"])
    assert "refused" not in record, record
    proof = clone("prove")
    assert "refused" not in proof, proof
    figure("neutralization", f"{record['seconds']} s, and its proof {proof['seconds']} s")
    return {**proof, **record}


def test_module_without_folder_is_refused_by_name(clone, sql):
    sql("INSERT INTO ir_module_module (name, state) VALUES ('lab_lost', 'installed')")
    try:
        said = clone("neutralize")["refused"]
        assert "lab_lost" in said and "odoo_addon_repositories" in said
        # Nothing was done: not even the scripts of the modules that are there.
        assert sql("SELECT count(*) FROM ir_mail_server WHERE active") == [["3"]]
        assert sql("SELECT count(*) FROM ir_config_parameter WHERE key = 'database.is_neutralized'") == [["0"]]
    finally:
        sql("DELETE FROM ir_module_module WHERE name = 'lab_lost'")


def test_only_the_catcher_takes_mail(neutral, sql):
    assert sql("SELECT name, smtp_host, smtp_port, from_filter IS NULL FROM ir_mail_server WHERE active") == [
        ["Mail catcher", "mail-catcher", "1025", "t"]
    ]
    assert sql(f"SELECT count(*) FROM ir_mail_server WHERE smtp_host = '{places.WORLD}' OR smtp_pass <> ''") == [["0"]]
    assert sql("SELECT count(*) FROM mail_template WHERE mail_server_id IS NOT NULL") == [["0"]]
    assert sql("SELECT active, server, password IS NULL FROM fetchmail_server") == [["f", "invalid", "t"]]


def test_nothing_goes_on_by_itself(neutral, sql):
    names = "SELECT module || '.' || name FROM ir_model_data WHERE model = 'ir.cron' AND res_id = c.id"
    assert sql(f"SELECT ({names}) FROM ir_cron AS c WHERE active ORDER BY 1") == [
        ["base.autovacuum_job"],
        ["mail.ir_cron_mail_scheduler_action"],
    ]
    assert sql("SELECT count(*) FROM mail_mail WHERE state IN ('outgoing', 'exception')") == [["0"]]
    assert sql("SELECT id, state FROM queue_job ORDER BY id") == [["1", "cancelled"], ["2", "cancelled"], ["3", "done"]]
    assert sql("SELECT count(*) FROM ir_act_server WHERE webhook_url LIKE '%://%'") == [["0"]]


def test_it_is_another_database(neutral, sql, droplet):
    query = "SELECT key, value FROM ir_config_parameter WHERE key IN ('database.secret', 'database.uuid') ORDER BY key"
    assert not {row[1] for row in sql(query)} & {row[1] for row in droplet.sql("pg-production", "erp", query)}
    created = "SELECT value FROM ir_config_parameter WHERE key = 'database.create_date'"
    assert sql(created) == droplet.sql("pg-production", "erp", created)
    urls = "SELECT key, value FROM ir_config_parameter WHERE key ~ '^(web.base|report).url' ORDER BY key"
    assert dict(sql(urls)) == {
        "report.url": "http://127.0.0.1:8069",
        "web.base.url": WISH["base_url"],
        "web.base.url.freeze": "True",
    }
    assert sql(
        "SELECT active, arch_db::text LIKE '%>erp-staging: %' FROM ir_ui_view WHERE key = 'web.neutralize_banner'"
    ) == [["t", "t"]]


def test_record_names_what_odoo_passes_over(neutral):
    assert neutral["missing"] == ["lab_gone"]
    assert neutral["modules"] > len(neutral["without_script"]) > 5 and "base" not in neutral["without_script"]
    assert [check["ok"] for check in neutral["checks"]] == [True, True]
    assert neutral["canary"]["sent"] is True
    assert neutral["egress"]["open"] == [] and neutral["egress"]["closed"] == [f"tcp {places.WORLD}:5000"]
    assert "production" not in json.dumps(neutral) and PASSWORD not in json.dumps(neutral)


def test_mail_arrives_in_the_catcher_alone(neutral, clone, droplet):
    """From addresses that hostile servers were for, over Odoo's queue; then who gets in."""
    subject = f"lab-{uuid.uuid4().hex}"
    entering = logins(("admin", "production"), ("keeper", "production"), ("second", "production"), ("keeper", PASSWORD))
    payload = {"senders": SENDERS, "subject": subject, "logins": entering}
    found = clone("shell", source=ASK + SEND, functions=["servers", "logins", "send"], payload=payload)
    assert found["servers"] == ["mail-catcher"] * 3
    assert found["send"] == ["sent"] * 3
    assert found["logins"] == [["keeper", PASSWORD]]
    address = droplet.inspect("mail-catcher")[0]["NetworkSettings"]["Networks"]["mail-catcher"]["IPAddress"]
    mails = json.loads(
        droplet.ssh(["curl", "--silent", "--fail", f"http://{address}:1080/email?subject={subject}"]).stdout
    )
    assert len(mails) == 3 and {mail["to"][0]["address"] for mail in mails} == {"customer@example.com"}
    assert world.sink_mails() == []


def test_twice_changes_nothing(neutral, clone, sql):
    def state():
        queries = ["SELECT * FROM ir_mail_server", "SELECT id, key, value FROM ir_config_parameter"]
        queries += ["SELECT id, login, password FROM res_users", "SELECT id, active FROM ir_cron"]
        return [sorted(sql(query)) for query in queries]

    before = state()
    again = clone("neutralize", accepted=["lab_gone"])
    # Odoo's own scripts stop all crons but one, and put a mail server of their own into the catcher's place.
    changed = {name: number for name, number in again["changed"].items() if name not in ("sessions", "queues")}
    assert changed == {"crons": 1, "mail catcher": 1, "mail servers": 1}, again
    assert state() == before


def test_what_undoes_it_is_found(neutral, clone, sql):
    sql(
        "CREATE FUNCTION lab_undo() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN NEW.active := true; RETURN NEW; END $$;"
        "CREATE TRIGGER lab_undo BEFORE UPDATE ON ir_mail_server FOR EACH ROW EXECUTE FUNCTION lab_undo();"
        "UPDATE ir_mail_server SET smtp_host = smtp_host"
    )
    try:
        said = clone("neutralize", again=True)["refused"]
        assert "mail servers (" in said and "trigger" in said
    finally:
        sql("DROP TRIGGER lab_undo ON ir_mail_server; DROP FUNCTION lab_undo()")


def test_clone_for_another_environment(neutral, clone, sql):
    """Without Odoo's scripts, as a clone of a template is made: another identity, another name in the ribbon."""
    uuids = "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"
    before = sql(uuids)
    other = {**WISH, "environment": "erp-try", "base_url": "https://try.lab.test"}
    record = clone("neutralize", wish=other, again=True)
    # The rows that the trigger of the test before had undone are among the mail servers.
    assert set(record["changed"]) - {"sessions", "queues"} == {
        "identity",
        "mail servers",
        "parameter web.base.url",
        "ribbon",
    }, record
    assert sql(uuids) != before
    # Not the environment that somebody else expects, nor a password of somebody else's.
    said = clone("prove")["refused"]
    assert "identity (2)" in said and "ribbon (1)" in said and "parameter web.base.url (1)" in said
    assert "does not let the administrator keeper in" in clone("prove", wish=other, password="production")["refused"]


def test_a_way_out_is_found(clone):
    """The probe itself: from production's Odoo, which has one, and from staging's, by what every droplet has."""
    there = clone(
        "egress", {"container": "erp-odoo", "targets": [["tcp", places.WORLD, 5000], ["tcp", places.WORLD, 1]]}
    )
    assert (there["open"], there["unproven"]) == ([f"tcp {places.WORLD}:5000"], [f"tcp {places.WORLD}:1"])
    here = clone("egress", {"container": "erp-staging-odoo", "targets": []})
    assert here["open"] == [] and here["closed"], here
