#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_network
short_description: Keep the Docker network of an environment or a shared service
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Makes a bridge network with a subnet of its own, so that the service in it can have a fixed address
    and the droplet's firewall can tell the network by its bridge's name.
  - Takes the first subnet of O(pool) that overlaps neither with another Docker network nor with a route of the droplet.
    A lock makes this safe for environments that are set up at the same time.
  - A network that exists and is not as asked is never replaced silently. The module fails and says what differs.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.full
  - ipai.odoo._attributes.actiongroup_odoo
options:
  name:
    description:
      - Name of the network. This is the inventory name of its environment or service.
    type: str
    required: true
  state:
    description:
      - V(present) makes the network if it is missing and connects O(connected).
      - V(absent) disconnects all that is in the network and removes it. A network that this module has not made, as its
        bridge's name says, is refused.
    type: str
    choices:
      - present
      - absent
    default: present
  internal:
    description:
      - Whether the network has no way out.
      - The name of its bridge, by which the firewall knows it, then begins with C(odn-), else with C(odp-).
      - Required if O(state=present).
    type: bool
  pool:
    description:
      - IPv4 network in CIDR notation from which subnets are taken. It must not be used elsewhere around the droplet.
    type: str
    default: 10.202.0.0/16
  prefix_length:
    description:
      - Size of the subnet in bits of prefix, up to V(28). The default V(26) has 61 addresses for containers.
      - Only used when the network is made.
    type: int
    default: 26
  labels:
    description:
      - Labels that the network must have. Others are left alone, except those that begin with C(ipai.odoo.).
      - M(ipai.odoo.odoo_network_member) finds networks by them.
    type: dict
    default: {}
  connected:
    description:
      - Names of containers, for example of the database server, that are connected to the network. Docker gives them an
        address.
      - Other containers stay connected.
    type: list
    elements: str
    default: []
requirements:
  - Docker Engine with its C(docker) program on the target
notes:
  - In check mode on a machine without a Docker Engine, the module reports the network that it would make.
seealso:
  - module: ipai.odoo.odoo_network_info
  - module: ipai.odoo.odoo_network_member
  - module: community.docker.docker_network
    description: Networks in general. It does not allocate subnets.
"""

EXAMPLES = r"""
- name: Make the network of a staging environment, without a way out
  ipai.odoo.odoo_network:
    name: erp-staging
    internal: true
    labels:
      ipai.odoo.environment: erp-staging
      ipai.odoo.database_server: pg-nonproduction
    connected:
      - pg-nonproduction
  register: staging_network

- name: Show the address of Odoo in it
  ansible.builtin.debug:
    var: staging_network.network.service_address

- name: Remove the network of a preview that is gone
  ipai.odoo.odoo_network:
    name: pr-123
    state: absent
"""

RETURN = r"""
network:
  description: The network as it is, or in check mode as it would be.
  type: dict
  returned: O(state=present)
  contains:
    name:
      description: Name of the network.
      type: str
      returned: always
      sample: erp-staging
    subnet:
      description: Its IPv4 subnet in CIDR notation.
      type: str
      returned: always
      sample: 10.202.0.64/26
    gateway:
      description: Address of the droplet on the bridge.
      type: str
      returned: always
      sample: 10.202.0.65
    service_address:
      description: The fixed address that is kept for the main service of the network.
      type: str
      returned: always
      sample: 10.202.0.66
    bridge:
      description: Interface name of the bridge on the droplet, at most 15 characters.
      type: str
      returned: always
      sample: odn-erp-staging
    internal:
      description: Whether the network has no way out.
      type: bool
      returned: always
      sample: true
    labels:
      description: All labels of the network.
      type: dict
      returned: always
      sample:
        ipai.odoo.environment: erp-staging
    members:
      description: Names of the running containers in the network, with their addresses. A container that was just
        connected, or in check mode would be, has an empty address.
      type: dict
      returned: always
      sample:
        erp-staging-odoo: 10.202.0.66
        pg-nonproduction: 10.202.0.96
"""

import typing as t
from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _network, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def present(module: AnsibleModule) -> tuple[_network.Network | None, _network.Network]:
    """Make what is missing; return the network before and after."""
    params = module.params
    internal: bool = params["internal"]
    bridge = _network.bridge_names(params["name"])[0 if internal else 1]
    labels = {str(key): str(value) for key, value in params["labels"].items()}
    exists = not module.check_mode or _stack.available()

    attached = _stack.container_networks(params["connected"]) if exists else {}
    missing = [name for name in params["connected"] if name not in attached]
    if missing and not module.check_mode:
        raise _network.NetworkProblem(
            f"there is no container named {', '.join(missing)} to connect to the network {params['name']}: "
            "set up its database server or service first."
        )

    before = _stack.network(params["name"]) if exists else None
    if before is None:
        taken = [subnet for each in _stack.networks() for subnet in each.subnets] if exists else []
        subnet = _network.allocate(params["pool"], params["prefix_length"], taken + _stack.routes())
        where = _network.addresses(subnet)
        after = _network.Network(params["name"], (subnet,), where.gateway, bridge, internal, "bridge", labels)
        if not module.check_mode:
            _stack.network_create(params["name"], where, bridge=bridge, internal=internal, labels=labels)
    else:
        found = _network.contradictions(before, internal=internal, bridge=bridge, labels=labels, pool=params["pool"])
        if found:
            raise _network.NetworkProblem(_network.refusal(before, found))
        after = before

    lacking = [name for name in params["connected"] if params["name"] not in attached.get(name, ())]
    if not module.check_mode:
        for container in lacking:
            _stack.network_connect(params["name"], container)
    return before, replace(after, members={**after.members, **dict.fromkeys(lacking, "")})


def absent(module: AnsibleModule) -> _network.Network | None:
    """Remove the network; return it as it was."""
    if module.check_mode and not _stack.available():
        return None
    before = _stack.network(module.params["name"])
    if before is not None and before.bridge not in _network.bridge_names(before.name):
        raise _network.NetworkProblem(
            f"the Docker network {before.name} was not made by this collection, so it is not removed, and its name is"
            " needed to close the environment's way out; give it or the environment another name."
        )
    if before is not None and not module.check_mode:
        for container in before.members:
            _stack.network_disconnect(before.name, container)
        _stack.network_remove(before.name)
    return before


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "internal": {"type": "bool"},
            "pool": {"type": "str", "default": "10.202.0.0/16"},
            "prefix_length": {"type": "int", "default": 26},
            "labels": {"type": "dict", "default": {}},
            "connected": {"type": "list", "elements": "str", "default": []},
        },
        required_if=[("state", "present", ["internal"])],
        supports_check_mode=True,
    )
    after: _network.Network | None = None
    try:
        with _lock.hold("network"):
            if module.params["state"] == "present":
                before, after = present(module)
            else:
                before = absent(module)
    except _network.NetworkProblem as exc:
        module.fail_json(msg=str(exc))
    except CommandError as exc:
        module.fail_json(**exc.as_failure())

    old = _network.described(before) if before else {}
    new = _network.described(after) if after else {}
    result: dict[str, t.Any] = {"changed": old != new}
    if after:
        result["network"] = new
    if module._diff:
        result["diff"] = {"before": old, "after": new}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
