#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_network_member
short_description: Connect a shared container to the networks of all environments that use it
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Connects a container, for example a database server that was just made anew, to every Docker network with a label.
  - Networks without the label are left alone; nothing is disconnected.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.full
  - ipai.odoo._attributes.actiongroup_odoo
options:
  container:
    description:
      - Name of the container. It may be stopped.
    type: str
    required: true
  label:
    description:
      - Label of the networks in the form C(key=value).
    type: str
    required: true
requirements:
  - Docker Engine with its C(docker) program on the target
notes:
  - In check mode on a machine without a Docker Engine, or without the container, there is nothing to connect to.
seealso:
  - module: ipai.odoo.odoo_network
"""

EXAMPLES = r"""
- name: Connect the database server to the networks of its environments
  ipai.odoo.odoo_network_member:
    container: pg-production
    label: ipai.odoo.database_server=pg-production
"""

RETURN = r"""
connected:
  description: Names of the networks that the container was connected to by this run, or in check mode would be.
  type: list
  elements: str
  returned: success
  sample:
    - erp
networks:
  description: Names of all networks with the label.
  type: list
  elements: str
  returned: success
  sample:
    - erp
    - erp-copy
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "container": {"type": "str", "required": True},
            "label": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    container, label = module.params["container"], module.params["label"]
    key, equals, value = label.partition("=")
    if not (key and equals and value):
        module.fail_json(msg=f"label must have the form key=value, not {label!r}")

    names: list[str] = []
    lacking: list[str] = []
    before: set[str] = set()
    try:
        if not module.check_mode or _stack.available():
            names = sorted(network.name for network in _stack.networks(label))
            present = _stack.container_networks([container])
            if container not in present and not module.check_mode:
                module.fail_json(msg=f"there is no container named {container}: start its Compose project first.")
            before = present.get(container, set())
            lacking = [name for name in names if name not in before]
            if not module.check_mode:
                for name in lacking:
                    _stack.network_connect(name, container)
    except CommandError as exc:
        module.fail_json(**exc.as_failure())

    result: dict[str, t.Any] = {"changed": bool(lacking), "connected": lacking, "networks": names}
    if module._diff:
        result["diff"] = {
            "before": {"networks": sorted(before)},
            "after": {"networks": sorted(before.union(lacking))},
        }
    module.exit_json(**result)


if __name__ == "__main__":
    main()
