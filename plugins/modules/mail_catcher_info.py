#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_catcher_info
short_description: List, search and read the mail that was caught
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Lists the mails in the catcher of a droplet, the newest first, or gets one with its headers, text, HTML and
    attachments.
  - Reading leaves no mark. A mail that is new on the catcher's web page stays new there.
  - Tells whether the catcher takes mail and answers.
  - With O(mailgun), the same of a domain at Mailgun that catches. This may run on the controller.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.info_module
  - ipai.odoo._attributes.actiongroup_odoo
options:
  id:
    description:
      - Get this mail, by its id in the list. V(latest) is the newest one, of those that fit if something is searched.
    type: str
  to:
    description:
      - A part of the name or address of a recipient. Case does not matter, here and in the following.
    type: str
    default: ''
  sender:
    description:
      - A part of the name or address of the sender.
    type: str
    default: ''
  subject:
    description:
      - A part of the subject.
    type: str
    default: ''
  text:
    description:
      - Words that the mail shows, in its text, its subject, its addresses or the names of its files. Of a mail with
        HTML, its text is that of the HTML.
    type: str
    default: ''
  since:
    description:
      - Mails caught at this time or later, such as V(2026-11-21T02:00:00Z) or V(2026-11-21T10:00:00+08:00), or how long
        ago, such as V(30m), V(2h), V(7d) or V(1w).
      - MailDev and Mailpit differ in what the time of a mail is. MailDev takes the one in its header C(Date).
    type: str
  before:
    description:
      - Mails caught at this time or before, in the same form as O(since).
    type: str
  limit:
    description:
      - List so many mails at most, from 1 to 10000.
    type: int
    default: 100
  offset:
    description:
      - Leave out so many of the newest ones.
    type: int
    default: 0
  include:
    description:
      - What else to return of the mail O(id), in Base64. These are the contents of its attachments (V(attachments)),
        and the mail as it travelled (V(source)).
    type: list
    elements: str
    choices: [attachments, source]
    default: []
  healthy:
    description:
      - Fail unless the catcher takes mail and answers.
    type: bool
    default: false
  container:
    description:
      - Name of the catcher's container.
    type: str
    default: mail-catcher
  mailgun:
    description:
      - Read what a domain at Mailgun has caught, in place of the container. Mailgun keeps mails for some days only.
    type: dict
    suboptions:
      domain:
        description: The domain at Mailgun that receives.
        type: str
        required: true
      api_key:
        description: Key of Mailgun's API. It goes to O(mailgun.endpoint) and nowhere else.
        type: str
        required: true
      address:
        description: The address whose mail is caught. If not given, this is C(catch-all@) of O(mailgun.domain).
        type: str
      endpoint:
        description: Address of Mailgun's API. In the European region it is V(https://api.eu.mailgun.net).
        type: str
        default: https://api.mailgun.net
requirements:
  - Docker Engine with its C(docker) program on the target, unless O(mailgun) is given
seealso:
  - module: ipai.odoo.mail_page
  - module: ipai.odoo.mailgun_route
"""

EXAMPLES = r"""
- name: What would staging have sent to this customer today?
  ipai.odoo.mail_catcher_info:
    to: customer@example.com
    since: 24h
  register: found

- name: Say it
  ansible.builtin.debug:
    msg: "{{ found.lines }}"

- name: Read the newest invoice with its PDF
  ipai.odoo.mail_catcher_info:
    id: latest
    subject: invoice
    include: [attachments]
  register: invoice

- name: What did the domain at Mailgun catch?
  ipai.odoo.mail_catcher_info:
    mailgun:
      domain: mg.example.com
      api_key: "{{ vault_mailgun_api_key }}"
  delegate_to: localhost
"""

RETURN = r"""
mails:
  description: The mails that fit, the newest first.
  type: list
  elements: dict
  returned: when O(id) is not given
  contains:
    id:
      description: Name of the mail, by which it is got.
      type: str
      sample: dpkAjYzu
    at:
      description: When it was caught, in UTC.
      type: str
      sample: "2026-11-21T02:03:05Z"
    sender:
      description: Whom it is from.
      type: str
      sample: My Shop <shop@example.com>
    recipients:
      description: Whom it is to, with copies.
      type: list
      elements: str
      sample: [Ana <ana@example.com>]
    subject:
      description: Its subject.
      type: str
      sample: Invoice INV/2026/00042
    bytes:
      description: Its size in bytes; 0 if the catcher does not tell.
      type: int
      sample: 48211
    attachments:
      description: Number of its attachments.
      type: int
      sample: 1
total:
  description: How many mails fit.
  type: int
  returned: when O(id) is not given
  sample: 148
next_offset:
  description: The O(offset) of the next page, or nothing on the last one.
  type: int
  returned: when O(id) is not given
  sample: 100
