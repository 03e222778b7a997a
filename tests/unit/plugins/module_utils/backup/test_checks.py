# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of the files of a restored database, and when their lack is a reason to refuse it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import checks
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server

PASS = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)
TABLES = [*checks.KEY_TABLES, "sale_order"]


def manifest(*missing: str, tables: int = len(TABLES)) -> dict[str, Any]:
    return {
        "database": {"tables": tables},
        "odoo": {"modules": {"base": "installed"}},
        "filestore": {"missing": list(missing)},
    }


class Answers(Server):
    """A database that names files, some of them from after a pass."""

    def __init__(self, files: Collection[str], later: Collection[str] = ()) -> None:
        super().__init__("pg")
        self.answers = {checks.FILES: files, checks.LATER_FILES: later, checks.TABLES: TABLES}
        self.asked: dict[str, Any] = {}

    def rows(self, _database: str, sql: str, **variables: Any) -> list[dict[str, Any]]:
        self.asked[sql] = variables
        if sql == checks.MODULES:
            return [{"name": name, "state": "installed"} for name in ("base", "sale")]
        return [{"name": name} for name in self.answers[sql]]


@pytest.fixture
def good(tmp_path: Path) -> str:
    """The name of a file that is there."""
    digest = hashlib.sha1(b"content", usedforsecurity=False).hexdigest()
    path = tmp_path / digest[:2] / digest
    path.parent.mkdir()
    path.write_bytes(b"content")
    return f"{digest[:2]}/{digest}"


def restored(folder: Path, server: Server, **more: Any) -> checks.Restored:
    return checks.Restored(server, "erp-restored-1", str(folder), **more)


def test_every_file_is_there(tmp_path: Path, good: str) -> None:
    assert checks.files(restored(tmp_path, Answers([good]))) == (True, "1 files")


def test_a_missing_file_is_a_reason_to_refuse(tmp_path: Path, good: str) -> None:
    for more in ({}, {"manifest": manifest()}, {"manifest": manifest(), "later": True}):
        found = checks.files(restored(tmp_path, Answers([good, "aa/aaaa"]), **more))
        assert found == (False, "2 files, of them 1 missing: aa/aaaa")


@pytest.mark.parametrize("later", [True, False])
def test_a_file_that_production_lacked_before(tmp_path: Path, good: str, later: bool) -> None:
    """The backup before a moment says what no moment after it can have."""
    found = restored(tmp_path, Answers([good, "aa/aaaa"]), manifest=manifest("aa/aaaa"), later=later)
    assert checks.files(found) == (True, "2 files, of them 1 missing already when the backup was made: aa/aaaa")


def test_other_content_is_never_good(tmp_path: Path, good: str) -> None:
    (tmp_path / good).write_bytes(b"contend")
    found = restored(tmp_path, Answers([good]), manifest=manifest(good), later=True, strict=False)
    assert checks.files(found) == (False, f"1 files, of them 1 with other content: {good}")


def test_the_newest_is_better_than_nothing(tmp_path: Path, good: str) -> None:
    """What came after the last pass is named, and so is what nobody can explain."""
    server = Answers([good, "aa/aaaa", "bb/bbbb", "cc/cccc"], later=["aa/aaaa", "cc/cccc", good])
    more = {"manifest": manifest("cc/cccc"), "later": True, "files_until": PASS, "strict": False}
    ok, said = checks.files(restored(tmp_path, server, **more))
    assert ok
    assert said == (
        "4 files, of them 1 missing: bb/bbbb; 1 lost, of about or after the last pass over the filestore: aa/aaaa;"
        " 1 missing already when the backup was made: cc/cccc"
    )


def test_new_content_of_an_old_attachment_is_new(tmp_path: Path, good: str) -> None:
    """A row that was written, or whose transaction began before the pass, may name a file from after it."""
    server = Answers([good])
    checks.files(restored(tmp_path, server, files_until=PASS))
    assert server.asked[checks.LATER_FILES]["until"] == "2026-11-21T01:00:00+00:00"
    assert "greatest(create_date, write_date)" in checks.LATER_FILES


def test_only_the_backup_itself_has_its_tables_and_modules(tmp_path: Path) -> None:
    other = manifest(tables=3)
    same, later = (restored(tmp_path, Answers([]), manifest=other, later=later) for later in (False, True))
    assert not checks.tables(same)[0] and not checks.modules(same)[0]
    assert checks.tables(later) == (True, "8 tables")
    assert checks.modules(later) == (True, "2 modules are installed")
