#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_image
short_description: Have an image of PostgreSQL that can archive its WAL
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Looks for pgBackRest in an image of a PostgreSQL server. If it has none, builds C(ipai/postgres:TAG) on it with the
    distribution's package. The tag stands for the content, so what is there already is never built again.
  - Fails if pgBackRest is too old for the PostgreSQL in the image.
  - Pulls the image if it is not on the machine. An image that is there is not looked for elsewhere.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - If the image that it is built on is not there yet, the tag ends with C(pending).
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  image:
    description:
      - An image with the interface of the official image C(postgres), based on Debian.
    type: str
    required: true
  version:
    description:
      - Major version of PostgreSQL, the first part of the tag.
    type: int
    required: true
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
  - Docker Engine with its C(docker) program on the target
"""

EXAMPLES = r"""
- name: Have an image of PostgreSQL that can archive
  ipai.odoo.postgres_image:
    image: postgres:16
    version: 16
  register: server_image
"""

RETURN = r"""
image:
  description: Name and tag of the image.
  type: str
  returned: success
  sample: ipai/postgres:16-3f1c5d20b7aa
uid:
  description: Number of the user postgres in the image; 0 in check mode if it is not known.
  type: int
  returned: success
  sample: 999
gid:
  description: Number of this user's group; 0 in check mode if it is not known.
  type: int
  returned: success
  sample: 999
pgdata:
  description: Where the image keeps the data.
  type: str
  returned: success
  sample: /var/lib/postgresql/data
postgres:
  description: Major version of PostgreSQL in the image.
  type: int
  returned: success
  sample: 16
pgbackrest:
  description: Version of pgBackRest in the image.
  type: str
  returned: success
  sample: 2.57.0
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server_image import CERTIFICATES, Builder
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "image": {"type": "str", "required": True},
            "version": {"type": "int", "required": True},
            "ca_directory": {"type": "path", "default": CERTIFICATES},
            "timeout": {"type": "int", "default": 1800},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        found, changed = Builder(
            params["image"],
            params["version"],
            ca_directory=params["ca_directory"],
            timeout=params["timeout"],
            check_mode=module.check_mode,
        ).run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (BackupError, OSError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=changed, **asdict(found))


if __name__ == "__main__":
    main()
