# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter over the floor _sizing, where the numbers and their sources are."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.ipai.odoo.plugins.module_utils import _sizing


def odoo_sizing(
    memory_mb: object, cpus: object, workers: object = "auto", cron_threads: object = "auto"
) -> dict[str, t.Any]:
    try:
        return _sizing.odoo_sizing(memory_mb, cpus, workers, cron_threads).as_dict()
    except _sizing.SizingError as exc:
        raise AnsibleFilterError(f"ipai.odoo.odoo_sizing: {exc}") from exc


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"odoo_sizing": odoo_sizing}
