# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter over the floor _access, where the refusals are."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.ipai.odoo.plugins.module_utils import _access


def lockouts(found: t.Mapping[str, t.Any], check: bool = False, **plan: t.Any) -> list[str]:
    try:
        values: dict[str, t.Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in plan.items()
        }
        asked = _access.Plan(**values)
        session = _access.Session(**found["session"])
    except (KeyError, TypeError) as exc:
        raise AnsibleFilterError(f"ipai.odoo.lockouts: {exc}") from exc
    return _access.lockouts(asked, session, found["keys"], found["sshd_drop_ins"], check)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"lockouts": lockouts}
