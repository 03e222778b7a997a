# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries the connection as Ansible itself makes it; only a refusal is an answer, other failures stay failures."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

#: What OpenSSH says when the machine answers and this user may not log in.
REFUSED = re.compile(r"permission denied|too many authentication failures|please login as the user", re.IGNORECASE)


class ActionModule(ActionBase):
    """See the module documentation."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _validation, _arguments = self.validate_argument_spec(argument_spec={})
        result.update(changed=False, accepted=True, said="")
        try:
            answer = self._low_level_execute_command("true", sudoable=False)
        except AnsibleConnectionFailure as error:
            said = str(error)
        else:
            if answer["rc"] == 0:
                return result
            # A forced command tells a cloud image's root to log in as somebody else.
            said = f"{answer['stdout']}\n{answer['stderr']}".strip()
        if not REFUSED.search(said):
            raise AnsibleConnectionFailure(said)
        result.update(accepted=False, said=said)
        return result
