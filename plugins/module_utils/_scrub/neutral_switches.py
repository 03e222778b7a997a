# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The switches of a database that lead outside or go on by themselves, and how each of them has to stand.

A switch says which rows are wrong, and what makes them right.  To set it is an UPDATE of the wrong rows, to check it is
to count them: a second run finds none.  All SQL is constant; names and values are variables of psql.  Secrets are
emptied by the rules of the scrub, before their bytes ever reach the database; here they are emptied once more, which
changes nothing unless a rule is missing.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

#: The name of the only mail server that stays active.
CATCHER = "Mail catcher"
#: What C(odoo neutralize) calls the row that it inserts, at each run (odoo/addons/base/data/neutralize.sql).
DUMMY = "neutralization - disable emails"
#: Not a host: resolves nowhere (RFC 6761).
NOWHERE = "invalid"
#: A well-formed hash of PBKDF2-SHA512 whose digest is all zeros: no password has it.  NULL would do as well, but a
#: text that is no hash would become a password when Odoo starts (odoo/addons/base/models/res_users.py, init).
NOBODY = "$pbkdf2-sha512$600000$" + "A" * 22 + "$" + "A" * 86
#: Domains that nobody can own (RFC 2606, RFC 6761).
RESERVED = r"(^|[.@])(example(\.(com|net|org))?|test|invalid|localhost)$"
#: Parameter that says for which environment the database got its identity.
IDENTITY = "ipai_odoo.identity"


@dataclass(frozen=True)
class Switch:
    """Something that has to be off, gone, or another one.

    :param name: what it is, in the record.
    :param table: where it is; without this table, or one of ``columns``, there is nothing to do.
    :param wrong: condition on its rows.
    :param right: what an UPDATE sets; empty to delete them.
    :param lasts: it is as it was set until somebody changes it; others become wrong whenever Odoo is used.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    wrong: str
    right: str = ""
    lasts: bool = True

    def exists(self, columns: t.Mapping[str, t.Container[str]]) -> bool:
        """Whether a database has it; ``columns`` by table."""
        return self.table in columns and all(one in columns[self.table] for one in self.columns)

    @property
    def set(self) -> str:
        """A statement that sets it and returns how many rows were wrong."""
        table = f'public."{self.table}"'
        change = f"UPDATE {table} SET {self.right}" if self.right else f"DELETE FROM {table}"  # noqa: S608
        return f"WITH changed AS ({change} WHERE {self.wrong} RETURNING 1) {_count(self.name, 'changed')}"

    @property
    def check(self) -> str:
        """A statement that returns how many rows are wrong."""
        return _count(self.name, f'public."{self.table}" WHERE {self.wrong}')


def _count(name: str, source: str) -> str:
    return f"SELECT '{name}', count(*) FROM {source};"  # noqa: S608


def off(name: str, table: str, column: str) -> Switch:
    return Switch(name, table, (column,), f'"{column}"', f'"{column}" = false')


def emptied(name: str, table: str, *columns: str) -> list[Switch]:
    return [Switch(name, table, (one,), f'"{one}" IS NOT NULL', f'"{one}" = NULL') for one in columns]


def gone(name: str, *tables: str, lasts: bool = True) -> list[Switch]:
    return [Switch(name, one, (), "true", lasts=lasts) for one in tables]


def stopped(table: str, states: str, state: str) -> Switch:
    return Switch(f"queue {table}", table, ("state",), f"state IN ({states})", f"state = '{state}'")


def parameter(key: str, value: str = "") -> Switch:
    """A system parameter that, if it is there, has this value; without one, it goes."""
    wrong = f"key = '{key}'"
    if not value:
        return Switch(f"parameter {key}", "ir_config_parameter", (), wrong)
    return Switch(
        f"parameter {key}",
        "ir_config_parameter",
        (),
        f"{wrong} AND value IS DISTINCT FROM '{value}'",
        f"value = '{value}'",
    )


def ribbon(view: str, element: str, text: str) -> list[Switch]:
    """Odoo's own sign of a neutralized database, with another text; in all languages."""
    pattern = f'({element}\\\\">)[^<]*'
    named = f"regexp_replace(arch_db::text, '{pattern}', '\\1' || {text}, 'g')::jsonb"
    return [
        Switch("ribbon", "ir_ui_view", ("key",), f"key = '{view}' AND active IS NOT TRUE", "active = true"),
        Switch("ribbon", "ir_ui_view", ("key",), f"key = '{view}' AND arch_db <> {named}", f"arch_db = {named}"),
    ]


