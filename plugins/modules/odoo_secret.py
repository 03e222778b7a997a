#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_secret
short_description: Keep a password in a file that only root can read
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Makes a random password once and writes it to a file, or sees to it that the file holds the password that was given.
  - The password is never returned, never part of a diff, and never on a command line.
  - The file holds the password and nothing else, without a line break at its end.
  - The file is written in one step. A run that is killed leaves either no file or a complete one.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff says that there is a secret, or that it would be another one, and never which.
  idempotent:
    support: full
options:
  path:
    description:
      - Where the password is kept, as an absolute path.
      - A missing directory is made with mode C(0700). An existing one is left as it is, but refused if anyone but
        its owner may write into it.
    type: path
    required: true
  value:
    description:
      - The password that the file must hold.
      - Without it, the password that the file already holds is kept, and a random one is made where there is none.
      - It is refused if it has fewer than 12 characters, is a well-known default, or is made of well-known words,
        digits and O(names) only.
    type: str
  strict:
    description:
      - Whether a weak O(value) is refused. Turn it off for a password that somebody else chose, such as a mail
        provider's.
    type: bool
    default: true
  length:
    description:
      - Number of characters of a password that is made, between 24 and 256.
      - Letters and digits are used that can neither be mistaken for one another nor need quoting.
    type: int
    default: 32
  names:
    description:
      - Names that guessing would start with, such as the name of the environment and of the login.
      - A password made of these names is refused.
    type: list
    elements: str
    default: []
  owner:
    description:
      - User who owns the file, by name or by number.
    type: str
    default: root
  group:
    description:
      - Group of the file, by name or by number.
    type: str
    default: root
  mode:
    description:
      - Mode of the file as an octal string. Modes that let anyone else in are refused.
    type: str
    default: '0600'
"""

EXAMPLES = r"""
- name: Make the password of the environment's database role, once
  ipai.odoo.odoo_secret:
    path: /srv/odoo/erp/secrets/database_password

- name: Hold the administrator's password from Ansible Vault
  ipai.odoo.odoo_secret:
    path: /srv/odoo/erp/secrets/admin_password
    value: "{{ odoo_admin_password }}"
    names:
      - "{{ inventory_hostname }}"
      - "{{ odoo_admin_login }}"
  no_log: true
"""

RETURN = r"""
path:
  description: The file that holds the password.
  type: str
  returned: success
  sample: /srv/odoo/erp/secrets/database_password
created:
  description: Whether there was no password before.
  type: bool
  returned: success
  sample: true
replaced:
  description:
    - Whether another password was there before. Whatever uses it has to be told.
  type: bool
  returned: success
  sample: false
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    find_gid,
    find_uid,
    parse_mode,
)
from ansible_collections.ipai.odoo.plugins.module_utils._secret import DEFAULT_LENGTH, SecretError, hold


def argument_spec() -> dict[str, t.Any]:
    return {
        "path": {"type": "path", "required": True},
        "value": {"type": "str", "no_log": True},
        "strict": {"type": "bool", "default": True},
        "length": {"type": "int", "default": DEFAULT_LENGTH},
        "names": {"type": "list", "elements": "str", "default": []},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "mode": {"type": "str", "default": "0600"},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    params = module.params
    try:
        access = Access(find_uid(params["owner"]), find_gid(params["group"]), parse_mode(params["mode"]))
        outcome = hold(
            params["path"],
            access,
            value=params["value"],
            length=params["length"],
            names=params["names"],
            strict=params["strict"],
            dry_run=module.check_mode,
        )
    except (SecretError, FileError) as exc:
        module.fail_json(msg=str(exc))
    result: dict[str, t.Any] = {
        "changed": outcome.changed,
        "path": params["path"],
        "created": outcome.created,
        "replaced": outcome.replaced,
    }
    if module._diff:
        result["diff"] = {
            "before_header": params["path"],
            "after_header": params["path"],
            "before": outcome.before + "\n",
            "after": outcome.after + "\n",
        }
    module.exit_json(**result)


if __name__ == "__main__":
    main()
