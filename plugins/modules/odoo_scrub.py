#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_scrub
short_description: Give an environment production's data, scrubbed, neutralized and proven
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Copies database and filestore of another environment. While the rows are copied, persons and companies get other
    names, addresses and numbers, and credentials are taken out, so that the environment's database server never has
    what was there before. The same original gets the same fake everywhere.
  - Odoo's own neutralization follows, and then what it leaves out. No mail leaves, scheduled actions rest, and nobody
    gets in with a password of production's.
  - Then all of the copy, tables and files, is searched for what was replaced. If anything of that is found, the copy is
    destroyed.
  - Only then does the copy take the place of what the environment has, which is kept under another name. If anything
    fails before, or is killed, nothing of the copy is left and the environment is as it was.
  - Production is read by a role that can only read, inside one snapshot, and goes on meanwhile.
  - What is to be done stands in a file on the droplet, which the role P(ipai.odoo.refresh#role) writes.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Says what would be made out of what. Nothing is read from production.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run makes a new copy.
options:
  environment:
    description:
      - The environment that gets the data, by its name in the inventory.
    type: str
    required: true
seealso:
  - module: ipai.odoo.odoo_restore
"""

EXAMPLES = r"""
- name: Give staging the data of production
  ipai.odoo.odoo_scrub:
    environment: erp-staging
"""

RETURN = r"""
msg:
  description: What was done, or in check mode would be.
  type: str
  returned: success
  sample: erp-staging has the data of erp
name:
  description: Name that the copy had while it was made.
  type: str
  returned: outside of check mode
  sample: erp-staging-refreshed-20261121T020304Z
former:
  description: Name of what was live before; empty if there was nothing. M(ipai.odoo.odoo_restore) brings it back.
  type: str
  returned: outside of check mode
  sample: erp-staging-before-20261121T020304Z
rows:
  description: How many rows were copied.
  type: int
  returned: outside of check mode
  sample: 1534021
neutral:
  description: What was neutralized, and how that was proven.
  type: dict
  returned: outside of check mode
  sample:
    modules: 211
    without_script: [hr]
    seconds: 9.1
proof:
  description: What was searched, and what was found.
  type: dict
  returned: outside of check mode
  sample:
    tables: 986
    hits: []
    seconds: 12.2
seconds:
  description: How long each stage took.
  type: dict
  returned: outside of check mode
  sample:
    copy: 31.4
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import progress
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import refresh, settings


def argument_spec() -> dict[str, t.Any]:
    return {"environment": {"type": "str", "required": True}}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        job = settings.load(module.params["environment"])
        refresh.refuse_production(job)
        said = f"{job.target.environment} has the data of {job.source.environment}"
        if module.check_mode:
            module.exit_json(changed=True, msg=f"would be: {said}")
        done = refresh.refresh(job, progress.journal)
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (BackupError, PostgresError, FileError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=True, msg=said, **done)


if __name__ == "__main__":
    main()
