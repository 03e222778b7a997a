# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Production data of any size: real tables of Odoo, filled on the server, the same for the same size.

Each row is a copy of one that Odoo has made, with other values in the columns named here and nothing in its other
texts; ``n`` is its number, ``p`` and ``q`` are two people that it is about.  ``people.sql`` says who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server import Server

PEOPLE = Path(__file__).with_name("people.sql")
#: New rows are numbered from here.
FIRST = 1_000_000
TEXTS = ("character varying", "text", "jsonb", "bytea")


@dataclass(frozen=True)
class Plan:
    """A table's rows: how many for each MB of plain dump, and the SQL of their values."""

    rows: int
    values: dict[str, str]


STAMPS = {"create_date": "bench.time(n)", "write_date": "bench.time(n + 900)"}
COUNTRY = "(SELECT id FROM res_country WHERE code = '{}')"
PARENT = "CASE WHEN n % 10 IN (1, 2, 3) THEN {} END"  # each company has three people
PARENT_ID, PARENT_NAME = PARENT.format(f"{FIRST} + n - n % 10"), PARENT.format("bench.name(n - n % 10)")
CONTACT = {
    "email_normalized": "bench.email(p)",
    "phone": "bench.phone(p)",
    "phone_sanitized": "bench.digits(bench.phone(p))",
    "street": "bench.street(p)",
    "city": "bench.city(p)",
    "zip": "(1000 + bench.roll(p, 30, 8999))::text",
    "country_id": f"CASE WHEN bench.chile(p) THEN {COUNTRY.format('CL')} ELSE {COUNTRY.format('PH')} END",
}
ADDRESS = "format('\"%s\" <%s>', bench.name({0}), bench.email({0}))"
PLANS = {
    "res_partner": Plan(
        620,
        {
            **CONTACT,
            "name": "bench.name(p)",
            "complete_name": f"coalesce({PARENT_NAME} || ', ', '') || bench.name(p)",
            "email": "CASE WHEN n % 7 = 0 THEN upper(bench.email(p)) ELSE bench.email(p) END",
            "vat": "CASE WHEN n % 4 > 0 THEN bench.vat(p) END",
            "street2": "CASE WHEN n % 9 = 0 THEN 'Of. ' || n % 90 END",
            "website": "CASE WHEN bench.company(p) THEN 'https://www.' || split_part(bench.email(p), '@', 2) END",
            "function": "CASE WHEN NOT bench.company(p) THEN bench.pick('{Buyer,Gerente,Contador}', n, 31) END",
            "ref": "'C' || n",
            "lang": "'en_US'",
            "type": "'contact'",
            "comment": "CASE WHEN n % 5 = 0 THEN '<p>' || bench.says(n, 32) || bench.name(q) || '</p>' END",
            "commercial_company_name": f"coalesce({PARENT_NAME}, CASE WHEN bench.company(p) THEN bench.name(p) END)",
            "is_company": "bench.company(p)",
            "parent_id": PARENT_ID,
            "commercial_partner_id": f"coalesce({PARENT_ID}, {FIRST} + n)",
            "partner_share": "true",
            "active": "true",
            "user_id": "NULL",
            **STAMPS,
        },
    ),
    "mail_message": Plan(
        420,
        {
            "subject": "CASE WHEN n % 3 = 0 THEN 'Re: ' || bench.name(p) || ', ' || left(bench.says(n, 33), 30) END",
            "body": "bench.letter(n, p, q)",
            "email_from": ADDRESS.format("q"),
            "reply_to": ADDRESS.format("q"),
            "author_id": f"{FIRST} + q",
            "model": "'res.partner'",
            "res_id": f"{FIRST} + p",
            "message_id": "format('<%s.%s-openerp-res.partner@erp.example.test>', md5(n::text), n)",
            "message_type": "'comment'",
            "parent_id": "NULL",
            "date": "bench.time(n)",
            **STAMPS,
        },
    ),
    "mail_tracking_value": Plan(
        250,
        {
            "mail_message_id": f"{FIRST} + n",
            "field_id": "(SELECT id FROM ir_model_fields WHERE model = 'res.partner' AND name = 'email')",
            "old_value_char": "bench.email(q)",
            "new_value_char": "bench.email(p)",
            **STAMPS,
        },
    ),
    "res_partner_bank": Plan(
        120,
        {
            "partner_id": f"{FIRST} + p",
            "acc_number": "bench.account(p)",
            "sanitized_acc_number": "bench.digits(bench.account(p))",
            "acc_holder_name": "bench.name(p)",
            **STAMPS,
        },
    ),
    "crm_lead": Plan(
        150,
        {
            **CONTACT,
            "name": "'Inquiry of ' || bench.name(p)",
            "partner_name": "bench.surname(p) || ' Trading'",
            "contact_name": "bench.name(p)",
            "email_from": "bench.email(p)",
            "email_domain_criterion": "'@' || split_part(bench.email(p), '@', 2)",
            "description": "'<p>' || bench.says(n, 34) || bench.name(q) || ', ' || bench.phone(q) || '</p>'",
            "partner_id": f"{FIRST} + p",
            **STAMPS,
        },
    ),
    "sale_order": Plan(
        150,
        {
            "name": "'S' || n",
            "access_token": "bench.secret('sale_order', n)",
            "client_order_ref": "CASE WHEN n % 6 = 0 THEN bench.name(q) END",
            "note": "CASE WHEN n % 4 = 0 THEN '<p>' || bench.says(n, 35) || bench.name(p) || '</p>' END",
            **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), f"{FIRST} + p"),
            **STAMPS,
        },
    ),
    # Nothing in it tells about anybody: goes through untouched.
    "mail_followers": Plan(400, {"res_model": "'res.partner'", "res_id": f"{FIRST} + n", "partner_id": f"{FIRST} + p"}),
}
#: No two rows may have the same of these: rows are numbered through the people, one each.
ONCE = ("res_partner", "res_partner_bank", "mail_followers")

