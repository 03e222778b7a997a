# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock


@pytest.fixture(autouse=True)
def locks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where locks lie: not where those of a droplet do, which is root's."""
    directory = tmp_path_factory.mktemp("run") / "locks"
    monkeypatch.setattr(_lock, "DIRECTORY", str(directory))
    return directory
