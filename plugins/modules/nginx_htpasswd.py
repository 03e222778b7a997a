#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_htpasswd
short_description: Write the logins of an nginx virtual host
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes a file of users and SHA-512 crypt hashes for nginx's C(auth_basic_user_file).
  - Passwords are given, or read on the droplet from files that only root can read. They are never on a command line.
  - Users that are not listed are removed.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff names the users and never shows a hash.
  idempotent:
    support: full
options:
  path:
    description: The file to write. Missing directories are made with mode C(0755).
    type: path
    required: true
  logins:
    description: Who may log in.
    type: list
    elements: dict
    required: true
    suboptions:
      user:
        description: Name of the user.
        type: str
        required: true
      password:
        description: The user's password. Mutually exclusive with O(logins[].password_file).
        type: str
      password_file:
        description: File on the droplet that holds the user's password and nothing else.
        type: path
  group:
    description: Group that may read the file, which is nginx's.
    type: str
    default: www-data
"""

EXAMPLES = r"""
- name: Let in whoever knows the generated password
  ipai.odoo.nginx_htpasswd:
    path: /etc/nginx/ipai.d/mail-catcher.htpasswd
    logins:
      - user: mail
        password_file: /srv/mail-catcher/secrets/web_password
"""

RETURN = r"""
path:
  description: The file that was written.
  type: str
  returned: success
  sample: /etc/nginx/ipai.d/mail-catcher.htpasswd
users:
  description: Who may log in.
  type: list
  elements: str
  returned: success
  sample: [mail]
"""

import os.path
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _htpasswd
from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    access_of,
    find_gid,
    write_atomic,
)
from ansible_collections.ipai.odoo.plugins.module_utils._tree import make_directories


def argument_spec() -> dict[str, t.Any]:
    login_spec = {
        "user": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
        "password_file": {"type": "path", "no_log": False},
    }
    return {
        "path": {"type": "path", "required": True},
        "logins": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": login_spec,
            "mutually_exclusive": [("password", "password_file")],
            "required_one_of": [("password", "password_file")],
        },
        "group": {"type": "str", "default": "www-data"},
    }


def read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def password_of(login: t.Mapping[str, t.Any]) -> str | None:
    """The password; ``None`` when its file is not there."""
    if login["password"] is not None:
        return str(login["password"])
    text = read(login["password_file"])
    return None if text is None else text.rstrip("\r\n")


def write(module: AnsibleModule) -> tuple[bool, list[str], list[str]]:
    """Returns whether the file changed, and the users before and after."""
    path = module.params["path"]
    held_access = access_of(path)
    held_text = (read(path) if held_access else None) or ""
    held = _htpasswd.parse(held_text)
    passwords = {login["user"]: password_of(login) for login in module.params["logins"]}
    known = {user: password for user, password in passwords.items() if password is not None}
    missing = sorted(set(passwords) - set(known))
    if missing and not module.check_mode:
        raise _htpasswd.HtpasswdError(f"the file with the password of {missing[0]} does not exist")
    text = _htpasswd.render(known, held, _command.run)
    access = None
    try:
        access = Access(0, find_gid(module.params["group"]), 0o640)
    except FileError:
        # In check mode nginx, whose group it is, may still be missing.
        if not module.check_mode:
            raise
    changed = bool(missing) or text != held_text or access != held_access
    if changed and access and not module.check_mode:
        make_directories(os.path.dirname(path))
        write_atomic(path, text.encode("utf-8"), access)
    return changed, sorted(held), sorted(passwords)


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        changed, before, after = write(module)
    except (_htpasswd.HtpasswdError, _command.CommandError, FileError) as exc:
        module.fail_json(msg=f"{module.params['path']}: {exc}.")
    outcome: dict[str, t.Any] = {"changed": changed, "path": module.params["path"], "users": after}
    if module._diff:
        outcome["diff"] = {
            "before_header": module.params["path"],
            "after_header": module.params["path"],
            "before": "".join(f"{user}: (not shown)\n" for user in before),
            "after": "".join(
                f"{user}: ({'changed, ' if changed and user in before else ''}not shown)\n" for user in after
            ),
        }
    module.exit_json(**outcome)


if __name__ == "__main__":
    main()