#: One person in places that a list of columns by name misses.
CANARY = {
    "name": "Quillarmino Vextrapol Zumárrez",
    "email": "quillarmino.vextrapol@canario.test",
    "phone": "+56 9 6123 0457",
    "street": "Pasaje Vextrapol 4711",
    "vat": "15776812-3",
}
STORY = "{name} ({email}, {phone}, RUT {vat})".format(**CANARY)
CANARY_ROW = FIRST + 77
HIDDEN = (
    "res_partner.commercial_company_name res_partner.website_description res_partner.comment"
    " ir_attachment.index_content ir_attachment.description ir_attachment.db_datas"
    " ir_cron.cron_name ir_act_server.name ir_sequence.name"
    " resource_resource.name resource_calendar_leaves.name stock_warehouse.name account_analytic_account.name"
    " discuss_channel.name mail_activity.res_name mail_activity.note calendar_event.name calendar_event.description"
    " calendar_attendee.common_name account_move.narration account_move.invoice_partner_display_name"
    " account_move_line.name mail_message.subject mail_tracking_value.old_value_text crm_lead.lead_properties"
    " survey_user_input_line.value_char_box hr_leave_allocation.name project_task.description utm_campaign.title"
    " sale_order_line.name stock_picking.note purchase_order.note event_registration.name"
)
#: Credentials, in some rows of each table; where it is empty, one row is made first.
SOME = 3
SECRETS = (
    "res_users.password res_users.totp_secret res_users.oauth_access_token res_users_apikeys.key auth_totp_device.key"
    " ir_mail_server.smtp_pass ir_mail_server.smtp_user fetchmail_server.password payment_token.provider_ref"
    " iap_account.account_token res_company.sms_twilio_auth_token auth_oauth_provider.client_id"
    " ir_act_server.webhook_url calendar_event.access_token account_move.access_token purchase_order.access_token"
    " project_task.access_token ir_attachment.access_token calendar_attendee.access_token"
    " survey_user_input.access_token website_visitor.access_token"
)
MADE = {
    "ir_mail_server": "(name, smtp_host, smtp_authentication, smtp_encryption, active)"
    " VALUES ('mail', 'mail.example.test', 'login', 'none', true)",
    "fetchmail_server": "(name, server_type, server, state) VALUES ('in', 'imap', 'imap.example.test', 'done')",
    "res_users_apikeys": "(name, user_id, scope, index) VALUES ('script', 2, 'rpc', 'abcdefgh')",
    "auth_totp_device": "(name, user_id, scope, index) VALUES ('phone', 2, 'browser', 'abcdefgh')",
}
PARAMETERS = ("database.secret", "mail.gateway.api_key", "own_connector.token", "website.oauth_client_secret")


