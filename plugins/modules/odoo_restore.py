#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_restore
short_description: Restore a backup of an environment, or a moment
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Restores database and filestore of a backup, or of a moment, beside the live ones. They have a name of their own and
    belong to a role that nobody can log in as, so no Odoo enters them.
  - What was restored is looked at. The tables, modules, attachments, constraints and accounts have to be as the backup
    says, and an Odoo without scheduled actions and without a way out has to serve it.
  - With O(publish), it then takes the place of the live database and filestore, which are kept under another name. Both
    databases are renamed in one transaction while Odoo is stopped. Should that be interrupted, even by a kill or a
    restart of the machine, it is finished or taken back by a timer of the droplet within a minute.
  - If anything fails before that, nothing of it is left and what is live is as it was.
  - Data of another environment (O(source)) comes as it is. Nothing in it is neutralized.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Backup, moment, names, room and confirmation are looked at as usual. A moment so recent that it would have to be
        stored first is taken to be had then.
  diff_mode:
    support: full
    details:
      - Shows the names of the databases that Odoo serves, or that are kept.
  idempotent:
    support: partial
    details:
      - With O(name) alone, what is there by that name is not restored again. Without it, each run restores.
      - What was published has lost its name, so publishing it once more fails.
options:
  environment:
    description:
      - The environment that is restored, by its name in the inventory.
    type: str
    required: true
  state:
    description:
      - V(present) restores.
      - V(absent) removes the restored or former database O(name) and its filestore.
    type: str
    choices: [present, absent]
    default: present
  source:
    description:
      - The environment whose backups are meant. If not given, it is O(environment).
      - One that is not on this droplet has to have its backups in the same repositories, with the same key.
    type: str
    default: ''
  repository:
    description:
      - Name of the repository that the backup is taken from. If not given, it is the first that has it.
    type: str
  backup:
    description:
      - Id of the backup, as M(ipai.odoo.odoo_backup_info) shows it, or V(latest).
      - If neither this nor O(target_time) is given, it is the newest, unless O(name) is there already. To restore to a
        new O(name) and publish it at once, one of them is needed.
    type: str
    default: ''
  target_time:
    description:
      - Restore the database and filestore of this moment instead of a backup, such as V(2026-11-21T02:00:00Z).
        A zone is needed.
      - This takes a database server with an archive. M(ipai.odoo.odoo_backup_info) shows the window.
    type: str
  name:
    description:
      - Name of the restored database and of its filestore. It is made of the environment's name, C(-restored-) or
        C(-before-), and letters and digits.
      - If not given, the time is its last part.
      - If there is one by that name already, it is not restored again. With O(publish), it is published. So one
        that was looked at is put to use, or a former one is brought back. O(backup) and O(target_time) are refused
        then, as it may be made of something else.
    type: str
    default: ''
  publish:
    description:
      - Whether it takes the place of the live database and filestore.
    type: bool
    default: false
  confirm:
    description:
      - The name of the environment, if its stage is production and it has a database already. Without it, nothing is
        published there.
    type: str
    default: ''
seealso:
  - module: ipai.odoo.odoo_backup
  - module: ipai.odoo.odoo_backup_info
"""

EXAMPLES = r"""
- name: Restore the newest backup beside what is live
  ipai.odoo.odoo_restore:
    environment: erp
  register: restored

- name: Publish what was looked at
  ipai.odoo.odoo_restore:
    environment: erp
    name: "{{ restored.name }}"
    publish: true
    confirm: erp
  register: published

- name: Remove what was live before
  ipai.odoo.odoo_restore:
    environment: erp
    name: "{{ published.former }}"
    state: absent

- name: Go back to before the accident
  ipai.odoo.odoo_restore:
    environment: erp
    target_time: "2026-11-21T09:14:59+08:00"
    publish: true
    confirm: erp
"""

RETURN = r"""
msg:
  description: What was done, or in check mode would be; or that nothing was there to be removed, and what is.
  type: str
  returned: with O(state=present), or when nothing was there
  sample: Restored 20261121T020304Z-5f2c from repository disk beside what is live, as erp-restored-20261121T020304Z
name:
  description: Name of the restored database and filestore; once published, they have the live name.
  type: str
  returned: success
  sample: erp-restored-20261121T020304Z
id:
  description: The backup it comes from.
  type: str
  returned: when a backup was, or would be, restored
  sample: 20261121T020304Z-5f2c
at:
  description: The moment it is of.
  type: str
  returned: when a moment was, or would be, restored
  sample: "2026-11-21T02:00:00Z"
base:
  description: The last backup before that moment.
  type: str
  returned: when a moment was, or would be, restored, and there is one
  sample: 20261121T020304Z-5f2c
repository:
  description: The repository it comes from.
  type: str
  returned: when something was, or would be, restored
  sample: disk
published:
  description: Whether it is live now, or in check mode would be.
  type: bool
  returned: success
  sample: true
former:
  description: Name of what was live before; empty if there was nothing, or nothing was published.
  type: str
  returned: success
  sample: erp-before-20261121T020304Z
