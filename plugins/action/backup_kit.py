# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes recovery kits on the controller; what is in them is the floor _backup.kit's business."""

from __future__ import annotations

import os
import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.ipai.odoo.plugins.action.preflight import plain
from ansible_collections.ipai.odoo.plugins.module_utils._backup import kit
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError


class ActionModule(ActionBase):
    """Entry point of Ansible."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _unused, arguments = self.validate_argument_spec(
            argument_spec={
                "path": {"type": "path", "required": True},
                "host": {"type": "str", "required": True},
                "variables": {"type": "dict", "no_log": True},
                "keys": {"type": "list", "elements": "str", "default": []},
                "notes": {"type": "list", "elements": "str", "default": []},
            }
        )
        path = os.path.abspath(arguments["path"])
        result.update(changed=False, path=path, exists=os.path.exists(path))
        try:
            found = self._loader.load_from_file(path, cache="none") if result["exists"] else {}
            if arguments["variables"] is None:
                kit.check(path, found, {}, ())
                # Callbacks show nothing of it; what is registered is whole.
                result.update(variables=plain(found), _ansible_no_log=True)
            else:
                self._hold(path, found, arguments, result)
        except (kit.KitError, FileError) as exc:
            result.update(failed=True, msg=str(exc))
        except AnsibleError:
            # Its message shows the lines around the mistake.
            result.update(
                failed=True,
                msg=f"the recovery kit {path} cannot be read: it is no YAML, or the vault's password is missing"
                " (--ask-vault-pass)",
            )
        return result

    def _hold(self, path: str, found: t.Any, arguments: dict[str, t.Any], result: dict[str, t.Any]) -> None:
        variables = plain(arguments["variables"])
        same = result["exists"] and kit.check(path, found, variables, arguments["keys"])
        if not same and result["exists"] and kit.encrypted(path):
            self._display.warning(
                f"The recovery kit {path} is encrypted and no longer says where the backups are."
                " Move it away and run again, then encrypt the new one."
            )
            return
        loose = result["exists"] and kit.open_to_others(path)
        result["changed"] = not same or loose
        if self._task.check_mode or not result["changed"]:
            return
        if not same:
            body = yaml.safe_dump(variables, sort_keys=False, allow_unicode=True, width=1000)
            kit.write(path, kit.render(arguments["host"], arguments["notes"], body))
            if result["exists"]:
                self._display.warning(
                    f"The recovery kit {path} no longer said how the backups of {arguments['host']} are reached, and"
                    " was written anew. Copy it again to where you keep it."
                )
        else:
            kit.close(path)
