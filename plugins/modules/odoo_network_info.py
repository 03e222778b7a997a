#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_network_info
short_description: Look up the Docker network of an environment or a shared service
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Tells the addresses of a network and who is in it, for example the address of a database server.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.info_module
  - ipai.odoo._attributes.actiongroup_odoo
options:
  name:
    description:
      - Name of the network. This is the inventory name of its environment or service.
    type: str
    required: true
requirements:
  - Docker Engine with its C(docker) program on the target
notes:
  - In check mode on a machine without a Docker Engine, the network does not exist. Outside check mode, the module fails
    there.
seealso:
  - module: ipai.odoo.odoo_network
"""

EXAMPLES = r"""
- name: Look up the network of a database server
  ipai.odoo.odoo_network_info:
    name: pg-production
  register: server_network

- name: Show the server's address
  ansible.builtin.debug:
    var: server_network.network.service_address
  when: server_network.exists
"""

RETURN = r"""
exists:
  description: Whether there is such a network.
  type: bool
  returned: success
  sample: true
network:
  description: The network; empty if there is none.
  type: dict
  returned: success
  sample:
    name: pg-production
    subnet: 10.202.0.0/26
    gateway: 10.202.0.1
    service_address: 10.202.0.2
    bridge: odn-pg-pr0fb7a2
    internal: true
    labels: {}
    members:
      pg-production: 10.202.0.2
  contains:
    name:
      description: Name of the network.
      type: str
      returned: if the network exists
    subnet:
      description: Its IPv4 subnet in CIDR notation.
      type: str
      returned: if the network exists
    gateway:
      description: Address of the droplet on the bridge.
      type: str
      returned: if the network exists
    service_address:
      description: The fixed address that is kept for the main service of the network.
      type: str
      returned: if the network exists
    bridge:
      description: Interface name of the bridge on the droplet.
      type: str
      returned: if the network exists
    internal:
      description: Whether the network has no way out.
      type: bool
      returned: if the network exists
    labels:
      description: All labels of the network.
      type: dict
      returned: if the network exists
    members:
      description: Names of the running containers in the network, with their addresses.
      type: dict
      returned: if the network exists
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _network, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def main() -> None:
    module = AnsibleModule(
        argument_spec={"name": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    found = None
    try:
        if not module.check_mode or _stack.available():
            found = _stack.network(module.params["name"])
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    module.exit_json(
        changed=False,
        exists=found is not None,
        network=_network.described(found) if found else {},
    )


if __name__ == "__main__":
    main()
