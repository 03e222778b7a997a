#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_settings
short_description: Prepare the backups of an environment, its settings, its key and its repositories
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes what the program of the backups has to know of an environment, and makes the repositories that are missing.
  - The key that encrypts the repositories is made once, where there is none. It is never exchanged. A repository that
    was made with another key is refused before anything is changed.
  - Requires restic 0.14 or newer on the droplet.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - It asks the repositories, unless restic is still missing on the droplet.
  diff_mode:
    support: full
    details:
      - The diff says that a secret would be another one, and never which.
  idempotent:
    support: full
options:
  environment:
    description: Name of the environment.
    type: str
    required: true
  database:
    description: Where its database is, as the role P(ipai.odoo.postgres#role) tells in C(postgres_database).
    type: dict
    required: true
    suboptions:
      address:
        description: Address as the droplet reaches it. Empty where it is not known yet.
        type: str
        required: true
      port:
        description: Port of the server.
        type: int
        required: true
      name:
        description: Name of the database.
        type: str
        required: true
      user:
        description: The environment's role.
        type: str
        required: true
      password_file:
        description: File on the droplet with its password.
        type: path
        required: true
      sslmode:
        description: How the connection is encrypted, as in libpq.
        type: str
        required: true
      container:
        description: Container of the server. Empty for one that somebody else runs.
        type: str
        required: true
      host:
        description: Name under which Odoo reaches it. Not used here.
        type: str
  restart:
    description: When the engine starts Odoo's container again, in the words of Compose.
    type: str
    default: unless-stopped
  archive:
    description: Whether the database server archives its WAL.
    type: bool
    default: false
  repositories:
    description: Where backups go, the fastest first.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the repository.
        type: str
        required: true
      path:
        description: Folder on the droplet.
        type: str
      endpoint:
        description: Host of an S3 service, with its port unless that is 443.
        type: str
      bucket:
        description: Bucket, which must be there.
        type: str
      region:
        description: Region of the bucket.
        type: str
        default: us-east-1
      prefix:
        description: Folder in the bucket.
        type: str
        default: ""
      access_key:
        description: Name of the key pair that may read and write the bucket.
        type: str
      secret_key:
        description: Its secret half.
        type: str
  make_repositories:
    description:
      - Whether repositories that are missing are made. If not, the settings are without them, as on a droplet that is
        about to be recovered. It has to be seen first whether the others hold anything.
    type: bool
    default: true
  adopt:
    description:
      - Whether to go on in repositories that hold backups of the environment which this droplet has not made.
    type: bool
    default: false
  retention:
    description: Which backups stay.
    type: dict
    default: {}
    suboptions:
      days:
        description: All of so many days.
        type: int
        default: 30
      daily:
        description: The newest of so many days.
        type: int
        default: 7
      weekly:
        description: The newest of so many weeks.
        type: int
        default: 4
      monthly:
        description: The newest of so many months.
        type: int
        default: 3
  timezone:
    description: Whose midnight ends a day.
    type: str
    default: Asia/Singapore
  invariants:
    description: Checks of a restored database, by name. Each is SQL that answers no row when all is well.
    type: dict
    default: {}
  key:
    description:
      - The key that encrypts the repositories. Without it, the one on the droplet is used, or one is made.
    type: str
  webhook:
    description: Address that alerts go to, as Mattermost takes them. Empty for none.
    type: str
"""

EXAMPLES = r"""
- name: Prepare the backups of an environment
  ipai.odoo.backup_settings:
    environment: erp
    database: "{{ postgres_database }}"
    repositories:
      - name: local
        path: /srv/backup
      - name: spaces
        endpoint: sgp1.digitaloceanspaces.com
        region: sgp1
        bucket: example-backups
        access_key: "{{ vault_backup_access_key }}"
        secret_key: "{{ vault_backup_secret_key }}"
"""

RETURN = r"""
key_file:
  description: File on the droplet with the key.
  type: str
  returned: success
  sample: /srv/odoo/erp/secrets/backup_key
key_made:
  description: Whether the key was made (would be, in check mode).
  type: bool
  returned: success
  sample: false
repositories_made:
  description: The repositories that were made (would be, in check mode).
  type: list
  elements: str
  returned: success
  sample: [spaces]
paths:
  description: Paths of the files and directories that were changed (would be, in check mode).
  type: list
  elements: str
  returned: success
  sample: [/etc/ipai-odoo/backup/erp.json]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import preparation, settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._secret import SecretError


def argument_spec() -> dict[str, t.Any]:
    text: dict[str, t.Any] = {"type": "str"}
    needed = {"type": "str", "required": True}
    database = dict.fromkeys(("address", "name", "user", "sslmode", "container"), needed)
    database |= {"port": {"type": "int", "required": True}, "password_file": {"type": "path", "required": True}}
    repository = {
        "name": needed,
        "region": {"type": "str", "default": "us-east-1"},
        "prefix": {"type": "str", "default": ""},
        "secret_key": {"type": "str", "no_log": True},
        "access_key": {"type": "str", "no_log": True},
    }
    retention = {"days": 30, "daily": 7, "weekly": 4, "monthly": 3}
    return {
        "environment": needed,
        "database": {"type": "dict", "required": True, "options": {**database, "host": text}},
        "restart": {"type": "str", "default": "unless-stopped"},
        "archive": {"type": "bool", "default": False},
        "repositories": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {**repository, "path": text, "endpoint": text, "bucket": text},
            "required_one_of": [("path", "endpoint")],
            "mutually_exclusive": [("path", "endpoint")],
            "required_by": {"endpoint": ("bucket", "access_key", "secret_key")},
        },
        "make_repositories": {"type": "bool", "default": True},
        "adopt": {"type": "bool", "default": False},
        "retention": {
            "type": "dict",
            "default": {},
            "options": {name: {"type": "int", "default": number} for name, number in retention.items()},
            "apply_defaults": True,
        },
        "timezone": {"type": "str", "default": "Asia/Singapore"},
        "invariants": {"type": "dict", "default": {}},
        "key": {"type": "str", "no_log": True},
        "webhook": {"type": "str", "no_log": True},
    }


