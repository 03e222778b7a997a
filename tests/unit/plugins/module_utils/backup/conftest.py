# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import instant, pairs, record, runs, settings
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program

from .fake_restic import FakeRepositories


@pytest.fixture
def plain(tmp_path: Path) -> settings.Settings:
    """An environment without repositories, in a folder of the test."""
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
        repositories=(),
    )


@pytest.fixture
def erp(plain: settings.Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    """An environment with two repositories, that keeps backups for 30 days; its state lies in a folder of the test."""
    monkeypatch.setattr(settings, "STATE", str(tmp_path / "state"))
    return dataclasses.replace(
        plain,
        retention=settings.Retention(days=30, daily=0, weekly=0, monthly=0),
        repositories=(settings.Repository("disk", "/srv/backup"), settings.Repository("spaces", "", "s3.lab.test")),
    )


@pytest.fixture
def world(erp: settings.Settings, monkeypatch: pytest.MonkeyPatch) -> FakeRepositories:
    """The repositories of ``erp``; its database and its files are always the same."""
    made = FakeRepositories()
    facts = {"at": made.now.isoformat(), "filestore": {"files": 1}, "database": {}, "odoo": {}}

    @contextlib.contextmanager
    def hold(_settings: settings.Settings) -> Iterator[instant.Instant]:
        yield instant.Instant("0001", facts)

    Path(erp.mirror).mkdir(parents=True)
    monkeypatch.setattr(pairs, "Restic", made)
    monkeypatch.setattr(instant, "hold", hold)
    monkeypatch.setattr(pairs.Server, "dump", lambda *_what: Program(["true"]))
    monkeypatch.setattr(instant, "mirror_files", lambda _settings: made.now)
    monkeypatch.setattr(record, "METRICS", str(Path(erp.directory) / "metrics"))
    monkeypatch.setattr(runs, "recording", lambda found, kind: record.Run(found.state, kind, "erp", "", record.METRICS))
    return made
