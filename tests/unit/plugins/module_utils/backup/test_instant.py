# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order an instant is held; that the database plays its part is for the tests with a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _postgres
from ansible_collections.ipai.odoo.plugins.module_utils._backup import filestore, instant
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings


class Reader:
    """Exports a snapshot."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    def rows(self, _sql: str) -> list[tuple[Any, ...]]:
        return []

    def value(self, sql: str) -> str:
        assert "pg_export_snapshot" in sql
        self.done.append("snapshot")
        return "00000003-0000001B-1"


@pytest.fixture
def done(erp: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens, in its order."""
    happened: list[str] = []

    @contextlib.contextmanager
    def lock(_place: Any, statement: str) -> Iterator[None]:
        assert statement == "LOCK TABLE ir_attachment IN ROW EXCLUSIVE MODE", "the mode that the collector's waits for"
        happened.append("locked")
        yield
        happened.append("free")

    @contextlib.contextmanager
    def reader(_place: Any) -> Iterator[Any]:
        yield Reader(happened)
        happened.append("reader closed")

    def mirror(_live: str, _copy: str) -> filestore.Mirrored:
        happened.append(f"mirror {datetime.now(timezone.utc).isoformat()}")
        return filestore.Mirrored(files=3)

    monkeypatch.setattr(_postgres, "lock", lock)
    monkeypatch.setattr(_postgres, "reader", reader)
    monkeypatch.setattr(filestore, "mirror", mirror)
    return happened


def test_an_instant(erp: Settings, done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instant, "facts", lambda _settings, _rows, folder, files: {"folder": folder, "files": files})
    with instant.hold(erp) as held:
        assert held == instant.Instant("00000003-0000001B-1", {"folder": erp.mirror, "files": 3})
        assert [what.split()[0] for what in done] == ["locked", "snapshot", "mirror", "free"]
    assert done[-1] == "reader closed", "the snapshot is there for as long as it is used"


def test_a_pass_is_of_the_moment_before_its_mirror(erp: Settings, done: list[str]) -> None:
    begun = datetime.now(timezone.utc)
    at = instant.mirror_files(erp)
    assert [what.split()[0] for what in done] == ["locked", "mirror", "free"]
    assert begun <= at < datetime.fromisoformat(done[1].split()[1])
