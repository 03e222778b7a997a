# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module odoo_files on a real file system, owned by whoever runs the tests."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.modules import odoo_files

ME = {"owner": str(os.getuid()), "group": str(os.getgid())}
Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture(name="call")
def fixture_call(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        arguments = {**params, "_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            odoo_files.main()
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_check_make_check_again(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(0o755)
    (folder / "stranger").touch()
    asked = {
        "directories": [{"path": str(folder), "mode": "0750", "purge": True, **ME}],
        "files": [
            {"path": str(folder / "file"), "content": "good\n", "validate": ["grep", "-q", "good", "%s"], **ME},
            {"path": str(tmp_path / "gone"), "state": "absent"},
        ],
    }
    (tmp_path / "gone").touch()
    planned = call(check=True, **asked)
    assert names(folder) == ["stranger"] and (tmp_path / "gone").exists()
    made = call(**asked)
    assert planned == made and made["changed"]
    assert made["paths"] == [str(folder), str(folder / "file"), str(tmp_path / "gone"), str(folder / "stranger")]
    assert names(folder) == ["file"] and names(tmp_path) == ["home"]
    for check in (True, False):
        again = call(check=check, **asked)
        assert not again["changed"] and again["paths"] == []


def test_nothing_is_purged_unasked(call: Call, tmp_path: Path) -> None:
    (tmp_path / "stranger").touch()
    call(directories=[{"path": str(tmp_path), **ME}])
    assert names(tmp_path) == ["stranger"]


def test_a_refused_file_ends_the_work(call: Call, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("old")
    files = [{"path": str(tmp_path / name), "content": "bad\n", **ME} for name in ("first", "second", "third")]
    files[1]["validate"] = ["grep", "-q", "good", "%s"]  # type: ignore[assignment]
    result = call(files=files)
    assert result["failed"] and f"{tmp_path}/second was left as it was" in result["msg"]
    assert names(tmp_path) == ["first", "second"] and (tmp_path / "second").read_text() == "old"
