# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench of backups makes up and what it says; it measures on a droplet only."""

from __future__ import annotations

import importlib.util
import pathlib
import sys
import types

import pytest

BENCH = pathlib.Path(__file__).parents[1] / "bench" / "backup"


@pytest.fixture(name="load")
def fixture_load(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(sys, "path", [str(BENCH), str(BENCH.parents[1] / "integration"), *sys.path])

    def load(name: str) -> types.ModuleType:
        spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCH / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return load


class Cursor:
    """Counts the rows that are copied, and keeps them."""

    def __init__(self) -> None:
        self.copied: dict[str, list[list[str]]] = {}

    def execute(self, _sql: str, _parameters: object = ()) -> None: ...

    def fetchone(self) -> tuple[int, int]:
        return 1, 1

    def copy_expert(self, sql: str, stream: object) -> None:
        rows = [line.rstrip("\n").split("\t") for line in stream]
        self.copied.setdefault(sql.split()[1], []).extend(rows)


def test_the_same_seed_makes_the_same_rows_and_files(load, tmp_path) -> None:
    data = load("data")
    seen = []
    for name in ("one", "other"):
        cursor, folder = Cursor(), tmp_path / name
        folder.mkdir()
        assert len(list(data.grow(cursor, 1, folder))) == data.PORTIONS
        seen.append((cursor.copied, sorted(path.name for path in folder.rglob("*") if path.is_file())))
    assert seen[0] == seen[1]
    copied, files = seen[0]
    assert {table: len(rows) for table, rows in copied.items()} == {**data.ROWS, "ir_attachment": data.FILES}
    for table, rows in copied.items():
        assert {len(row) for row in rows} == {len(data.COLUMNS[table].split())}
    # Each file is named by an attachment.
    names = [row[data.COLUMNS["ir_attachment"].split().index("store_fname")] for row in copied["ir_attachment"]]
    assert sorted(pathlib.PurePath(name).name for name in names) == files


def test_a_day_changes_one_hundredth(load) -> None:
    for plan in load("data").DAY.values():
        assert plan.new + plan.updated == pytest.approx(0.01)


def test_the_last_line(load) -> None:
    main = load("__main__")
    one = {"product": [{"seconds": 30.0, "stored": 800}], "peer": [{"seconds": 40.0, "stored": 1000}]}
    two = {"product": [{"seconds": 8.0, "stored": 20}], "peer": [{"seconds": 32.0, "stored": 1000}]}
    found = {"first": one, "second": two, "restore": one, "archive": {"rpo_seconds": 21.4}}
    figures = main.summary(found)
    assert main.last_line(figures) == (
        "second_time_ratio=0.25 second_size_percent=2.5 restore_seconds=30.0 rpo_seconds=21"
    )
    assert main.shortcomings(figures, main.PROMISED) == []
    assert len(main.shortcomings(dict.fromkeys(figures, 1000.0), main.PROMISED)) == len(figures)
    worse = {**figures, "second_size_percent": 3.1}
    assert main.shortcomings(worse, main.PROMISED) == ["second_size_percent is 3.10, and 3.0 is promised"]
