# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import filestore


@pytest.fixture
def live(tmp_path: Path) -> Path:
    folder = tmp_path / "live"
    for name in ("aa/aa1", "aa/aa2", "bb/bb1", "checklist/aa/aa2"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_mirror_is_the_same_files(live: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backup" / "copy"
    assert filestore.mirror(str(live), str(copy)) == filestore.Mirrored(added=3, removed=0, files=3)
    assert tree(copy) == {name: name for name in ("aa/aa1", "aa/aa2", "bb/bb1")}, "and without the collector's notes"
    assert (copy / "aa/aa1").stat().st_ino == (live / "aa/aa1").stat().st_ino


def test_mirror_follows(live: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    filestore.mirror(str(live), str(copy))
    before = (copy / "aa/aa1").stat().st_ctime_ns
    (live / "aa/aa2").unlink()
    (live / "bb/bb1").unlink()
    (live / "bb").rmdir()
    (live / "cc").mkdir()
    (live / "cc/cc1").write_text("new")
    assert filestore.mirror(str(live), str(copy)) == filestore.Mirrored(added=1, removed=2, files=2)
    assert tree(copy) == {"aa/aa1": "aa/aa1", "cc/cc1": "new"}
    assert not (copy / "bb").exists()
    assert (copy / "aa/aa1").stat().st_ctime_ns == before, "what did not change is not to be read again"
    assert filestore.mirror(str(live), str(copy)) == filestore.Mirrored(added=0, removed=0, files=2)


def test_mirror_takes_what_has_replaced_a_file(live: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    (live / "aa/aa1").write_text("damaged")
    filestore.mirror(str(live), str(copy))
    good = live / "aa/good"
    good.write_text("aa/aa1")
    good.rename(live / "aa/aa1")
    assert filestore.mirror(str(live), str(copy)) == filestore.Mirrored(added=1, removed=0, files=3)
    assert (copy / "aa/aa1").read_text() == "aa/aa1"
    assert (copy / "aa/aa1").stat().st_ino == (live / "aa/aa1").stat().st_ino


def test_mirror_survives_what_the_live_one_loses(live: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    filestore.mirror(str(live), str(copy))
    (live / "aa/aa1").unlink()
    assert (copy / "aa/aa1").read_text() == "aa/aa1"


def test_mirror_leaves_links_out(live: Path, tmp_path: Path) -> None:
    os.symlink("/etc/passwd", live / "aa/link")
    os.symlink("/etc", live / "folder")
    filestore.mirror(str(live), str(tmp_path / "copy"))
    assert set(tree(tmp_path / "copy")) == {"aa/aa1", "aa/aa2", "bb/bb1"}


def test_mirror_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        filestore.mirror(str(tmp_path / "none"), str(tmp_path / "copy"))


def test_missing(live: Path) -> None:
    names = ["bb/bb1", "aa/aa1", "aa/aa9", "zz/zz1"]
    assert filestore.missing(str(live), names) == ["aa/aa9", "zz/zz1"]
    assert filestore.missing(str(live), []) == []


def test_size(live: Path) -> None:
    assert filestore.size(str(live / "aa")) == len("aa/aa1") * 2
    assert filestore.size(str(live / "none")) == 0
