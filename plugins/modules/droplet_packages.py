#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: droplet_packages
short_description: Have Debian packages installed, also on a machine where nothing is prepared for it
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Installs the packages that are missing with C(apt-get), without what they recommend. The package lists are read
    anew before, and only then.
  - Check mode names the packages that are missing, also where the lists do not know them, because a source would only
    be added, or because the machine has no lists yet. M(ansible.builtin.apt) fails there.
  - Where a package is missing, an earlier installation that was cut off is finished first. A lock that somebody else
    holds is waited for, each time up to five minutes.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - The packages that they need in turn are not named.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - The packages. Where one of several will do, V(a | b) installs V(a), unless V(b) is there already.
    type: list
    elements: str
    required: true
seealso:
  - module: ansible.builtin.apt
"""

EXAMPLES = r"""
- name: Install nginx, and something that keeps the time
  ipai.odoo.droplet_packages:
    name:
      - nginx
      - systemd-timesyncd | chrony
"""

RETURN = r"""
missing:
  description: The packages that were missing, and are installed now (would be, in check mode).
  type: list
  elements: str
  returned: success
  sample: [nginx]
present:
  description: The packages among those asked for, with all their alternatives, that were there before.
  type: list
  elements: str
  returned: success
  sample: [chrony]
finished:
  description: Whether an installation that was cut off had to be finished first. Check mode does not know.
  type: bool
  returned: success
  sample: false
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _packages


def main() -> None:
    module = AnsibleModule(
        argument_spec={"name": {"type": "list", "elements": "str", "required": True}},
        supports_check_mode=True,
    )
    wanted = module.params["name"]
    packages = _packages.Packages(_command.run)
    try:
        state = packages.state()
        missing = _packages.missing(wanted, state.installed)
        finished = False
        if missing and state.interrupted and not module.check_mode:
            finished = packages.finish()
            state = packages.state()
            missing = _packages.missing(wanted, state.installed)
        if missing and not module.check_mode:
            packages.install(missing)
    except _command.CommandError as exc:
        module.fail_json(**exc.as_failure())
    module.exit_json(
        changed=finished or bool(missing),
        missing=missing,
        present=[name for entry in wanted for name in _packages.choices(entry) if name in state.installed],
        finished=finished,
        diff={"before": "", "after": "".join(f"{name}\n" for name in missing), "after_header": "packages"},
    )


if __name__ == "__main__":
    main()
