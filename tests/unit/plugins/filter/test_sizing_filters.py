# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ipai.odoo.plugins.filter import odoo_sizing, postgres_sizing


def test_documented_examples() -> None:
    odoo = odoo_sizing.FilterModule().filters()["odoo_sizing"]
    sizing = odoo(4096, cpus=2)
    assert sizing["conf"]["workers"] == 4 and sizing["conf"]["limit_memory_soft"] == 2147483648
    del sizing["conf"]
    assert sizing == {
        "connections": 42,
        "websocket_port": 8072,
        "container_memory_mb": 4096,
        "container_cpus": 2.0,
        "needed_memory_mb": 2075,
        "concurrent_users": 24,
    }
    postgres = postgres_sizing.FilterModule().filters()["postgres_sizing"]
    sizing = postgres(2048, cpus=2, connections=64)
    assert sizing["settings"]["shared_buffers"] == "512MB" and sizing["settings"]["work_mem"] == "6MB"
    assert (sizing["max_connections"], sizing["shm_size_mb"], sizing["container_memory_mb"]) == (74, 512, 2048)


def test_errors_become_ansibles() -> None:
    with pytest.raises(AnsibleFilterError, match=r"odoo_sizing: 8 workers .* need 3375 MiB"):
        odoo_sizing.odoo_sizing(2048, 2, 8)
    with pytest.raises(AnsibleFilterError, match="postgres_sizing: memory_mb must be a number"):
        postgres_sizing.postgres_sizing("x")
