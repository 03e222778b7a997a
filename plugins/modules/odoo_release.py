#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_release
short_description: Build the immutable image of an environment
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Builds the image C(ipai/ENVIRONMENT:TAG) from an Odoo image, packages, certificates and the modules of addon
    repositories at their exact commits. The tag stands for all of that, so what is there already is never built again.
  - Pulls the base image if it is not on the machine. A base image that is there is not looked for elsewhere.
  - Prepares the environment's data directory for the user of Odoo in the image, whose number differs between images.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - If the base image or the commit of a repository is not known yet, the tag ends with C(pending).
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  series:
    description:
      - Series of Odoo, the first part of the tag.
    type: str
    required: true
  base_image:
    description:
      - An image with the interface of the official ones.
    type: str
    required: true
  directory:
    description:
      - The environment's directory. It is made if it is missing, and only root gets into it.
      - The module keeps C(release) and C(release.json) in it, and the owner of C(data).
    type: path
    required: true
  repositories:
    description:
      - Repositories whose checked out commit goes into the image, in the order of Odoo's addons path.
      - Each name stands for the working tree C(src/NAME) in O(directory), and its value for the folder in it that holds
        the modules, V(.) if that is the repository itself.
      - Repositories with submodules are refused.
    type: dict
    default: {}
  commits:
    description:
      - Commits that the repositories are going to have, by name. Only check mode reads it, for repositories in which it
        has not been checked out.
    type: dict
    default: {}
  apt_packages:
    description:
      - Debian packages to add, each with V(=version) if it must be an exact one.
    type: list
    elements: str
    default: []
  pip_packages:
    description:
      - Requirements for pip. They go to a virtual environment that sees the packages of the base image.
    type: list
    elements: str
    default: []
  fonts:
    description:
      - Adds the fonts DejaVu and Noto, without which PDF files show boxes for many scripts.
    type: bool
    default: false
  ca_directory:
    description:
      - Directory with certificates (C(*.crt)) that the image must trust besides the usual ones. It need not exist.
    type: path
    default: /usr/local/share/ca-certificates/ipai
  timeout:
    description:
      - Seconds that pulling and building may take, each.
    type: int
    default: 1800
requirements:
  - Docker Engine with its C(docker) program, and C(git), on the target
seealso:
  - module: ipai.odoo.odoo_database
"""

EXAMPLES = r"""
- name: Build the release of an environment
  ipai.odoo.odoo_release:
    environment: erp
    series: '19.0'
    base_image: odoo:19.0
    directory: /srv/odoo/erp
    repositories:
      server-tools: .
    pip_packages:
      - openupgradelib==3.10.0
  register: erp_release

- name: Show the image
  ansible.builtin.debug:
    var: erp_release.release.image
"""

RETURN = r"""
release:
  description: What is in the release. C(release.json) in the environment's directory says the same.
  type: dict
  returned: success
  contains:
    environment:
      description: Name of the environment.
      type: str
      returned: always
      sample: erp
    image:
      description: Name and tag of the image.
      type: str
      returned: always
      sample: ipai/erp:19.0-3f1c5d20b7aa
    tag:
      description: The tag alone.
      type: str
      returned: always
      sample: 19.0-3f1c5d20b7aa
    series:
      description: Series of Odoo.
      type: str
      returned: always
      sample: '19.0'
    base:
      description: Name of the base image.
      type: str
      returned: always
      sample: odoo:19.0
    base_id:
      description: Identifier of the base image; empty in check mode if it is not there.
      type: str
      returned: always
      sample: sha256:388691e5b91608aa6ad8a1dae1f50b1cf4e4a3ce6cc9b8c2c4ca1d8f24e7a8fc
    commits:
      description: Commit of each addon repository.
      type: dict
      returned: always
      sample:
        server-tools: 5c2b1a9d8e7f60312233445566778899aabbccdd
    uid:
      description: Number of the user odoo in the image; 0 in check mode if it is not known.
      type: int
      returned: always
      sample: 100
    gid:
      description: Number of this user's group; 0 in check mode if it is not known.
      type: int
      returned: always
      sample: 101
    addons_path:
      description: Folders with modules in the image, for Odoo's option C(addons_path).
      type: list
      elements: str
      returned: always
      sample:
        - /opt/ipai/addons/server-tools
built:
  description: Whether the image was built, or in check mode would be.
  type: bool
  returned: success
  sample: true
seconds:
  description: How long pulling and building took.
  type: float
  returned: success
  sample: 41.3
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._release.builder import Builder, Wanted
from ansible_collections.ipai.odoo.plugins.module_utils._release.dockerfile import CERTIFICATES
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import ReleaseError


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "series": {"type": "str", "required": True},
        "base_image": {"type": "str", "required": True},
        "directory": {"type": "path", "required": True},
        "repositories": {"type": "dict", "default": {}},
        "commits": {"type": "dict", "default": {}},
        "apt_packages": {"type": "list", "elements": "str", "default": []},
        "pip_packages": {"type": "list", "elements": "str", "default": []},
        "fonts": {"type": "bool", "default": False},
        "ca_directory": {"type": "path", "default": CERTIFICATES},
        "timeout": {"type": "int", "default": 1800},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        result = Builder(Wanted(**module.params), check_mode=module.check_mode).run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (ReleaseError, FileError, OSError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
