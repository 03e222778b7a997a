# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: asked
short_description: Refuse hosts and variables that a playbook cannot mean
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Gives the C(hosts) of a play, and fails when C(--limit) or the inventory leaves nothing to do, when C(--limit) names
    something that is not among them, and when a variable was given with C(-e) that is none of the playbook's.
  - Ansible itself skips a play without hosts, and takes any variable. A task could not tell, since C(--limit) would
    leave it out as well. So this stands in C(hosts).
options:
  _terms:
    description:
      - The groups whose hosts the play works on.
    type: list
    elements: str
    required: true
  takes:
    description:
      - The variables that the playbook takes. It takes those of roles and of Ansible as well, and refuses those of
        other playbooks and all that look like one of its own. If not given, it takes any.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Back up environments
  hosts: "{{ lookup('ipai.odoo.asked', 'environments', takes=['label', 'reason']) }}"
  tasks: []
"""

RETURN = r"""
_raw:
  description: The pattern that names the hosts.
  type: list
  elements: str
"""

import typing as t

from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.manager import split_host_pattern
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.asked import refused_hosts, refused_variables


class LookupModule(LookupBase):
    """Entry point of Ansible."""

    def run(self, terms: t.Sequence[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        found = variables or {}
        groups = {str(name): list(hosts) for name, hosts in found["groups"].items()}
        limit = split_host_pattern(found["ansible_limit"]) if found.get("ansible_limit") else []
        problem = refused_hosts(terms, groups, found["ansible_play_hosts_all"], limit)
        # A look at the syntax needs no inventory.
        problem = "" if context.CLIARGS.get("syntax") else problem
        takes = self.get_option("takes")
        if takes is not None:
            problem = problem or refused_variables(load_extra_vars(self._loader), takes)
        if problem:
            raise AnsibleError(problem)
        return [":".join(terms)]
