#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_archive
short_description: Have the archive of a database server set up
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Begins the archive of a running database server in every repository, checks that WAL arrives, and makes a full base
    backup where there is none.
  - Refuses a repository that holds the archive of another server of the same name.
  - A repository that cannot be read is a warning as long as another one can.
  - The role R(postgres,ansible_collections.ipai.odoo.postgres_role) prepares what it needs.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  server:
    description:
      - Name of the database server.
    type: str
    required: true
  adopt:
    description:
      - Whether to go on in a repository that holds the archive of another server.
    type: bool
    default: false
requirements:
  - Docker Engine with its C(docker) program on the target
"""

EXAMPLES = r"""
- name: Have an archive
  ipai.odoo.postgres_archive:
    server: pg-production
"""

RETURN = r"""
steps:
  description: What was done, or in check mode would be.
  type: list
  elements: str
  returned: success
  sample: [begin an archive in disk, make a full backup in disk]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_setup import Setup
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def main() -> None:
    module = AnsibleModule(
        argument_spec={"server": {"type": "str", "required": True}, "adopt": {"type": "bool", "default": False}},
        supports_check_mode=True,
    )
    try:
        archive = Archive(archive_settings.load(module.params["server"]))
        setup = Setup(archive, adopt=module.params["adopt"], check_mode=module.check_mode)
        setup.run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except BackupError as exc:
        module.fail_json(msg=str(exc))
    for warning in setup.warnings:
        module.warn(warning)
    module.exit_json(changed=bool(setup.steps), steps=setup.steps)


if __name__ == "__main__":
    main()
