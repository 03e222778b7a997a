# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the mail catcher listens."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml


@pytest.mark.parametrize("engine", ["mailpit", "maildev"])
def test_web_page_listens_in_the_catchers_own_network_alone(root: Path, engine: str) -> None:
    """It has no login of its own, and the catcher is in the networks of all nonproduction environments."""
    variables = yaml.safe_load((root / "roles/mail_catcher/vars/main.yml").read_text(encoding="utf-8"))
    spec = variables["__mail_catcher_engines"][engine]
    web = {name: value for name, value in spec["environment"].items() if name in ("MP_UI_BIND_ADDR", "MAILDEV_WEB_IP")}
    assert [value.partition("}}")[0] for value in web.values()] == ["{{ __mail_catcher_address "]
    assert "127.0.0.1" not in " ".join(spec["health"]), "it does not listen there"
    compose = (root / "roles/mail_catcher/templates/compose.yaml.j2").read_text(encoding="utf-8")
    assert "ipv4_address: {{ __mail_catcher_address }}" in compose
