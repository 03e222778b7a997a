#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_config
short_description: Write Odoo's configuration file from typed values
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes C(odoo.conf) from values that are checked against what the series knows. An option that the series does not
    know is an error that names the nearest known one, an option that was renamed or removed says what took its place,
    and a value of the wrong type says which type is expected.
  - Passwords are read from files on the target and appear in no argument, result or diff.
  - Equal values give the same file. Its name holds a mark of its content, owner, group and mode,
    C(odoo-1f3870be274f6c49b3e3.conf), so that a container that still runs with a former configuration keeps its own,
    whatever is written for its successor.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Neither the directory nor the files with the secrets need to exist yet. A secret that does not exist counts as
        a change.
  diff_mode:
    support: full
    details:
      - Values of secrets are replaced by C((not shown\)).
  idempotent:
    support: full
options:
  directory:
    description:
      - Where the configuration files lie, as an absolute path. It must exist, except in check mode.
    type: path
    required: true
  series:
    description:
      - Series of Odoo whose options hold.
      - V(18.0) and V(19.0) are known.
    type: str
    required: true
  options:
    description:
      - Options of Odoo's section C([options]) with their values.
      - Lists are written with commas. An option without a value is left out, so that Odoo's default holds.
    type: dict
    default: {}
  secrets:
    description:
      - Options whose value is a secret, each with the absolute path of the file on the target that holds it.
      - From the value of C(admin_passwd), a salted hash is written, as Odoo itself does. The hash in the file is kept
        as long as it fits the password.
    type: dict
    default: {}
  addon_options:
    description:
      - Options of the section C([options]) that addons read, and that Odoo itself does not know.
      - They are written as they are. Options that are Odoo's own are refused here.
    type: dict
    default: {}
  secret_addon_options:
    description:
      - Like O(addon_options), with values that are not shown.
    type: dict
    default: {}
  sections:
    description:
      - Sections beside C([options]) that addons read, such as C(queue_job), each a dictionary.
    type: dict
    default: {}
  owner:
    description:
      - User who owns the file, by name or by number. A number need not belong to a user of this machine.
    type: str
    default: root
  group:
    description:
      - Group of the file, by name or by number. Usually the group of Odoo in its image, which has to read the file.
    type: str
    default: root
  mode:
    description:
      - Mode of the file as an octal string. Modes that let everyone read, or anyone but the owner write, are refused.
    type: str
    default: '0640'
seealso:
  - module: ipai.odoo.odoo_secret
"""

EXAMPLES = r"""
- name: Configure the environment
  ipai.odoo.odoo_config:
    directory: /srv/odoo/erp
    series: '19.0'
    options:
      db_host: pg-production
      db_port: 5432
      db_user: erp
      db_name: erp
      dbfilter: ^erp$
      list_db: false
      proxy_mode: true
      workers: 4
      server_wide_modules:
        - base
        - rpc
        - web
    secrets:
      db_password: /srv/odoo/erp/secrets/database_password
      admin_passwd: /srv/odoo/erp/secrets/master_password
    group: '101'
"""

RETURN = r"""
dest:
  description:
    - The configuration file. The mark in its name changes whenever any value in the file does, secrets included, and
      whenever owner, group or mode do. It tells nothing about the secrets.
    - In check mode, it is C(odoo-pending.conf) if a secret does not exist yet.
  type: str
  returned: success
  sample: /srv/odoo/erp/odoo-1f3870be274f6c49b3e3.conf
version:
  description:
    - A mark of the file that is there now, which changes when it is written anew, even with the same content. A
      container that was made with another version may have another file open.
    - In check mode, it is V(pending) if the file would be written.
  type: str
  returned: success
  sample: '1795330446123456789'
former:
  description: Other configuration files in O(directory), oldest first. They can go when no container needs them.
  type: list
  elements: str
  returned: success
  sample:
    - /srv/odoo/erp/odoo-c81e728d9d4c2f636f06.conf
options:
  description: The options that were written, with their types, without secrets.
  type: dict
  returned: success
  sample:
    list_db: false
    workers: 4
