# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import settings


@pytest.fixture
def erp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    """An environment with two repositories, whose state lies in a folder of the test."""
    monkeypatch.setattr(settings, "STATE", str(tmp_path / "state"))
    return settings.Settings(
        environment="erp",
        directory=str(tmp_path),
        server="pg",
        host="10.0.0.1",
        port=5432,
        database="erp",
        user="erp",
        password_file="",
        sslmode="prefer",
        container="erp-odoo",
        restart="unless-stopped",
        key_file="",
        repositories=(settings.Repository("disk", "/srv/backup"), settings.Repository("spaces", "", "s3.lab.test")),
    )
