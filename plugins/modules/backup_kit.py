#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_kit
short_description: Keep on the controller what opens the backups of a host when its droplet is gone
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - A recovery kit is a file of variables for C(ansible-playbook -e @kit), with words for its reader, mode C(0600) in a
    folder of mode C(0700) that git ignores.
  - Let its name end in C(.txt) where it lies in the folder of an inventory. Ansible reads other files there as parts of
    the inventory, warns of each that is none, and shows lines of one with a mistake in it.
  - It is written where there is none, and where it no longer says what it should. A key in it is never exchanged. One
    that differs fails the task. When a kit was written anew, a warning says that it has to be copied again.
  - The kit may be encrypted with C(ansible-vault). Then it is compared, and never written.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  action:
    description: Has an action plugin, which does all of the work on the controller.
    support: full
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - All of it is secret.
  idempotent:
    support: full
options:
  path:
    description: The kit's file on the controller.
    type: path
    required: true
  host:
    description: Inventory name of the host whose backups it opens.
    type: str
    required: true
  variables:
    description: The variables that it must hold. Without them, the kit is only read.
    type: dict
  keys:
    description: Names of those variables that nothing can replace.
    type: list
    elements: str
    default: []
  notes:
    description: What a reader has to know, line by line.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Read the recovery kit
  ipai.odoo.backup_kit:
    path: "{{ inventory_dir }}/recovery/erp.txt"
    host: erp
  register: kit

- name: Have the recovery kit
  ipai.odoo.backup_kit:
    path: "{{ inventory_dir }}/recovery/erp.txt"
    host: erp
    variables:
      backup_key: "{{ key }}"
      backup_repositories: "{{ backup_repositories }}"
    keys: [backup_key]
    notes:
      - "On a new droplet: ansible-playbook ipai.odoo.recover -i inventory"
"""

RETURN = r"""
path:
  description: The kit's file, absolute.
  type: str
  returned: always
  sample: /home/ops/my-odoo/inventory/recovery/erp.txt
exists:
  description: Whether there was a kit before.
  type: bool
  returned: always
  sample: true
variables:
  description: What is in the kit. It is shown nowhere.
  type: dict
  returned: when O(variables) is not given
  sample: {}
"""
