# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a virtual host's configuration says."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
import yaml


@pytest.fixture(scope="module")
def vhost(root: Path) -> str:
    role = root / "roles/nginx"
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["regex_replace"] = lambda text, pattern, new: re.sub(pattern, new, text)
    template = environment.from_string((role / "templates/vhost.conf.j2").read_text(encoding="utf-8"))
    return template.render(
        yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8")),
        ansible_managed="",
        nginx_vhost_name="erp",
        nginx_vhost_domain="erp.example.com",
        nginx_vhost_upstream="10.202.0.2:8069",
    )


def test_a_body_that_lua_holds_in_memory_is_small(root: Path, vhost: str) -> None:
    (block,) = re.findall(r"location [^{}]* \{[^{}]*access_by_lua_block \{[^{}]*\}[^{}]*\}", vhost)
    (size,) = re.findall(r"client_max_body_size (\d+)m;", block)
    (zone, connections) = re.findall(r"limit_conn (\w+) (\d+);", block)[0]
    assert int(size) * int(connections) <= 256, "MiB that one address can have nginx hold"
    main = (root / "roles/nginx/templates/nginx.conf.j2").read_text(encoding="utf-8")
    assert f"limit_conn_zone $ipai_client zone={zone}:" in main
