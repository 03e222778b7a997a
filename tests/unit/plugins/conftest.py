# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock


@pytest.fixture(autouse=True)
def no_docker(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker answers nobody here, whether this machine has it or not: else a test would hang on what runs there."""
    directory = tmp_path_factory.mktemp("bin")
    (directory / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    (directory / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)


@pytest.fixture(autouse=True)
def locks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where locks lie: not where those of a droplet do, which is root's."""
    directory = tmp_path_factory.mktemp("run") / "locks"
    monkeypatch.setattr(_lock, "DIRECTORY", str(directory))
    return directory
