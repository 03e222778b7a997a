#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_program
short_description: Put the program of the backups on the droplet
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes C(/usr/local/sbin/ipai-odoo-backup) and the Python that it is made of, C(/opt/ipai-odoo/lib). It is the
    collection's own Python, the same that its modules run. Timers call it, so that backups need no controller.
  - Files of an older version that are no longer part of it are removed.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options: {}
"""

EXAMPLES = r"""
- name: Put the program of the backups on the droplet
  ipai.odoo.backup_program:
"""

RETURN = r"""
paths:
  description: Paths of the files and directories that were changed (would be, in check mode).
  type: list
  elements: str
  returned: success
  sample: [/usr/local/sbin/ipai-odoo-backup]
commands:
  description: What the program can be told to do.
  type: list
  elements: str
  returned: success
  sample: [archive, heartbeat]
"""

from ansible.module_utils.basic import AnsibleModule

# What is imported here is what the program is made of: Ansible brings all that main imports along with this module.
from ansible_collections.ipai.odoo.plugins.module_utils import _program, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._backup import main as program
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        # One file serves all hosts of a droplet, which set it up side by side with the same content.
        changes = _tree.plan(_program.wanted(_program.sources()), dry_run=module.check_mode)
        if not module.check_mode:
            for change in changes:
                _tree.put(change)
    except FileError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(
        changed=bool(changes),
        paths=[change.path for change in changes],
        commands=sorted(program.COMMANDS),
        diff=[change.diff() for change in changes],
    )


if __name__ == "__main__":
    main()
