# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.modules import odoo_secret

GOOD = "tq7-Vd9x.Lm2Zr"
MINE = {"owner": str(os.getuid()), "group": str(os.getgid())}


def call(capsys: pytest.CaptureFixture[str], check: bool = False, **params: t.Any) -> dict[str, t.Any]:
    arguments = {**MINE, **params, "_ansible_check_mode": check, "_ansible_diff": True}
    with patch_module_args(arguments), pytest.raises(SystemExit):
        odoo_secret.main()
    return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))


def test_check_make_check_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "erp" / "password"
    planned = call(capsys, check=True, path=str(path))
    assert planned["changed"] and planned["created"] and not path.parent.exists()
    made = call(capsys, path=str(path))
    assert made["diff"] == planned["diff"] and made["changed"]
    value = path.read_text()
    assert value not in json.dumps(made)
    for check in (True, False):
        again = call(capsys, check=check, path=str(path))
        assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"]
    assert path.read_text() == value


def test_given_value_is_shown_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "password"
    first = call(capsys, path=str(path), value=GOOD)
    second = call(capsys, path=str(path), value=GOOD + "2")
    assert path.read_text() == GOOD + "2"
    assert second["replaced"] and second["changed"]
    assert GOOD not in json.dumps([first, second])


def test_weak_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = call(capsys, path=str(tmp_path / "password"), value="Summer2026", names=["erp"])
    assert result["failed"] and "too short" in result["msg"] and "Summer2026" not in json.dumps(result)
    result = call(capsys, path=str(tmp_path / "password"), value="rocket-shop-2026", names=["rocket-shop"])
    assert result["failed"] and "names" in result["msg"]
    assert not os.listdir(tmp_path)


def test_unknown_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = call(capsys, path=str(tmp_path / "password"), owner="nobody-here")
    assert result["failed"] and "does not exist" in result["msg"]