mail:
  description: The mail O(id).
  type: dict
  returned: when O(id) is given
  contains:
    id:
      description: As in RV(mails[].id), and likewise RV(mail.at), RV(mail.sender), RV(mail.recipients),
        RV(mail.subject) and RV(mail.bytes).
      type: str
      sample: dpkAjYzu
    at:
      description: When it was caught, in UTC.
      type: str
      sample: "2026-11-21T02:03:05Z"
    sender:
      description: Whom it is from.
      type: str
      sample: My Shop <shop@example.com>
    recipients:
      description: Whom it is to, with copies.
      type: list
      elements: str
      sample: [Ana <ana@example.com>]
    subject:
      description: Its subject.
      type: str
      sample: Invoice INV/2026/00042
    bytes:
      description: Its size in bytes.
      type: int
      sample: 48211
    headers:
      description: Its headers in their order, decoded.
      type: list
      elements: dict
      sample: [{"name": "Subject", "value": "Invoice INV/2026/00042"}]
    text:
      description: Its plain text, or nothing.
      type: str
      sample: Please find attached …
    html:
      description: Its HTML as it was sent, or nothing. It may load pictures and run scripts;
        P(ipai.odoo.mail_page#module) shows it without.
      type: str
      sample: <p>Please find attached …</p>
    attachments:
      description: Its attachments, each with name, type, bytes and content_id. With V(attachments) in O(include),
        content holds it in Base64.
      type: list
      elements: dict
      sample: [{"name": "INV_2026_00042.pdf", "type": "application/pdf", "bytes": 34112, "content_id": ""}]
    source:
      description: The mail as it travelled, in Base64, with V(source) in O(include).
      type: str
      sample: RnJvbTogc2hvcEBleGFtcGxlLmNvbQ0K
health:
  description: Whether the catcher takes mail (V(takes)) and answers (V(answers)), its kind (V(engine)), and what is
    wrong (V(problems)). No mail is left there to find out.
  type: dict
  returned: success
  sample: {"engine": "mailpit", "takes": true, "answers": true, "problems": []}
lines:
  description: All of that as somebody reads it, in the time of the machine. It is one line for each mail, or the mail
    O(id).
  type: list
  elements: str
  returned: success
  sample: ["2026-11-21T10:03:05+08:00  dpkAjYzu  shop@example.com  -> ana@example.com  Invoice INV/2026/00042 [1 file]"]
"""

import base64
import typing as t
from datetime import datetime, timezone

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import stamp
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._mail import catchers, mailgun, shown
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import MailError
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import Message
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Query, Summary, moment

MOST = 10000


def argument_spec() -> dict[str, t.Any]:
    words = {"type": "str", "default": ""}
    return {
        "id": {"type": "str"},
        "to": words,
        "sender": words,
        "subject": words,
        "text": words,
        "since": {"type": "str"},
        "before": {"type": "str"},
        "limit": {"type": "int", "default": 100},
        "offset": {"type": "int", "default": 0},
        "include": {"type": "list", "elements": "str", "choices": ["attachments", "source"], "default": []},
        "healthy": {"type": "bool", "default": False},
        "container": {"type": "str", "default": "mail-catcher"},
        "mailgun": {"type": "dict", "options": mailgun.options()},
    }


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def told(mail: Summary) -> dict[str, t.Any]:
    return {
        "id": mail.id,
        "at": stamp(mail.at),
        "sender": mail.sender,
        "recipients": list(mail.recipients),
        "subject": mail.subject,
        "bytes": mail.size,
        "attachments": mail.attachments,
    }


def whole(mail: Summary, message: Message, raw: bytes, include: t.Sequence[str]) -> dict[str, t.Any]:
    found = {**told(mail), "bytes": len(raw), "text": message.text, "html": message.html}
    # The catcher knows blind copies as well, which the mail does not name.
    found["recipients"] = found["recipients"] or list(message.recipients)
    found["headers"] = [{"name": name, "value": value} for name, value in message.headers]
    found["attachments"] = [
        {
            "name": item.name,
            "type": item.type,
            "bytes": len(item.content),
            "content_id": item.content_id,
            **({"content": encoded(item.content)} if "attachments" in include else {}),
        }
        for item in message.attachments
    ]
    return {**found, "source": encoded(raw)} if "source" in include else found


def answer(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """All that the module returns."""
    if not 1 <= params["limit"] <= MOST or params["offset"] < 0:
        raise MailError(f"limit must be from 1 to {MOST}, and offset 0 or more")
    now = datetime.now(timezone.utc)
    words = {name: params[name] for name in ("to", "sender", "subject", "text")}
    query = Query(**words, since=moment(params["since"], now), before=moment(params["before"], now))
    if query.since and query.before and query.since > query.before:
        raise MailError("since is later than before: nothing lies between")
    catcher: catchers.Catcher
    if params["mailgun"]:
        catcher = mailgun.Mailgun(mailgun.account(params["mailgun"]))
    else:
        catcher = catchers.local(params["container"])
    health = catcher.health()
    problems = shown.health(health)
    if params["healthy"] and problems:
        raise MailError(f"the catcher does not do its work. {'; '.join(problems)}")
    found: dict[str, t.Any] = {}
    if params["id"]:
        mail, message, raw = catchers.one(catcher, query, params["id"])
        found["mail"] = whole(mail, message, raw, params["include"])
        lines = shown.sheet(mail, message)
    else:
        mails = catchers.pick(catcher, query)
        offset, end = params["offset"], params["offset"] + params["limit"]
        page = mails[offset:end]
        found.update(mails=[told(mail) for mail in page], total=len(mails))
        found["next_offset"] = end if end < len(mails) else None
        lines = shown.listing(page, len(mails), offset)
    state = {"engine": health.engine, "takes": not health.takes, "answers": not health.answers, "problems": problems}
    return {**found, "health": state, "lines": problems + lines}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        found = answer(module.params)
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except MailError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
