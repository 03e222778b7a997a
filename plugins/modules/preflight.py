#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Find everything that is wrong with an inventory before a machine is touched
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Looks at the groups C(droplets), C(databases) and C(environments) and the variables of their hosts, and fails with
    one numbered message that has all problems, each with the host, what is wrong and what to do.
  - Hosts that C(--limit) leaves out count as well, since two environments must not have one domain.
  - Names of variables and their types are compared with the argument_specs of the collection's roles.
  - Memory, CPUs and the operating system are checked where the facts of a droplet (or of a host on it) are known.
    Gather them before.
  - Passwords are judged and never shown.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  action:
    description: Has an action plugin, which does all of the work on the controller.
    support: full
  check_mode:
    support: full
    details:
      - It changes nothing in any mode.
  diff_mode:
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    support: full
options:
  allowed_variables:
    description:
      - Variables whose names begin like those of the roles, but that belong to something else.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Check what was asked before anything is touched
  hosts: droplets:databases:environments
  gather_facts: false
  any_errors_fatal: true
  tasks:
    # On the controller, since an inventory may not even say where a host is.
    - name: Refuse what cannot work
      ipai.odoo.preflight:
      run_once: true
      delegate_to: localhost

    - name: Ask the machines for their size and system
      ansible.builtin.setup:
        gather_subset:
          - min
          - hardware

    - name: Refuse what does not fit
      ipai.odoo.preflight:
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
msg:
  description: The numbered message, or that nothing is wrong.
  type: str
  returned: always
  sample: |-
    The inventory has 1 problem. Nothing was touched.
    1. erp: it has no domain.
       Set odoo_domain, for example erp.example.com.
problems:
  description: The problems one by one.
  type: list
  elements: dict
  returned: always
  contains:
    host:
      description: The host, or several of them with commas in between.
      type: str
      sample: erp
    what:
      description: What is wrong.
      type: str
      sample: it has no domain.
    todo:
      description: What to do about it.
      type: str
      sample: Set odoo_domain, for example erp.example.com.
  sample: []
hosts:
  description: The hosts that were looked at.
  type: list
  elements: str
  returned: always
  sample:
    - droplet
    - erp
    - pg-production
"""
