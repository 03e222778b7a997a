#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_scrub_profile
short_description: Propose what a refresh does with columns that no profile names
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Looks at the columns of the database that an environment is refreshed from, and at some of their values, and
    proposes a rule for each that has none. The proposal says how it was decided, and never a value.
  - It is a guess. Where little is known, the rule is the one that gives away least.
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
  environment:
    description:
      - The environment that is refreshed, by its name in the inventory.
    type: str
    required: true
seealso:
  - module: ipai.odoo.odoo_scrub
"""

EXAMPLES = r"""
- name: Propose rules for modules of our own
  ipai.odoo.odoo_scrub_profile:
    environment: erp-staging
"""

RETURN = r"""
columns:
  description: The columns without a rule, each with its table.
  type: list
  elements: str
  returned: success
  sample: [ipai_visit.report]
profile:
  description: A profile in YAML with a rule for each of them; empty when all have one.
  type: str
  returned: success
  sample: "ipai_visit:\\n  report: replace text\\n"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import proposing, settings


def argument_spec() -> dict[str, t.Any]:
    return {"environment": {"type": "str", "required": True}}


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        columns, profile = proposing.of(settings.load(module.params["environment"]))
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (BackupError, PostgresError, FileError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, columns=columns, profile=profile)


if __name__ == "__main__":
    main()