checks:
  description: What was asked of the restored pair.
  type: list
  elements: dict
  returned: outside of check mode, when something was looked at
  contains:
    name:
      description: What was looked at.
      type: str
      returned: always
      sample: files
    ok:
      description: Whether it is good.
      type: bool
      returned: always
      sample: true
    said:
      description: What was seen.
      type: str
      returned: always
      sample: 7954 files
    seconds:
      description: How long that took.
      type: float
      returned: always
      sample: 1.2
  sample:
    - name: files
      ok: true
      said: 7954 files
      seconds: 1.2
seconds:
  description: How long all of it took.
  type: float
  returned: outside of check mode, with O(state=present)
  sample: 81.3
serving:
  description: Whether Odoo ran before, and so does now. What was stopped stays stopped.
  type: bool
  returned: when something was published, outside of check mode
  sample: true
downtime_seconds:
  description: From the moment Odoo was to stop until it served again.
  type: float
  returned: when something was published and Odoo ran before
  sample: 11.4
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils._backup import progress, restore, restore_plan, settings, window
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "source": {"type": "str", "default": ""},
        "repository": {"type": "str"},
        "backup": {"type": "str", "default": ""},
        "target_time": {"type": "str"},
        "name": {"type": "str", "default": ""},
        "publish": {"type": "bool", "default": False},
        "confirm": {"type": "str", "default": ""},
    }


def wish(params: t.Mapping[str, t.Any], dry_run: bool) -> restore_plan.Wish:
    """What the arguments ask for.

    :raises BackupError: the time is none.
    """
    return restore_plan.Wish(
        source=params["source"],
        backup=params["backup"],
        repository=params["repository"],
        moment=window.parse(params["target_time"]) if params["target_time"] else None,
        name=params["name"],
        freshen=not dry_run,
        publish=params["publish"],
        confirm=params["confirm"],
    )


def present(found: settings.Settings, params: t.Mapping[str, t.Any], dry_run: bool, say: t.Any) -> dict[str, t.Any]:
    """Restore, publish, or both."""
    planned = restore_plan.plan(found, wish(params, dry_run))
    before = restore.served(found)
    after = {name: what for name, what in before.items() if name != planned.name}
    former = ""
    if not planned.wish.publish:
        after[planned.name] = before.get(planned.name, f"restored: {planned.described()}")
    else:
        if found.database in before and not restore_plan.live_is_empty(found):
            former = planned.former
            after[former] = before[found.database]
        after[found.database] = f"restored: {planned.described()}"
    result = {"changed": after != before, "name": planned.name, "published": False, "former": "", **planned.origin}
    if not result["changed"]:
        return {**result, "msg": f"{planned.name} is there, and was not restored again"}
    if dry_run:
        result.update(published=planned.wish.publish, former=former, msg=would(found, planned, former))
    else:
        result.update(restore.restore(found, planned, say))
        result["msg"] = done(found, planned, result)
    return {**result, "diff": {"before": text(before), "after": text(after)}}


def would(found: settings.Settings, planned: restore_plan.Plan, former: str) -> str:
    """What a run would do, for people; names with the time in them would have that of the run."""
    such = "" if planned.wish.name else "a name such as "
    said = f"would restore {planned.described()} beside what is live, as {such}{planned.name}"
    if planned.unstored:
        said = f"would first store the files and the WAL of the last minutes, as that moment is not stored yet; {said}"
    if planned.wish.publish:
        said = f"would publish {planned.name}" if planned.there else f"{said}, look at it, and publish it"
        said += f" as {found.database}"
        said += f"; what is live would be kept under a name such as {former}" if former else ""
    return f"Nothing was touched. A run {said}"


def done(found: settings.Settings, planned: restore_plan.Plan, result: t.Mapping[str, t.Any]) -> str:
    """What was done, for people."""
    if not result["published"]:
        return f"Restored {planned.described()} beside what is live, as {planned.name}"
    kept = f"; what was live is kept as {result['former']}" if result["former"] else ""
    return f"{found.environment} serves what was restored, {planned.described()}{kept}"


def absent(found: settings.Settings, name: str, dry_run: bool) -> dict[str, t.Any]:
    """Remove what is called ``name``."""
    before = restore.served(found)
    after = {one: what for one, what in before.items() if one != name}
    changed = restore.remove(found, name, dry_run=dry_run)
    diff = {"before": text(before), "after": text(after)}
    said = {} if changed else {"msg": f"there is no {name}; {restore_plan.those_there(found, before)}"}
    return {"changed": changed, "name": name, "published": False, "former": "", "diff": diff, **said}


def text(databases: t.Mapping[str, str]) -> str:
    return "".join(f"{name}: {what}\n" for name, what in sorted(databases.items()))


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(), supports_check_mode=True, required_if=[("state", "absent", ("name",))]
    )
    params = module.params
    try:
        found = settings.load(params["environment"])
        if params["state"] == "absent":
            result = absent(found, params["name"], module.check_mode)
        else:
            result = present(found, params, module.check_mode, progress.journal)
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (settings.BackupError, FileError, PostgresError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
