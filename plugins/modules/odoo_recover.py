#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_recover
short_description: Bring back what an environment held whose droplet is gone
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Restores an environment into its own empty database and publishes it at once. An environment whose database holds
    anything is left as it is, so the module can be repeated. So is one that was never backed up, unless O(required).
  - Without O(backup) and O(target_time), the last moment that can be had is restored. With an archive, that is the last
    commit of the former database server that was archived, with the files of the last pass over the filestore.
    Files that came later are named. Without an archive, it is the newest backup.
  - What is restored is looked at, as M(ipai.odoo.odoo_restore) does it.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Where the environment has no settings yet (M(ipai.odoo.backup_settings)), no repository can be asked, and no
        change is predicted.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  environment:
    description:
      - The environment's name in the inventory.
    type: str
    required: true
  backup:
    description:
      - Id of a backup, or V(latest).
    type: str
  target_time:
    description:
      - A moment instead, such as V(2026-11-21T02:00:00Z).
    type: str
  repository:
    description:
      - Name of the repository to restore from. If not given, it is the first that has it, or for the last moment, the
        one with the newest files. For what is the newest, all have to answer.
    type: str
  required:
    description:
      - Whether it is an error that no repository holds a backup of the environment. A wrong prefix must not be taken
        for an environment that is new.
    type: bool
    default: false
  secrets:
    description:
      - Whether the passwords by which one logged in come back as well, from the newest backup. Turn it off when the
        inventory gives them.
    type: bool
    default: true
seealso:
  - module: ipai.odoo.odoo_restore
"""

EXAMPLES = r"""
- name: Bring back the last moment that can be had
  ipai.odoo.odoo_recover:
    environment: erp
"""

RETURN = r"""
left:
  description: Whether the environment was left as it is, because its database holds something.
  type: bool
  returned: success
  sample: false
name:
  description: What the restored database was called before it was published.
  type: str
  returned: when something was restored
  sample: erp-restored-20261121T090000Z
checks:
  description: What was looked at, each with V(name), V(ok), V(said) and V(seconds).
  type: list
  elements: dict
  returned: when something was restored
  sample: [{"name": "tables", "ok": true, "said": "218 tables", "seconds": 0.2}]
seconds:
  description: How long it took.
  type: float
  returned: when something was restored
  sample: 41.3
secrets:
  description: Names of the passwords that came back.
  type: list
  elements: str
  returned: when something was restored
  sample: [admin_password, admin_state]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import progress, recovery, settings, window
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "backup": {"type": "str"},
        "target_time": {"type": "str"},
        "repository": {"type": "str"},
        "required": {"type": "bool", "default": False},
        "secrets": {"type": "bool", "default": True, "no_log": False},
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(), supports_check_mode=True, mutually_exclusive=[("backup", "target_time")]
    )
    params = module.params
    result: dict[str, t.Any] = {"changed": False}
    try:
        target = window.parse(params["target_time"]) if params["target_time"] else None
        if module.check_mode and params["environment"] not in settings.known():
            module.exit_json(left=False, **result)
        found = settings.load(params["environment"])
        wanted = None
        result["left"] = not recovery.needed(found)
        if not result["left"]:
            asked = params["backup"], target, params["repository"]
            wanted = recovery.wish(found, *asked, required=params["required"])
        if wanted:
            result["changed"] = True
            if not module.check_mode:
                result.update(recovery.recover(found, wanted, secrets=params["secrets"], say=progress.journal))
            if module._diff:
                what = params["backup"] or params["target_time"] or "the last moment that can be had"
                result["diff"] = {"before": "an empty database\n", "after": f"restored: {what}\n"}
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (settings.BackupError, FileError, PostgresError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
