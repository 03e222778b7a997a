# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe of the role nginx makes of dpkg's, pip's and systemctl's words."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def probe(root: Path) -> dict[str, Any]:
    return runpy.run_path(str(root / "roles/nginx/files/probe.py"))


def test_packages(probe: dict[str, Any]) -> None:
    lines = ["installed nginx", "config-files openssl", "installed util-linux"]
    assert probe["missing_packages"](["nginx", "openssl", "python3-venv"], lines) == ["openssl", "python3-venv"]
    assert probe["missing_packages"](["nginx"], []) == ["nginx"]


def test_pinned(probe: dict[str, Any]) -> None:
    site = "/opt/certbot/lib/python3.13/site-packages"
    found = [f"{site}/certbot-5.8.0.dist-info", f"{site}/Certbot_dns_digitalocean-5.7.0.dist-info"]
    wanted = {"certbot": "5.8.0", "certbot-dns-digitalocean": "5.8.0"}
    assert probe["missing_pinned"](wanted, found) == ["certbot-dns-digitalocean==5.8.0"]
    assert probe["missing_pinned"](wanted, []) == ["certbot==5.8.0", "certbot-dns-digitalocean==5.8.0"]


@pytest.mark.parametrize(
    ("enabled", "active", "resting"),
    [
        (["enabled", "enabled"], ["active", "active"], []),
        (["enabled", "disabled"], ["active", "active"], ["b"]),
        (["enabled", "enabled"], ["failed", "active"], ["a"]),
        (["enabled"], ["active", "inactive"], ["a", "b"]),
        ([], [], ["a", "b"]),
    ],
)
def test_units(probe: dict[str, Any], enabled: list[str], active: list[str], resting: list[str]) -> None:
    assert probe["resting_units"](["a", "b"], enabled, active) == resting


def test_programs_that_are_not_there_say_nothing(probe: dict[str, Any]) -> None:
    assert probe["said"]("/no/such/program") == []
    assert probe["said"]("sh", "-c", "echo one; echo two; exit 3") == ["one", "two"]