_TOKENS = (
    "google_gmail_access_token",
    "google_gmail_refresh_token",
    "microsoft_outlook_access_token",
    "microsoft_outlook_refresh_token",
)
_ADMIN = "(SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_admin' AND model = 'res.users')"
_CATCHER = f"""(
    SELECT min(id) FROM ir_mail_server
    WHERE name = '{CATCHER}' AND smtp_host = :'mail_host' AND smtp_port = :'mail_port'::int
)"""  # noqa: S608
_RUNS = """(id IN (
    SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module || '.' || name = ANY (:'crons'::text[])
))"""
#: A database is another one than that which it was made from: Odoo's services know production by its identifier, and
#: its secret signs sessions and links.
_IDENTIFIED = f"""EXISTS (
    SELECT FROM ir_config_parameter AS mark, ir_config_parameter AS id
    WHERE mark.key = '{IDENTITY}' AND id.key = 'database.uuid' AND mark.value = :'environment' || ' ' || id.value
)"""
_ALIAS = "alias_name || '@' || (SELECT d.name FROM mail_alias_domain AS d WHERE d.id = alias_domain_id)"

#: Before C(odoo neutralize), which moves these between modes that can only have one active user for each company.
BEFORE: tuple[Switch, ...] = (off("proxies of electronic invoicing", "account_edi_proxy_client_user", "active"),)

#: Makes the catcher's row unless it is there.
ADD_CATCHER = f"""
    WITH changed AS (
        INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active)
        SELECT '{CATCHER}', :'mail_host', :'mail_port'::int, 'none', 'login', true
        WHERE {_CATCHER} IS NULL RETURNING 1
    ) {_count("mail catcher", "changed")}
"""
#: Notes for which environment the identity was made.
ADD_IDENTITY = f"""
    WITH changed AS (
        INSERT INTO ir_config_parameter (key, value)
        SELECT '{IDENTITY}', :'environment' || ' ' || value FROM ir_config_parameter WHERE key = 'database.uuid'
        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
        WHERE ir_config_parameter.value IS DISTINCT FROM EXCLUDED.value RETURNING 1
    ) {_count("identity", "changed")}
"""  # noqa: S608

