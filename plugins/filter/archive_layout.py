# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter over _backup.archive_layout, where the rules are."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_layout import layout
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError


def archive_layout(repositories: t.Any, server: str, gateway: str, first_port: int) -> dict[str, t.Any]:
    if not isinstance(repositories, (list, tuple)) or not all(isinstance(one, dict) for one in repositories):
        raise AnsibleFilterError("ipai.odoo.archive_layout: the repositories must be a list of dictionaries")
    try:
        return layout(repositories, server, gateway, int(first_port))
    except BackupError as exc:
        raise AnsibleFilterError(f"ipai.odoo.archive_layout: {exc}") from exc


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"archive_layout": archive_layout}
