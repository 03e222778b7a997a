#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_backup_info
short_description: List an environment's backups and what can be restored
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Lists every backup of an environment. Each comes with its time, sizes, duration, the repositories that have it, and
    when and how it was last proven.
  - Tells the recoverable window, which is the time that the archive of the database and the filestore share.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.info_module
  - ipai.odoo._attributes.actiongroup_odoo
options:
  environment:
    description:
      - The environment's name in the inventory.
    type: str
    required: true
  repository:
    description:
      - Ask this one of its repositories only.
    type: str
seealso:
  - module: ipai.odoo.odoo_backup
"""

EXAMPLES = r"""
- name: What can be restored?
  ipai.odoo.odoo_backup_info:
    environment: erp
  register: found

- name: Say it
  ansible.builtin.debug:
    msg: "{{ found.backups | length }} backups, the last of {{ found.backups[-1].at }}"
"""

RETURN = r"""
backups:
  description: The backups, the oldest first.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Name of the backup, by which it is restored.
      type: str
      sample: 20261121T020304Z-5f2c
    kind:
      description: What asked for it, V(scheduled) or V(on-demand).
      type: str
      sample: scheduled
    label:
      description: The word that was given.
      type: str
      sample: before-upgrade
    reason:
      description: The words that were given.
      type: str
      sample: ''
    at:
      description: The instant that it holds, in UTC.
      type: str
      sample: "2026-11-21T02:03:05Z"
    finished:
      description: When it was stored, in UTC.
      type: str
      sample: "2026-11-21T02:03:12Z"
    seconds:
      description: How long dump and filestore took.
      type: float
      sample: 7.5
    bytes:
      description: Size of the dump (V(database)) and of the files (V(filestore)), in bytes.
      type: dict
      sample: {"database": 40894464, "filestore": 1089123}
    stored_bytes:
      description: What that added to the first repository, in bytes.
      type: dict
      sample: {"database": 312880, "filestore": 0}
    files:
      description: Number of files in the filestore.
      type: int
      sample: 812
    missing:
      description: Files that the database names and that were not there when the backup was made.
      type: list
      elements: str
      sample: []
    odoo_version:
      description: Version of the module base.
      type: str
      sample: 19.0.1.3
    postgres_version:
      description: Version of the database server.
      type: str
      sample: "17.6"
    repositories:
      description: Names of the repositories that have it whole.
      type: list
      elements: str
      sample: [disk, spaces]
    damaged:
      description: A verification has found that something of it can be read in no repository. It is not the latest one.
      type: bool
      sample: false
    verified:
      description: When (V(at), UTC) and how (V(how), V(drill) or V(restore)) it was last restored and found good.
      type: dict
      sample: {"at": "2026-11-22T03:00:00Z", "how": "drill"}
latest:
  description: Id of the backup that V(latest) means, the newest that is neither damaged nor, unless all are, imported.
    Empty if there is none.
  type: str
  returned: success
  sample: 20261121T020304Z-5f2c
window:
  description: Stretches of time of which every moment can be restored, in UTC; empty without an archive.
  type: list
  elements: dict
  returned: success
  sample: [{"start": "2026-11-14T02:00:00Z", "end": "2026-11-21T09:50:00Z"}]
passes:
  description: Number of states of the filestore that are kept, by repository.
  type: dict
  returned: success
  sample: {"disk": 212}
problems:
  description: Why a repository could not be asked, by repository.
  type: dict
  returned: success
  sample: {}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import listing, settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def argument_spec() -> dict[str, t.Any]:
    return {"environment": {"type": "str", "required": True}, "repository": {"type": "str"}}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        found = settings.load(module.params["environment"])
        if module.params["repository"]:
            found.repository(module.params["repository"])
        answer = listing.listing(found, module.params["repository"])
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except settings.BackupError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