"""

import glob
import os
import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _secret
from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    access_of,
    find_gid,
    find_uid,
    parse_mode,
    set_access,
    write_atomic,
)
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import file
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import options as conf
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.password import keep_or_hash_password
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.values import unsafe_text


def argument_spec() -> dict[str, t.Any]:
    return {
        "directory": {"type": "path", "required": True},
        "series": {"type": "str", "required": True},
        "options": {"type": "dict", "default": {}},
        # Paths of files, nothing secret in themselves.
        "secrets": {"type": "dict", "default": {}, "no_log": False},
        "addon_options": {"type": "dict", "default": {}},
        "secret_addon_options": {"type": "dict", "default": {}, "no_log": True},
        "sections": {"type": "dict", "default": {}},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "mode": {"type": "str", "default": "0640"},
    }


class MissingSecretError(Exception):
    """A file that should hold a secret is not there, or is empty."""


def read_secrets(paths: t.Mapping[str, t.Any]) -> tuple[dict[str, str], list[str]]:
    """Values of the secrets, and the options whose file does not exist yet."""
    values: dict[str, str] = {}
    missing: list[str] = []
    for name, path in sorted(paths.items()):
        if not isinstance(path, str) or not os.path.isabs(path):
            raise _secret.SecretError(f"secrets: '{name}' must be the absolute path of a file, not {path!r}")
        value = _secret.read(path)
        if value is None:
            missing.append(name)
            continue
        reason = unsafe_text(value)
        if reason:
            raise _secret.SecretError(f"the secret in {path} {reason}")
        values[name] = value
    return values, missing


def read_text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def configurations(directory: str) -> list[str]:
    """Paths of the configuration files in a directory, oldest first; none when it does not exist."""
    paths = glob.glob(os.path.join(glob.escape(directory), "odoo-*.conf"))
    # Others are somebody's own, a copy for instance.
    return sorted((path for path in paths if re.search(r"/odoo-[0-9a-f]{20}\.conf$", path)), key=os.path.getmtime)


def run(params: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Bring the file about; the module's result."""
    directory = params["directory"]
    series = conf.get_series(params["series"])
    options = conf.validate(series, params["options"])
    addon_options = conf.validate_addon_options(series, params["addon_options"])
    addon_secrets = conf.validate_addon_options(series, params["secret_addon_options"], secret=True)
    sections = conf.validate_sections(params["sections"])
    conf.validate_secrets(series, params["secrets"], options)
    access = Access(find_uid(params["owner"]), find_gid(params["group"]), parse_mode(params["mode"]))
    if access.mode & 0o027:
        raise FileError(f"mode {access.mode:04o} would let others at the passwords; use 0640 or 0600")
    if not os.path.isabs(directory):
        raise FileError(f"{directory} is not an absolute path")

    secrets, missing = read_secrets(params["secrets"])
    if missing and not check_mode:
        paths = ", ".join(params["secrets"][name] for name in missing)
        raise MissingSecretError(f"no secret in {paths}; ipai.odoo.odoo_secret makes one")

    secrets.update(addon_secrets)
    plain = {**secrets, **dict.fromkeys(missing, "")}
    # The hash of the master password has a random salt: the password itself stands for it.
    text = file.render(options, plain, addon_options, sections).text
    mark = "pending" if missing else file.fingerprint(text, plain, access)
    dest = os.path.join(directory, f"odoo-{mark}.conf")
    former = [path for path in configurations(directory) if path != dest]
    present = access_of(dest)
    source = dest if present or not former else former[-1]
    old = read_text(source) if present or former else ""
    if "admin_passwd" in secrets:
        existing = file.read_option(old, "admin_passwd")
        secrets["admin_passwd"] = keep_or_hash_password(secrets["admin_passwd"], series.hash_rounds, existing)
    for name in missing:
        secrets[name] = ""
    rendered = file.render(options, secrets, addon_options, sections)

    rewrite = present is None or old != rendered.text
    changed = rewrite or present != access
    if changed and not check_mode:
        if rewrite:
            write_atomic(dest, rendered.text.encode("utf-8"), access)
        else:
            set_access(dest, access)

    known = {*series.options, *addon_options, *(name for section in sections.values() for name in section)}
    before = file.mask(old, [*params["secrets"], *addon_secrets], known)
    after = rendered.shown
    if rewrite and before == after:
        after += "; (the value of a secret is another one)\n"
    return {
        "changed": changed,
        "dest": dest,
        "version": "pending" if check_mode and rewrite else str(os.stat(dest).st_mtime_ns),
        "former": former,
        "options": options,
        "diff": [
            {"before_header": source, "after_header": dest, "before": before, "after": after},
            {
                "before_header": f"{dest} (access)",
                "after_header": f"{dest} (access)",
                "before": f"{present or 'absent'}\n",
                "after": f"{access}\n",
            },
        ],
    }


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        result = run(module.params, module.check_mode)
    except conf.ConfigError as exc:
        module.fail_json(msg=str(exc), problems=exc.problems)
    except (FileError, _secret.SecretError, MissingSecretError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
