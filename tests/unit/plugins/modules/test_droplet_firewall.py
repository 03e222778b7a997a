# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module droplet_firewall with files of its own and a UFW that keeps its rules."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _firewall, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.modules import droplet_firewall

ASKED = {"rules": ["deny in on odn-+", "limit 22/tcp"], "after": "*filter\n:DOCKER-USER\nCOMMIT\n", "after6": "six\n"}


class Ufw:
    """Rules in memory, and the file that was there when UFW last read it."""

    def __init__(self) -> None:
        self.rules = ["allow 9100/tcp"]
        self.active = False
        self.changes: list[str] = []
        self.loaded = ""
        self.broken = False

    def run(self, argv: t.Sequence[str], **unused: t.Any) -> Result:
        words = " ".join(argv[1:])
        if words == "status":
            return Result(tuple(argv), 0, f"Status: {'active' if self.active else 'inactive'}\n", "")
        if words == "show added":
            return Result(tuple(argv), 0, "".join(f"ufw {rule}\n" for rule in self.rules), "")
        if self.broken:
            raise CommandError(argv, 1)
        self.changes.append(words)
        if words in ("--force enable", "reload"):
            self.active, self.loaded = True, Path(_firewall.AFTER).read_text()
        elif argv[1] == "prepend":
            self.rules.insert(0, " ".join(argv[2:]))
        else:
            self.rules.append(words)
        return Result(tuple(argv), 0, "", "")


Call = t.Callable[..., dict[str, t.Any]]


@pytest.fixture(name="ufw")
def fixture_ufw(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ufw:
    ufw = Ufw()
    for name in ("UFW", "DEFAULTS", "AFTER", "AFTER6", "STAMP"):
        monkeypatch.setattr(_firewall, name, str(tmp_path / name))
    for name in ("UFW", "AFTER"):
        (tmp_path / name).write_text("# UFW's own\n")
    # Root's on a droplet; here whoever's who runs the tests.
    monkeypatch.setattr(_tree, "find_uid", lambda unused: os.getuid())
    monkeypatch.setattr(_tree, "find_gid", lambda unused: os.getgid())
    monkeypatch.setattr(_firewall, "STAMP_ACCESS", Access(os.getuid(), os.getgid(), 0o644))
    monkeypatch.setattr(_command, "run", ufw.run)
    return ufw


@pytest.fixture(name="call")
def fixture_call(capsys: pytest.CaptureFixture[str], ufw: Ufw, tmp_path: Path) -> Call:
    def state() -> dict[str, t.Any]:
        return {"ufw": list(ufw.changes), **{path.name: path.read_bytes() for path in tmp_path.iterdir()}}

    def call(check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        before = state()
        with (
            patch_module_args({**ASKED, **params, "_ansible_check_mode": check, "_ansible_diff": True}),
            pytest.raises(SystemExit),
        ):
            droplet_firewall.main()
        assert not check or state() == before
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


def test_check_make_check_again(call: Call, ufw: Ufw, tmp_path: Path) -> None:
    planned = call(check=True)
    made = call()
    assert planned == made and made["changed"]
    assert ufw.rules == ["deny in on odn-+ comment ipai.odoo", "allow 9100/tcp", "limit 22/tcp comment ipai.odoo"]
    assert ufw.loaded.startswith("# UFW's own\n# BEGIN ipai.odoo\n*filter\n:DOCKER-USER\n")
    assert "six\n" in (tmp_path / "AFTER6").read_text()
    assert (tmp_path / "DEFAULTS").read_text() == "IPT_SYSCTL=\n"
    for check in (True, False):
        again = call(check=check)
        assert not again["changed"] and again["commands"] == []


def test_a_changed_file_is_read_again(call: Call, ufw: Ufw) -> None:
    call()
    for check in (True, False):
        result = call(check=check, after="other\n")
        assert result["changed"] and result["commands"] == ["ufw reload"]
    assert "other\n" in ufw.loaded
    assert not call(after="other\n")["changed"]


def test_a_run_that_was_cut_off_is_finished_by_the_next(call: Call, ufw: Ufw) -> None:
    call()
    ufw.broken = True
    assert call(after="other\n")["failed"]
    ufw.broken = False
    assert call(after="other\n")["commands"] == ["ufw reload"]
    assert "other\n" in ufw.loaded
