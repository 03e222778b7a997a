#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_config
short_description: Change files of nginx's configuration, test them, and reload
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes a set of files, lets nginx test its whole configuration, and reloads nginx. Systemd reads its units again
    before that, so units that belong to nginx may be among the files.
  - If nginx refuses the configuration, all files are put back as they were, nginx is not reloaded, and the module fails
    with what nginx said. One bad virtual host therefore never takes the others down.
  - A run that is killed between writing and reloading is finished by the next one.
  - Only one process at a time changes the configuration of a machine; the others wait.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - The configuration is not tested in check mode, since nothing is written.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  files:
    description:
      - The files, all of which are written before the test.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Absolute path of the file. Missing directories are made with mode C(0755).
        type: path
        required: true
      content:
        description: What the file holds. Required unless O(files[].state=absent).
        type: str
      owner:
        description: Owner of the file, by name or by number.
        type: str
        default: root
      group:
        description: Group of the file, by name or by number.
        type: str
        default: root
      mode:
        description: Mode of the file as an octal string.
        type: str
        default: '0644'
      state:
        description: Whether the file should be there.
        type: str
        choices: [present, absent]
        default: present
"""

EXAMPLES = r"""
- name: Serve a virtual host
  ipai.odoo.nginx_config:
    files:
      - path: /etc/nginx/ipai.d/erp.conf
        content: "{{ lookup('ansible.builtin.template', 'vhost.conf.j2') }}"

- name: Serve it no longer
  ipai.odoo.nginx_config:
    files:
      - path: /etc/nginx/ipai.d/erp.conf
        state: absent
"""

RETURN = r"""
files:
  description: Paths of the files that were changed.
  type: list
  elements: str
  returned: success
  sample: [/etc/nginx/ipai.d/erp.conf]
reloaded:
  description: Whether nginx was reloaded or started, which in check mode it would be.
  type: bool
  returned: success
  sample: true
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _lock, _nginx, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


def argument_spec() -> dict[str, t.Any]:
    file_spec = {
        "path": {"type": "path", "required": True},
        "content": {"type": "str"},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "mode": {"type": "str", "default": "0644"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
    return {
        "files": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": file_spec,
            "required_if": [("state", "present", ["content"])],
        },
    }


def wanted(params: t.Mapping[str, t.Any]) -> _tree.Wanted:
    content = params["content"].encode("utf-8") if params["state"] == "present" else None
    return _tree.Wanted(params["path"], content, params["owner"], params["group"], params["mode"])


def change(nginx: _nginx.Nginx, changes: t.Sequence[_tree.Change]) -> None:
    was_pending = nginx.pending
    nginx.mark()
    try:
        _nginx.apply(changes, nginx.test)
    except BaseException:
        # Everything is as it was before this run.
        if not was_pending:
            nginx.unmark()
        raise
    nginx.reload()
    nginx.unmark()


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    files = [wanted(item) for item in module.params["files"]]
    nginx = _nginx.Nginx(_command.run)
    try:
        if module.check_mode:
            changes = _tree.plan(files, dry_run=True)
            reloaded = bool(changes) or nginx.pending
        else:
            with _lock.hold("nginx"):
                changes = _tree.plan(files)
                reloaded = bool(changes) or nginx.pending
                if reloaded:
                    change(nginx, changes)
    except (_nginx.NginxError, FileError, _command.CommandError) as exc:
        module.fail_json(msg=str(exc))
    result: dict[str, t.Any] = {
        "changed": reloaded,
        "files": [item.path for item in changes],
        "reloaded": reloaded,
    }
    if module._diff:
        result["diff"] = [item.diff() for item in changes]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
