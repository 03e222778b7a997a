# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import stat
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils._backup import kit

VARIABLES = {"backup_key": "s3cret-s3cret", "backup_repositories": [{"name": "disk", "path": "/srv/backup"}]}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_kit_is_yaml_for_its_owner_that_git_ignores(tmp_path: Path) -> None:
    path = tmp_path / "recovery" / "erp.yml"
    kit.write(str(path), kit.render("erp", ["What to do:", "", "this\nand that"], yaml.safe_dump(VARIABLES)))
    assert mode(path) == 0o600 and mode(path.parent) == 0o700
    assert (path.parent / ".gitignore").read_text().endswith("\n*\n")
    text = path.read_text()
    assert yaml.safe_load(text) == VARIABLES
    assert "# What to do:\n#\n# this\n# and that\n" in text and "RECOVERY KIT of erp" in text
    assert kit.check(str(path), VARIABLES, VARIABLES, ["backup_key"])


def test_a_kit_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "erp.yml"
    kit.write(str(path), "---\n")
    assert not kit.open_to_others(str(path))
    path.chmod(0o644)
    assert kit.open_to_others(str(path))
    kit.close(str(path))
    assert mode(path) == 0o600


def test_another_key_is_refused_and_not_shown() -> None:
    with pytest.raises(kit.KitError, match="another backup_key") as caught:
        kit.check("/kit", {"backup_key": "other-s3cret"}, VARIABLES, ["backup_key"])
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("found", [{}, {"backup_key": "s3cret-s3cret"}, {**VARIABLES, "backup_repositories": []}])
def test_a_kit_that_says_too_little_is_no_error(found: dict[str, t.Any]) -> None:
    assert not kit.check("/kit", found, VARIABLES, ["backup_key"])


@pytest.mark.parametrize("found", [None, "text", ["list"]])
def test_what_is_no_kit(found: t.Any) -> None:
    with pytest.raises(kit.KitError, match="Move it away"):
        kit.check("/kit", found, {}, ())


def test_more_in_a_kit_does_no_harm() -> None:
    assert kit.check("/kit", {**VARIABLES, "note": "mine"}, VARIABLES, ["backup_key"])
