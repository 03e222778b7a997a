#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: droplet_firewall
short_description: Bring UFW's rules to what is asked and switch it on
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Adds the rules that are missing and takes away those of an earlier run that are no longer asked for. It knows its
    own by their comment, C(ipai.odoo), and leaves the operator's alone.
  - Rules that deny come before all others, as UFW's first match counts. Missing rules come before
    those that are no longer asked for go.
  - Keeps a block of its own in the files that UFW loads after its rules, and leaves the settings of the kernel to
    C(sysctl.d) (C(IPT_SYSCTL) in C(/etc/default/ufw)). UFW reads them again when they have changed.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Without UFW, all rules are named as missing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  rules:
    description: The rules, in the form in which C(ufw show added) prints them. Addresses may be written in any form.
    type: list
    elements: str
    required: true
  after:
    description: Lines for C(/etc/ufw/after.rules), in the form that C(iptables-restore) reads.
    type: str
    default: ''
  after6:
    description: The same for IPv6, in C(/etc/ufw/after6.rules).
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Let nothing in but SSH and the web
  ipai.odoo.droplet_firewall:
    rules:
      - deny in on odn-+
      - limit 22/tcp
      - allow 80/tcp
      - allow 443/tcp
"""

RETURN = r"""
commands:
  description: The commands that were run (would be, in check mode).
  type: list
  elements: str
  returned: success
  sample: [ufw allow 443/tcp comment ipai.odoo]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _firewall, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "rules": {"type": "list", "elements": "str", "required": True},
            "after": {"type": "str", "default": ""},
            "after6": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        files = _firewall.files(module.params["after"], module.params["after6"])
        stamp = _firewall.digest(files)
        changes = _tree.plan(files)
        steps = _firewall.commands(_command.run, module.params["rules"], stamp)
        if not module.check_mode:
            for change in changes:
                _tree.put(change)
            for arguments in steps:
                _command.run([_firewall.UFW, *arguments], check=True)
            if _firewall.read(_firewall.STAMP).strip() != stamp:
                _tree.put_file(_firewall.STAMP, f"{stamp}\n".encode(), _firewall.STAMP_ACCESS)
    except FileError as exc:
        module.fail_json(msg=str(exc))
    except _command.CommandError as exc:
        module.fail_json(**exc.as_failure())
    said = [" ".join(["ufw", *arguments]) for arguments in steps]
    module.exit_json(
        changed=bool(changes or steps),
        commands=said,
        diff=[*(change.diff() for change in changes), {"before": "", "after": "".join(f"{line}\n" for line in said)}],
    )


if __name__ == "__main__":
    main()
