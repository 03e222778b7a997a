# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.module_utils._release import builder, directory
from ansible_collections.ipai.odoo.plugins.modules import odoo_release

DIGEST = "odoo@sha256:" + "1" * 64
BASE = {"Id": "sha256:1", "RepoDigests": [DIGEST], "Config": {"Labels": {}}}


class Engine:
    """A Docker Engine with a base image to pull, and what was built."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: bool = True) -> None:
        self.images: dict[str, dict[str, t.Any]] = {}
        self.answers = answers
        self.done: list[str] = []
        self.members: list[str] = []
        self.dockerfile = ""
        for name in ("available", "image", "image_pull", "image_run", "image_build"):
            monkeypatch.setattr(_stack, name, getattr(self, name))

    def available(self) -> bool:
        return self.answers

    def image(self, name: str) -> dict[str, t.Any] | None:
        return self.images.get(name)

    def image_pull(self, name: str, timeout: float) -> None:
        self.done.append(f"pull {name}")
        self.images[name] = BASE

    def image_run(self, name: str, script: str) -> str:
        return f"{os.getuid() or 100}\n{os.getgid() or 101}\n"

    def image_build(self, directory: str, name: str, labels: dict[str, str], timeout: float) -> None:
        self.done.append(f"build {name}")
        self.images[name] = {"Id": "sha256:2", "Config": {"Labels": labels}}
        self.dockerfile = Path(directory, "Dockerfile").read_text()
        for path in Path(directory, "addons").glob("*.tar"):
            with tarfile.open(path) as archive:
                self.members += archive.getnames()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment's directory with a repository of two modules, one of them in a subfolder."""
    for name in ("chown", "lchown", "fchown"):
        monkeypatch.setattr(os, name, lambda *arguments: None)
    monkeypatch.setattr(builder, "close", lambda path, check_mode: False)
    monkeypatch.setattr(builder, "MANIFEST_ACCESS", Access(os.getuid(), os.getgid(), 0o640))
    source = tmp_path / "erp" / "src" / "own"
    for module in ("first", "sub/second"):
        (source / module).mkdir(parents=True)
        (source / module / "__manifest__.py").write_text("{}")
    git = ["git", "-C", str(source), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    return tmp_path / "erp"


def call(capsys: pytest.CaptureFixture[str], home: Path, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
    arguments = {
        "environment": "erp",
        "series": "19.0",
        "base_image": "odoo:19.0",
        "directory": str(home),
        "ca_directory": str(home / "none"),
        "_ansible_check_mode": check,
        "_ansible_diff": True,
        **params,
    }
    with patch_module_args(arguments), pytest.raises(SystemExit):
        odoo_release.main()
    return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))


def test_nothing_is_there_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Engine(monkeypatch, answers=False)
    result = call(capsys, tmp_path / "erp", check=True, repositories={"own": "."})
    assert result["changed"]
    assert result["release"]["image"] == "ipai/erp:19.0-pending"
    assert result["release"]["addons_path"] == ["/opt/ipai/addons/own"]
    assert not list(tmp_path.iterdir())


def test_check_build_again(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(monkeypatch)
    engine.images["odoo:19.0"] = BASE
    planned = call(capsys, home, check=True, repositories={"own": "."})
    assert planned["changed"]
    assert engine.done == []
    made = call(capsys, home, repositories={"own": "."})
    again = call(capsys, home, repositories={"own": "."})
    assert not again["changed"]
    assert again["release"] == made["release"]
    assert made["built"]
    assert made["release"]["tag"] == planned["release"]["tag"]
    assert engine.done == [f"build {made['release']['image']}"]
    assert "first/__manifest__.py" in engine.members
    assert json.loads((home / "release.json").read_text()) == made["release"]
    assert not (home / "release").exists()


def test_commit_that_is_not_checked_out_yet(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(monkeypatch)
    made = call(capsys, home, repositories={"own": "."})
    now = made["release"]["commits"]
    assert not call(capsys, home, check=True, repositories={"own": "."}, commits=now)["changed"]
    planned = call(capsys, home, check=True, repositories={"own": "."}, commits={"own": "a" * 40})
    assert planned["changed"]
    assert planned["release"]["tag"] != made["release"]["tag"]
    # The same base image: what the later tasks look ahead with is known.
    assert planned["release"]["uid"] == made["release"]["uid"] != 0
    assert planned["release"]["gid"] == made["release"]["gid"] != 0
    # What is only known by its branch.
    planned = call(capsys, home, check=True, repositories={"own": "."}, commits={"own": "18.0"})
    assert planned["changed"]
    assert planned["release"]["image"] == "ipai/erp:19.0-pending"
    # Another base image may have another user.
    engine.images["odoo:20.0"] = {"Id": "sha256:3", "Config": {"Labels": {}}}
    planned = call(capsys, home, check=True, repositories={"own": "."}, base_image="odoo:20.0")
    assert planned["release"]["uid"] == 0


def test_base_image_is_pinned(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run may pull another image of that name at any time."""
    engine = Engine(monkeypatch)
    call(capsys, home)
    assert f"FROM {DIGEST}\n" in engine.dockerfile


def test_one_at_a_time(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(monkeypatch)
    with _lock.hold(_lock.environment("erp")):
        result = call(capsys, home, timeout=0)
        assert result["failed"] and "another run has had it" in result["msg"] and engine.done == []
        # Nothing is changed: nobody to wait for.
        assert call(capsys, home, check=True, timeout=0)["changed"]
    assert call(capsys, home)["built"]


def test_only_root_gets_in(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(monkeypatch)
    call(capsys, home)
    engine.done.clear()
    monkeypatch.setattr(builder, "close", lambda *arguments: not engine.done.append(f"close {arguments}"))
    for check in (True, False):
        assert call(capsys, home, check=check)["changed"]
    assert engine.done == [f"close {(str(home), check)}" for check in (True, False)]


@pytest.mark.parametrize("there", [True, False])
def test_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    given = []
    monkeypatch.setattr(os, "chown", lambda *arguments: given.append(arguments))
    path = tmp_path / "erp"
    if there:
        path.mkdir()
        path.chmod(0o755)
    assert directory.close(str(path), check_mode=True)
    assert path.exists() == there and not given
    assert directory.close(str(path), check_mode=False)
    assert given == [(str(path), 0, 0)] and stat.S_IMODE(path.stat().st_mode) == 0o700


def test_folder_of_modules(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(monkeypatch)
    call(capsys, home, repositories={"own": "sub"})
    assert engine.done[0] == "pull odoo:19.0"
    assert engine.members == ["second", "second/__manifest__.py"]


@pytest.mark.parametrize(
    ("folder", "words"), [("sub/second", "no Odoo module"), ("nowhere", "has no folder nowhere"), ("..", "leads out")]
)
def test_wrong_folder(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: str, words: str
) -> None:
    engine = Engine(monkeypatch)
    result = call(capsys, home, repositories={"own": folder})
    assert result["failed"]
    assert words in result["msg"]
    assert not [step for step in engine.done if step.startswith("build")]


def test_submodules_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive would leave them out, and nobody would say so."""
    engine = Engine(monkeypatch)
    source = home / "src" / "own"
    (source / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = https://example.com/x\n')
    git = ["git", "-C", str(source), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    result = call(capsys, home, repositories={"own": "sub"})
    assert result["failed"]
    assert "repository own has git submodules" in result["msg"]
    assert not [step for step in engine.done if step.startswith("build")]


def test_repository_that_is_missing(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Engine(monkeypatch)
    result = call(capsys, home, repositories={"other": "."})
    assert result["failed"]
    assert "src/other" in result["msg"]
