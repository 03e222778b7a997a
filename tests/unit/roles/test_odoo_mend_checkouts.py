# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkouts after a kill or a power cut: what stands in git's way goes, what is sound stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "roles" / "odoo" / "files" / "mend_checkouts.py"


def git(checkout: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(checkout), "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True)


def mend(folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder of checkouts, with one in it."""
    checkout = tmp_path / "src" / "own"
    (checkout / "module").mkdir(parents=True)
    (checkout / "module" / "__manifest__.py").write_text("{}")
    # Not what git is in the way of itself.
    (checkout / "uv.lock").write_text("")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        git(checkout, *arguments)
    return checkout.parent


def test_sound_checkout_stays(source: Path) -> None:
    assert mend(source) == []
    assert mend(source.parent / "nowhere") == []
    assert (source / "own" / "uv.lock").exists()


def test_locks_go(source: Path) -> None:
    checkout = source / "own"
    for lock in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (checkout / ".git" / lock).write_text("")
    assert git(checkout, "reset", "--hard", check=False).returncode != 0
    assert len(mend(source)) == 3
    git(checkout, "reset", "--hard")
    assert (checkout / "uv.lock").exists()


@pytest.mark.parametrize("damage", ["no commit", "no repository", "empty object"])
def test_half_checkouts_go(source: Path, damage: str) -> None:
    other = source / "other"
    other.mkdir()
    if damage == "no commit":
        git(other, "init", "-q")
    elif damage == "empty object":
        git(source, "clone", "-q", "--no-hardlinks", "own", "other")
        damaged = next(path for path in (other / ".git" / "objects").glob("??/*"))
        damaged.chmod(0o600)
        damaged.write_text("")
    assert mend(source) == [f"removed {other}"]
    assert not other.exists()
    assert (source / "own").exists()
