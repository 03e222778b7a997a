#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_backup
short_description: Back up an environment now
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Makes a backup of an environment's database and filestore, both of one instant, while users go on working.
  - It is stored in the first of the environment's repositories that takes it, and copied to the others.
  - Where it goes and how long it stays is said by the role P(ipai.odoo.backup#role), which also makes one each night.
  - Progress is written to the droplet's journal.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Nothing is stored, and the module says that there would be another backup.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run makes another backup; equal data takes no more space.
options:
  environment:
    description:
      - The environment's name in the inventory.
    type: str
    required: true
  label:
    description:
      - A word by which the backup is found again, such as C(before-upgrade).
      - Letters, digits, C(.), C(_) and C(-).
    type: str
    default: ''
  reason:
    description:
      - Why it was made, in words.
    type: str
    default: ''
  wait:
    description:
      - How many seconds to wait for another run that writes the environment's backups.
    type: int
    default: 3600
seealso:
  - module: ipai.odoo.odoo_backup_info
"""

EXAMPLES = r"""
- name: Back up before something that may go wrong
  ipai.odoo.odoo_backup:
    environment: erp
    label: before-import
    reason: The price list of the new supplier is imported today
  register: safety
"""

RETURN = r"""
backup:
  description: What was made; in check mode, nothing.
  type: dict
  returned: when there is one
  contains:
    id:
      description: Name of the backup, by which it is restored.
      type: str
      sample: 20261121T020304Z-5f2c
    at:
      description: The instant that it holds, in UTC.
      type: str
      sample: "2026-11-21T02:03:05Z"
    repositories:
      description: Names of the repositories that have it.
      type: list
      elements: str
      sample: [disk, spaces]
    bytes:
      description: Size of the dump (V(database)) and of the files (V(filestore)), in bytes.
      type: dict
      sample: {"database": 40894464, "filestore": 1089123}
    stored_bytes:
      description: What that added to the first repository, in bytes.
      type: dict
      sample: {"database": 312880, "filestore": 0}
    seconds:
      description: How long dump and filestore took.
      type: float
      sample: 7.5
"""

import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import listing, progress, runs, settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "label": {"type": "str", "default": ""},
        "reason": {"type": "str", "default": ""},
        "wait": {"type": "int", "default": 3600},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    params = module.params
    if params["label"] and not LABEL.fullmatch(params["label"]):
        module.fail_json(
            msg=f"label {params['label']!r} is not understood: use at most 64 letters, digits, '.', '_' and '-'"
        )
    try:
        found = settings.load(params["environment"])
        if module.check_mode:
            module.exit_json(changed=True)
        backup = runs.make_backup(
            found,
            kind="on-demand",
            label=params["label"],
            reason=params["reason"],
            wait=params["wait"],
            say=progress.journal,
        )
    except runs.Partial as exc:
        # What was asked for is there; somebody has to know all the same.
        module.warn(str(exc))
        backup = exc.backup
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (settings.BackupError, FileError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=True, backup=listing.describe(backup))


if __name__ == "__main__":
    main()
