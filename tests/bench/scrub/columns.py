# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the peers are told to change: the same columns for each of them, as a careful administrator would list them."""

from __future__ import annotations

from collections.abc import Mapping

from data import Source

LISTED = {
    "res_partner": "name:name complete_name:name commercial_company_name:name email:email email_normalized:email"
    " phone:phone phone_sanitized:phone street:street street2:street city:city zip:code vat:code website:url"
    " comment:html function:text",
    "res_users": "login:email password:secret totp_secret:secret oauth_access_token:secret signature:html",
    "mail_message": "subject:text body:html email_from:email reply_to:email",
    "mail_tracking_value": "old_value_char:text new_value_char:text",
    "res_partner_bank": "acc_number:code sanitized_acc_number:code acc_holder_name:name",
    "crm_lead": "name:text partner_name:name contact_name:name email_from:email email_normalized:email phone:phone"
    " phone_sanitized:phone street:street city:city zip:code description:html",
    "sale_order": "client_order_ref:text note:html access_token:secret",
    "hr_employee": "name:name work_email:email work_phone:phone private_email:email private_phone:phone",
    "calendar_event": "name:text description:html access_token:secret",
    "calendar_attendee": "common_name:name email:email access_token:secret",
    "ir_attachment": "description:html index_content:html access_token:secret",
    "ir_mail_server": "smtp_user:secret smtp_pass:secret",
    "fetchmail_server": "user:secret password:secret",
    "res_users_apikeys": "key:secret",
    "auth_totp_device": "key:secret",
    "payment_token": "provider_ref:secret",
    "iap_account": "account_token:secret",
}
#: Kind → SQL; ``{h}`` is a hash of the value, NULL where that is.
FORMS = {
    "name": "'Person ' || {h}",
    "email": "{h} || '@example.com'",
    "phone": "'+56 9 ' || left(translate({h}, 'abcdef', '012345'), 8)",
    "street": "'Street ' || {h}",
    "city": "'City ' || left({h}, 8)",
    "code": "left({h}, 16)",
    "url": "'https://' || {h} || '.example.com'",
    "text": "'Text ' || {h}",
    "html": "CASE WHEN {c} IS NOT NULL THEN '<p>redacted</p>' END",
    "secret": "{h}",
}


def listed(source: Source) -> dict[str, dict[str, str]]:
    """Table → column → kind, of those that the database has and that hold text."""
    found = {}
    for table, words in LISTED.items():
        there = source.columns(table)
        kinds = dict(word.split(":") for word in words.split())
        kinds = {
            name: kind for name, kind in kinds.items() if there.get(name, ("",))[0] in ("character varying", "text")
        }
        if kinds:
            found[table] = kinds
    return found


def changes(kinds: Mapping[str, str], digest: str) -> dict[str, str]:
    """Column → SQL of its new value.

    :param digest: SQL of a hash of ``{c}``.
    """
    quoted = {name: f'"{name}"' for name in kinds}
    return {name: FORMS[kind].format(c=quoted[name], h=digest.format(c=quoted[name])) for name, kind in kinds.items()}
