#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: login
short_description: Ask whether the user of the inventory may log in
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Opens the connection exactly as every other task would, with the keys, arguments and jump hosts that were given.
  - That the machine refuses the user is an answer and no error. So a play can tell a new droplet, where the admin user
    does not exist yet, from one that was set up before.
  - A machine that does not answer at all is unreachable, as with every other task.
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
options: {}
"""

EXAMPLES = r"""
- name: Ask whether the admin user can log in
  hosts: droplets
  gather_facts: false
  tasks:
    - name: Log in
      ipai.odoo.login:
      register: login

    - name: Go on as root on a new droplet
      ansible.builtin.set_fact:
        ansible_user: root
      when: not login.accepted
"""

RETURN = r"""
accepted:
  description: Whether the user may log in.
  type: bool
  returned: success
  sample: true
said:
  description: What the machine said to a user whom it refused.
  type: str
  returned: success
  sample: "ops@203.0.113.7: Permission denied (publickey)."
"""
