#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_files
short_description: Keep the files and directories of a service in one step
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Makes directories and writes files, each in one step, so that nobody ever sees half of one.
  - It does what a loop over M(ansible.builtin.file) and M(ansible.builtin.copy) does, in one go. On a droplet that is
    as it should be, that is the difference between half a second and many.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Contents are part of the diff. Secrets are the business of M(ipai.odoo.odoo_secret).
  idempotent:
    support: full
options:
  directories:
    description: Directories, in the order in which they are made. Those above them that are missing get mode C(0755).
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the directory.
        type: path
        required: true
      owner:
        description: Owner, by name or by number.
        type: str
        default: root
      group:
        description: Group, by name or by number.
        type: str
        default: root
      mode:
        description: Mode as an octal string.
        type: str
        default: '0755'
      purge:
        description: Whether to remove files in it that are not among O(files). Directories and links are left alone.
        type: bool
        default: false
  files:
    description: Files, written after the directories are made.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the file.
        type: path
        required: true
      content:
        description: What the file holds. Required unless O(files[].state=absent).
        type: str
      owner:
        description: Owner, by name or by number.
        type: str
        default: root
      group:
        description: Group, by name or by number.
        type: str
        default: root
      mode:
        description: Mode as an octal string.
        type: str
        default: '0644'
      state:
        description: Whether the file should be there.
        type: str
        choices: [present, absent]
        default: present
      validate:
        description:
          - A program that tests the file before it takes its place, as a list of its name and arguments. V(%s) stands
            for the file. If the program fails, the file stays as it was, and those after it are not written.
          - Check mode does not run it, since the package that brings it may only come later.
        type: list
        elements: str
        default: []
seealso:
  - module: ipai.odoo.nginx_config
"""

EXAMPLES = r"""
- name: Lay out the home of a service
  ipai.odoo.odoo_files:
    directories:
      - path: /srv/mail-catcher
        mode: '0750'
      - path: /srv/mail-catcher/data
        owner: '10025'
        group: '10025'
        mode: '0700'
    files:
      - path: /srv/mail-catcher/compose.yaml
        content: "{{ lookup('ansible.builtin.template', 'compose.yaml.j2') }}"
        mode: '0640'

- name: Let the admin user become root
  ipai.odoo.odoo_files:
    files:
      - path: /etc/sudoers.d/ops
        content: "ops ALL=(ALL:ALL) NOPASSWD: ALL\n"
        mode: '0440'
        validate: [/usr/sbin/visudo, -cf, '%s']
"""

RETURN = r"""
paths:
  description: Paths of the files and directories that were changed.
  type: list
  elements: str
  returned: success
  sample: [/srv/mail-catcher/compose.yaml]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


def argument_spec() -> dict[str, t.Any]:
    path = {"type": "path", "required": True}
    owner = {"type": "str", "default": "root"}
    directory = {"path": path, "owner": owner, "group": owner, "mode": {"type": "str", "default": "0755"}}
    directory["purge"] = {"type": "bool", "default": False}
    file = {
        "path": path,
        "content": {"type": "str"},
        "owner": owner,
        "group": owner,
        "mode": {"type": "str", "default": "0644"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "validate": {"type": "list", "elements": "str", "default": []},
    }
    return {
        "directories": {"type": "list", "elements": "dict", "default": [], "options": directory},
        "files": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": file,
            "required_if": [("state", "present", ["content"])],
        },
    }


def wanted(params: t.Mapping[str, t.Any]) -> t.Iterator[_tree.Wanted]:
    for item in params["directories"]:
        access = item["owner"], item["group"], item["mode"]
        yield _tree.Wanted(item["path"], None, *access, directory=True, purge=item["purge"])
    for item in params["files"]:
        content = item["content"].encode("utf-8") if item["state"] == "present" else None
        access = item["owner"], item["group"], item["mode"]
        yield _tree.Wanted(item["path"], content, *access, validate=tuple(item["validate"]))


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        changes = _tree.plan(wanted(module.params), dry_run=module.check_mode)
        if not module.check_mode:
            for change in changes:
                _tree.put(change)
    except FileError as exc:
        module.fail_json(msg=str(exc))
    result: dict[str, t.Any] = {"changed": bool(changes), "paths": [change.path for change in changes]}
    if module._diff:
        result["diff"] = [change.diff() for change in changes]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