class Source:
    """The database that stands for production."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name

    def make(self, megabytes: int) -> None:
        self.server.begin_with(self.name)
        self._sql(PEOPLE.read_text())
        people = PLANS["res_partner"].rows * megabytes
        for table, plan in PLANS.items():
            if self.columns(table):
                self._grow(table, plan, plan.rows * megabytes, people)
        self._hide()
        self._credentials()

    def _sql(self, *statements: str) -> None:
        # Rows are made consistent: checking each against its references would only take time.
        self.server.sql(self.name, "SET session_replication_role = replica", *statements)

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """Column → its type, and whether it may be empty."""
        found = self.server.rows(
            self.name,
            "SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns"
            f" WHERE table_schema = 'public' AND table_name = '{table}'",
        )
        return {name: (kind, empty == "t") for name, kind, empty in found}

    def _grow(self, table: str, plan: Plan, count: int, people: int) -> None:
        columns = self.columns(table)
        values = {name: f'model."{name}"' for name in columns}
        values.update({name: "NULL" for name, (kind, empty) in columns.items() if kind in TEXTS and empty})
        values.update({name: sql for name, sql in plan.values.items() if name in columns}, id=f"{FIRST} + n")
        # Numbers of people: each once where that matters, else whom chance picks.
        about = "n" if table in ONCE else f"bench.roll(n, 40, {people})"
        names = ", ".join(f'"{name}"' for name in values)
        self._sql(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())}"
            f" FROM (SELECT n, {about}::bigint AS p, bench.roll(n, 41, {people})::bigint AS q"
            f" FROM generate_series(0, {count - 1}::bigint) AS n) AS numbers,"
            f" (SELECT * FROM {table} ORDER BY id LIMIT 1) AS model",
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {FIRST + count})",
        )

    def _hide(self) -> None:
        values = {**CANARY, "complete_name": CANARY["name"], "email_normalized": CANARY["email"]}
        values["phone_sanitized"] = values["phone"].replace(" ", "")
        changes = ", ".join(f"{name} = '{value}'" for name, value in values.items())
        statements = [f"UPDATE res_partner SET {changes} WHERE id = {CANARY_ROW}"]
        for table, column in (place.split(".") for place in HIDDEN.split()):
            kind = self.columns(table).get(column, ("", False))[0]
            story = {
                "jsonb": f"jsonb_build_object('en_US', '{STORY}')",
                "bytea": f"convert_to('{STORY}', 'UTF8')",
            }.get(kind, f"'{STORY}'")
            if kind:
                statements.append(f"UPDATE {table} SET {column} = {story} WHERE id = (SELECT max(id) FROM {table})")
        self._sql(*statements)

    def _credentials(self) -> None:
        self._sql(*(f"INSERT INTO {table} {row}" for table, row in MADE.items() if self.columns(table)))
        statements = []
        for table, column in (place.split(".") for place in SECRETS.split()):
            if column in self.columns(table):
                some = f"id IN (SELECT id FROM {table} ORDER BY id LIMIT {SOME})"
                statements.append(f"UPDATE {table} SET {column} = bench.secret('{table}.{column}', id) WHERE {some}")
        for key in PARAMETERS:
            statements.append(
                f"INSERT INTO ir_config_parameter (key, value) VALUES ('{key}', bench.secret('{key}', 0))"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
            )
        self._sql(*statements)