def wish(params: dict[str, t.Any]) -> preparation.Wish:
    """What the arguments ask for."""
    name, database = params["environment"], params["database"]
    remote = {"endpoint", "bucket", "region"}
    repositories = [
        {"name": one["name"], "path": one["prefix"].strip("/"), **{key: one[key] for key in remote}}
        if one["endpoint"]
        else {"name": one["name"], "path": one["path"]}
        for one in params["repositories"]
    ]
    document = {
        "environment": name,
        "directory": f"/srv/odoo/{name}",
        "server": database["container"],
        "host": database["address"],
        "port": database["port"],
        "database": database["name"],
        "user": database["user"],
        "password_file": database["password_file"],
        "sslmode": database["sslmode"],
        "container": f"{name}-odoo",
        "key_file": "",
        "repositories": repositories,
        **{key: params[key] for key in ("restart", "archive", "retention", "timezone", "invariants")},
    }
    webhook = params["webhook"] or ""
    secrets = {one["name"]: (one["access_key"], one["secret_key"]) for one in params["repositories"]}
    return preparation.Wish(
        preparation.with_files(settings.parse(document), secrets, webhook),
        secrets,
        params["key"] or None,
        webhook,
        params["make_repositories"],
        params["adopt"],
    )


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        wanted = wish(module.params)
        found = preparation.plan(wanted, dry_run=module.check_mode)
        if found.changed and not module.check_mode:
            preparation.carry_out(wanted, found)
    except (settings.BackupError, CommandError, FileError, SecretError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(
        changed=found.changed,
        key_file=wanted.settings.key_file,
        key_made=found.key is None,
        repositories_made=found.missing,
        paths=[change.path for change in found.files],
        diff=found.diff(preparation.hidden(wanted.settings)),
    )


if __name__ == "__main__":
    main()
