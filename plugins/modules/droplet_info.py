#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: droplet_info
short_description: Read in one go what the roles of a droplet have to know of it
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Compares what is asked for (files, modes, units, programs) with the droplet and names what is not so. A role then
    only runs the tasks that have something to do.
  - Tells who is logged in and what the droplet's own files say, as far as Ansible's facts do not have it.
  - Works on a droplet where nothing is installed yet. What is not there is not named, unless it was asked for.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.info_module
  - ipai.odoo._attributes.actiongroup_odoo
options:
  users:
    description: Users whose authorized keys are counted, beside the one that is logged in.
    type: list
    elements: str
    default: []
  files:
    description: Files as M(ipai.odoo.odoo_files) is going to write them, owned by root.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the file.
        type: path
        required: true
      content:
        description: What the file holds.
        type: str
        required: true
      mode:
        description: Mode as an octal string.
        type: str
        default: '0644'
      validate:
        description: What M(ipai.odoo.odoo_files) tests it with. Not used here.
        type: list
        elements: str
        default: []
  paths:
    description: Paths or patterns of the shell for what should be there.
    type: list
    elements: str
    default: []
  links:
    description: Symbolic links and what they should point to.
    type: dict
    default: {}
  modes:
    description: Paths and the modes that they should have where they are there, as octal strings.
    type: dict
    default: {}
  programs:
    description:
      - Programs that only root shall run, by their names or by absolute paths. A name counts where the program is
        there, an absolute path also as long as no package has brought it.
    type: list
    elements: str
    default: []
  units:
    description: Units of systemd that should run, now and after a reboot.
    type: list
    elements: str
    default: []
  readers:
    description: What has to be done again when files change, because they are read only once.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What to call it in RV(behind).
        type: str
        required: true
      files:
        description: Paths or patterns of the files. A directory counts when something in it comes or goes.
        type: list
        elements: str
        required: true
      unit:
        description: The unit of systemd that reads them.
        type: str
      product:
        description: The file that is made of them.
        type: path
"""

EXAMPLES = r"""
- name: See what is left to do
  ipai.odoo.droplet_info:
    units: [docker.service]
    readers:
      - name: docker
        unit: docker.service
        files: [/etc/docker/daemon.json]
  register: found

- name: Let the engine read its settings
  ansible.builtin.systemd_service:
    name: docker
    state: restarted
  when: "'docker' in found.behind"
"""

RETURN = r"""
session:
  description: The SSH session that Ansible came in with.
  type: dict
  returned: success
  contains:
    user:
      description: Who logged in.
      type: str
    client:
      description: The address that the login came from; empty if it was not by SSH.
      type: str
    port:
      description: The port of the droplet that it came to; 0 if it was not by SSH.
      type: int
  sample: {user: ops, client: 203.0.113.9, port: 22}
keys:
  description: Number of authorized keys of each user.
  type: dict
  returned: success
  sample: {ops: 2}
sshd_drop_ins:
  description: Whether sshd reads C(/etc/ssh/sshd_config.d) before any other setting.
  type: bool
  returned: success
  sample: true
security_archive:
  description: Whether apt's sources have a security archive.
  type: bool
  returned: success
  sample: true
login_defs:
  description: The settings in C(/etc/login.defs).
  type: dict
  returned: success
  sample: {UMASK: "027"}
swaps:
  description: Swap files and devices in use.
  type: list
  elements: str
  returned: success
  sample: [/swapfile]
mounts:
  description: What C(/etc/fstab) mounts, by the first field of its lines.
  type: list
  elements: str
  returned: success
  sample: [/swapfile]
audit_rules:
  description: Files with rules of the audit log that are not in force.
  type: list
  elements: str
  returned: success
  sample: [/etc/audit/rules.d/ipai-odoo.rules]
drift:
  description: Paths among O(files) that are not there, or differ in content, owner or mode.
  type: list
  elements: str
  returned: success
  sample: [/etc/docker/daemon.json]
absent:
  description: Entries of O(paths) for which there is nothing.
  type: list
  elements: str
  returned: success
  sample: [/var/log/nginx/error.log]
links:
  description: Those among O(links) that are not there, or point to something else.
  type: list
  elements: str
  returned: success
  sample: [/etc/localtime]
modes:
  description: Those among O(modes) that have another mode, with the mode asked for and the number of their group.
  type: list
  elements: dict
  returned: success
  sample: [{path: /etc/crontab, mode: "0600", group: 0}]
programs:
  description: Real paths of those among O(programs) that others can run, or could if they came.
  type: list
  elements: str
  returned: success
  sample: [/usr/bin/x86_64-linux-gnu-gcc-14]
idle:
  description: Those among O(units) that are there and do not run, or would not after a reboot.
  type: list
  elements: str
  returned: success
  sample: [ipai-certbot.timer]
behind:
  description: Names of those O(readers) that are older than their files.
  type: list
  elements: str
  returned: success
  sample: [docker]
"""

import dataclasses
import glob
import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _access, _command, _droplet, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


def main() -> None:
    strings = {"type": "list", "elements": "str", "default": []}
    file = {
        "path": {"type": "path", "required": True},
        "content": {"type": "str", "required": True},
        "mode": {"type": "str", "default": "0644"},
        "validate": strings,
    }
    reader = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "str", "required": True},
        "unit": {"type": "str"},
        "product": {"type": "path"},
    }
    module = AnsibleModule(
        argument_spec={
            "users": strings,
            "files": {"type": "list", "elements": "dict", "default": [], "options": file},
            "paths": strings,
            "links": {"type": "dict", "default": {}},
            "modes": {"type": "dict", "default": {}},
            "programs": strings,
            "units": strings,
            "readers": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": reader,
                "mutually_exclusive": [("unit", "product")],
                "required_one_of": [("unit", "product")],
            },
        },
        supports_check_mode=True,
    )
    asked = module.params
    wanted = [_tree.Wanted(item["path"], item["content"].encode(), mode=item["mode"]) for item in asked["files"]]
    droplet = _droplet.Droplet(_command.run)
    session = _droplet.session_of(os.getppid())
    compiled = _droplet.read("/etc/audit/audit.rules")
    try:
        drift = [change.path for change in _tree.plan(wanted, dry_run=True)]
    except FileError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(
        changed=False,
        session=dataclasses.asdict(session),
        keys={name: _droplet.keys_of(name) for name in {*asked["users"], session.user} - {""}},
        sshd_drop_ins=_access.reads_drop_ins(_droplet.read("/etc/ssh/sshd_config")),
        security_archive=_droplet.has_security_archive(
            _droplet.read("/etc/apt/sources.list") + _droplet.read_all("/etc/apt/sources.list.d/*")
        ),
        login_defs=_droplet.settings(_droplet.read("/etc/login.defs")),
        swaps=_droplet.first_words(_droplet.read("/proc/swaps"))[1:],
        mounts=_droplet.first_words(_droplet.read("/etc/fstab")),
        audit_rules=[
            path
            for path in sorted(glob.glob("/etc/audit/rules.d/*.rules"))
            if _droplet.uncompiled(_droplet.read(path), compiled)
        ],
        drift=drift,
        absent=[path for path in asked["paths"] if not glob.glob(path)],
        links=_droplet.astray(asked["links"]),
        modes=_droplet.looser(asked["modes"]),
        programs=droplet.programs(asked["programs"]),
        idle=[name for name in asked["units"] if _droplet.is_idle(droplet.unit(name))],
        behind=[
            item["name"] for item in asked["readers"] if droplet.is_behind(item["files"], item["unit"], item["product"])
        ],
    )


if __name__ == "__main__":
    main()
