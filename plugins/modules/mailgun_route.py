#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailgun_route
short_description: Have a domain at Mailgun store what comes to one address
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Keeps the route by which Mailgun stores incoming mail for an address, where P(ipai.odoo.mail_catcher_info#module)
    reads it, and hands it to nobody. Other routes of the account are left alone.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.full
  - ipai.odoo._attributes.actiongroup_odoo
options:
  domain:
    description:
      - The domain at Mailgun that receives.
    type: str
    required: true
  api_key:
    description:
      - Key of Mailgun's API. It goes to O(endpoint) and nowhere else.
    type: str
    required: true
  address:
    description:
      - The address whose mail is caught. If not given, this is C(catch-all@) of O(domain).
    type: str
  endpoint:
    description:
      - Address of Mailgun's API. In the European region it is V(https://api.eu.mailgun.net).
    type: str
    default: https://api.mailgun.net
  priority:
    description:
      - Place among the routes of the account; lower ones come first.
    type: int
    default: 0
  state:
    description:
      - Whether the route should be there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: ipai.odoo.mail_catcher_info
"""

EXAMPLES = r"""
- name: Catch what comes to catch-all@mg.example.com
  ipai.odoo.mailgun_route:
    domain: mg.example.com
    api_key: "{{ vault_mailgun_api_key }}"
  delegate_to: localhost
"""

RETURN = r"""
route:
  description: The route as it is now, or would be; nothing if it is absent.
  type: dict
  returned: success
  sample:
    expression: match_recipient("^catch-all@mg\.example\.com$")
    actions: ["store()", "stop()"]
    priority: 0
    description: ipai.odoo catches catch-all@mg.example.com
"""

import typing as t
from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._mail import mailgun
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import MailError


def argument_spec() -> dict[str, t.Any]:
    return {
        **mailgun.options(),
        "priority": {"type": "int", "default": 0},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


def lines(route: mailgun.Route | None) -> str:
    """A route as the diff shows it."""
    return "".join(f"{name}: {value}\n" for name, value in route.form()) if route else ""


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    account = mailgun.account(module.params)
    wanted = account.route(module.params["priority"]) if module.params["state"] == "present" else None
    try:
        before, after = mailgun.Mailgun(account).settle(wanted, dry_run=module.check_mode)
    except MailError as exc:
        module.fail_json(msg=str(exc))
    result: dict[str, t.Any] = {"changed": before != after, "route": asdict(after) if after else None}
    if module._diff:
        result["diff"] = {"before": lines(before), "after": lines(after)}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