SWITCHES: tuple[Switch, ...] = (
    # Mail that goes out
    Switch("mail servers", "ir_mail_server", (), f"name = '{DUMMY}'"),
    Switch("mail servers", "ir_mail_server", (), f"active AND id IS DISTINCT FROM {_CATCHER}", "active = false"),
    Switch(
        "mail catcher",
        "ir_mail_server",
        (),
        f"id = {_CATCHER} AND (active IS NOT TRUE OR smtp_encryption <> 'none' OR smtp_authentication <> 'login')",
        "active = true, smtp_encryption = 'none', smtp_authentication = 'login'",
    ),
    Switch(
        "hosts of mail servers",
        "ir_mail_server",
        (),
        f"smtp_host IS DISTINCT FROM '{NOWHERE}' AND id IS DISTINCT FROM {_CATCHER}",
        f"smtp_host = '{NOWHERE}'",
    ),
    *emptied("filters and owners of mail servers", "ir_mail_server", "from_filter", "owner_user_id"),
    *emptied(
        "credentials of mail servers",
        "ir_mail_server",
        "smtp_user",
        "smtp_pass",
        "smtp_ssl_certificate",
        "smtp_ssl_private_key",
        *_TOKENS,
    ),
    *(parameter(f"mail.default.{one}") for one in ("from_filter", "from")),
    *(parameter(f"mass_mailing.{one}") for one in ("mail_server_id", "outgoing_mail_server")),
    # Mail that comes in
    off("fetchmail servers", "fetchmail_server", "active"),
    Switch(
        "fetchmail servers",
        "fetchmail_server",
        (),
        f"state <> 'draft' OR server IS DISTINCT FROM '{NOWHERE}'",
        f"state = 'draft', server = '{NOWHERE}'",
    ),
    *emptied("credentials of fetchmail servers", "fetchmail_server", "user", "password", "configuration", *_TOKENS),
    # The domain that answers go to
    Switch(
        "alias domains",
        "mail_alias_domain",
        (),
        f"name !~* '{RESERVED}'",
        "name = 'alias' || id || '.example.com'",
    ),
    Switch(
        "alias domains",
        "mail_alias_domain",
        ("default_from",),
        f"default_from ~ '@' AND default_from !~* '{RESERVED}'",
        "default_from = split_part(default_from, '@', 1)",
    ),
    Switch(
        "aliases",
        "mail_alias",
        ("alias_full_name", "alias_domain_id"),
        f"alias_domain_id IS NOT NULL AND alias_full_name IS DISTINCT FROM {_ALIAS}",
        f"alias_full_name = {_ALIAS}",
    ),
    # What waits to be sent
    stopped("mail_mail", "'outgoing', 'exception'", "cancel"),
    stopped("sms_sms", "'outgoing', 'process', 'error'", "canceled"),
    stopped("snailmail_letter", "'pending', 'error'", "canceled"),
    stopped("whatsapp_message", "'outgoing', 'error'", "cancel"),
    stopped("mailing_mailing", "'in_queue', 'sending'", "draft"),
    stopped("marketing_trace", "'scheduled'", "canceled"),
    stopped("social_post", "'scheduled', 'posting'", "draft"),
    stopped("queue_job", "'pending', 'enqueued', 'started', 'wait_dependencies'", "cancelled"),
    *emptied("queue account_move", "account_move", "sending_data"),
    *gone("queues", "mail_message_schedule", "mail_scheduled_message", "mail_push"),
    *gone("queues", "ir_cron_trigger", "bus_bus", lasts=False),
    # What goes on by itself
    Switch("crons", "ir_cron", (), f"coalesce(active, false) <> {_RUNS}", f"active = {_RUNS}"),
    # Other services
    Switch("webhooks", "ir_act_server", ("webhook_url",), "webhook_url ~ '://'", "webhook_url = NULL"),
    Switch("webhooks", "base_automation", ("trigger",), "active AND trigger = 'on_webhook'", "active = false"),
    *BEFORE,
    Switch(
        "payment providers",
        "payment_provider",
        (),
        "state IS DISTINCT FROM 'disabled' OR is_published",
        "state = 'disabled', is_published = false",
    ),
    off("payment tokens", "payment_token", "active"),
    *emptied("payment terminals", "pos_payment_method", "use_payment_terminal"),
    off("checks of VAT numbers", "res_company", "vat_check_vies"),
    *(parameter(f"mail.{one}") for one in ("sfu_server_url", "use_sfu_server", "use_twilio_rtc_servers")),
    Switch(
        "enrichment of leads",
        "ir_config_parameter",
        (),
        "key = 'crm.iap.lead.enrich.setting' AND value = 'auto'",
        "value = 'manual'",
    ),
    off("delivery in production", "delivery_carrier", "prod_environment"),
    # Who gets in
    Switch(
        "passwords",
        "res_users",
        (),
        f"password IS NOT NULL AND password <> '{NOBODY}' AND id IS DISTINCT FROM {_ADMIN}",
        f"password = '{NOBODY}'",
    ),
    *emptied("second factors", "res_users", "totp_secret"),
    *emptied("logins of other services", "res_users", "oauth_access_token", "oauth_uid"),
    *gone("keys and devices", "res_users_apikeys", "auth_totp_device", "auth_passkey_key", "auth_api_key"),
    *gone("keys and devices", "mail_push_device"),
    *gone("sessions", "res_device_log", lasts=False),
    off("login providers", "auth_oauth_provider", "enabled"),
    off("login providers", "auth_saml_provider", "active"),
    Switch(
        "login providers",
        "res_company_ldap",
        (),
        f"ldap_server <> '{NOWHERE}' OR ldap_password IS NOT NULL OR ldap_binddn IS NOT NULL",
        f"ldap_server = '{NOWHERE}', ldap_password = NULL, ldap_binddn = NULL",
    ),
    # It would send a code by mail, to addresses that nobody has.
    parameter("auth_totp.policy"),
    # What outsiders see
    *emptied("domains of websites", "website", "domain"),
    off("CDN of websites", "website", "cdn_activated"),
    Switch(
        "robots",
        "website",
        ("robots_txt",),
        r"robots_txt IS DISTINCT FROM E'User-agent: *\nDisallow: /'",
        r"robots_txt = E'User-agent: *\nDisallow: /'",
    ),
    *ribbon("web.neutralize_banner", "neutralize_banner_text", ":'environment' || ': not production; no mail leaves'"),
    *ribbon("website.neutralize_ribbon", "neutralize_ribbon_text", ":'environment'"),
    Switch(
        "identity",
        "ir_config_parameter",
        (),
        f"key IN ('database.uuid', 'database.secret') AND NOT {_IDENTIFIED}",
        "value = gen_random_uuid()::text",
    ),
)
