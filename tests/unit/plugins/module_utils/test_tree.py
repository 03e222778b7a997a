# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and directories on a real file system, owned by whoever runs the tests."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._tree import Change, Wanted

ME = {"owner": str(os.getuid()), "group": str(os.getgid())}


def wanted(path: Path, content: str | None, mode: str = "0644") -> Wanted:
    return Wanted(str(path), None if content is None else content.encode(), mode=mode, **ME)


def apply(changes: t.Iterable[Change]) -> None:
    for change in changes:
        _tree.put(change)


def test_two_hosts_of_a_droplet_make_the_same_directory(tmp_path: Path) -> None:
    directory = Wanted(str(tmp_path / "shared" / "settings"), None, mode="0750", directory=True, **ME)
    first, second = _tree.plan([directory]), _tree.plan([directory])
    apply(first)
    apply(second)
    assert stat.S_IMODE((tmp_path / "shared" / "settings").stat().st_mode) == 0o750
    assert _tree.plan([directory]) == []


class TestPlan:
    def test_new_same_changed_and_gone(self, tmp_path: Path) -> None:
        for name in ("same", "changed", "gone"):
            (tmp_path / name).write_text(name)
            (tmp_path / name).chmod(0o644)
        files = [
            wanted(tmp_path / "new", "new"),
            wanted(tmp_path / "same", "same"),
            wanted(tmp_path / "changed", "else"),
            wanted(tmp_path / "gone", None),
            wanted(tmp_path / "never", None),
        ]
        changes = _tree.plan(files)
        assert [Path(change.path).name for change in changes] == ["new", "changed", "gone"]
        apply(changes)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["changed", "new", "same"]
        assert _tree.plan(files) == []

    def test_mode_alone(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        (tmp_path / "file").chmod(0o600)
        changes = _tree.plan([wanted(tmp_path / "file", "x")])
        assert len(changes) == 1
        assert changes[0].diff()["before"] == changes[0].diff()["after"]
        assert "0600" in changes[0].diff()["before_header"]

    def test_links_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("/etc/hostname")
        with pytest.raises(FileError, match="is a link"):
            _tree.plan([wanted(tmp_path / "link", "x")])

    def test_group_that_is_not_there_yet(self, tmp_path: Path) -> None:
        file = Wanted(str(tmp_path / "x"), b"x", ME["owner"], "no-such-group")
        assert len(_tree.plan([file], dry_run=True)) == 1

    def test_directories_are_open_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o077)
        try:
            apply(_tree.plan([wanted(tmp_path / "a/b/file", "x")]))
        finally:
            os.umask(before)
        assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b")] == [0o755, 0o755]


class TestValidate:
    @pytest.mark.parametrize("argv", [("grep", "-q", "good", "%s"), ()])
    def test_accepted(self, tmp_path: Path, argv: tuple[str, ...]) -> None:
        file = Wanted(str(tmp_path / "file"), b"good\n", validate=argv, **ME)
        apply(_tree.plan([file]))
        assert (tmp_path / "file").read_text() == "good\n"

    @pytest.mark.parametrize("argv", [("grep", "-q", "good", "%s"), ("/no/such/program", "%s")])
    def test_refused_file_leaves_the_old_one(self, tmp_path: Path, argv: tuple[str, ...]) -> None:
        (tmp_path / "file").write_text("old")
        file = Wanted(str(tmp_path / "file"), b"bad\n", validate=argv, **ME)
        with pytest.raises(FileError, match="was left as it was"):
            apply(_tree.plan([file]))
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]


def test_purge_takes_files_that_nobody_wants(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    wish = [Wanted(str(folder), None, mode="0755", directory=True, purge=True, **ME), wanted(folder / "kept", "x")]
    assert len(_tree.plan(wish, dry_run=True)) == 2, "what is not there has nothing to purge"
    apply(_tree.plan(wish))
    (folder / "stranger").touch()
    (folder / "inside").mkdir()
    (folder / "link").symlink_to("kept")
    assert [change.path for change in _tree.plan(wish)] == [str(folder / "stranger")]
    apply(_tree.plan(wish))
    assert sorted(path.name for path in folder.iterdir()) == ["inside", "kept", "link"]


class TestDirectories:
    def test_made_then_kept(self, tmp_path: Path) -> None:
        home = [
            Wanted(str(tmp_path / name), None, mode=mode, directory=True, **ME)
            for name, mode in (("deep/home", "0750"), ("deep/home/data", "0700"))
        ]
        changes = _tree.plan(home)
        assert [change.diff()["after"] for change in changes] == ["directory\n", "directory\n"]
        apply(changes)
        assert [stat.S_IMODE(Path(item.path).stat().st_mode) for item in home] == [0o750, 0o700]
        assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o755
        assert _tree.plan(home) == []

    def test_mode_is_mended(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir(0o755)
        apply(_tree.plan([Wanted(str(tmp_path / "data"), None, mode="0700", directory=True, **ME)]))
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700

    def test_file_in_the_way(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("x")
        with pytest.raises(FileError, match="is not a directory"):
            _tree.plan([Wanted(str(tmp_path / "data"), None, directory=True, **ME)])

    def test_nothing_is_made_by_planning(self, tmp_path: Path) -> None:
        files = [Wanted(str(tmp_path / "a"), None, directory=True, **ME), wanted(tmp_path / "a/b", "x")]
        assert len(_tree.plan(files, dry_run=True)) == 2
        assert list(tmp_path.iterdir()) == []
