# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ansible_collections.ipai.odoo importable from any checkout path.

The link lies in the user's cache (scripts/tree.py), never inside the checkout: a tree that contains
itself confuses every tool that walks it.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = subprocess.run(
    [sys.executable, str(ROOT / "scripts" / "tree.py"), "link"],
    check=True,
    stdout=subprocess.PIPE,
    text=True,
).stdout.strip()
if COLLECTIONS not in sys.path:
    sys.path.insert(0, COLLECTIONS)
    importlib.invalidate_caches()
os.environ["ANSIBLE_COLLECTIONS_PATH"] = COLLECTIONS


@pytest.fixture(scope="session")
def root() -> Path:
    """The collection's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def collection_files(root: Path) -> list[Path]:
    """Every file of the collection that git tracks or would add (all files where there is no git)."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        paths = [root / name for name in listed.split("\0") if name]
    else:
        generated = {"__pycache__", ".ansible", ".mypy_cache", ".pytest_cache", ".ruff_cache", "output"}
        paths = [path for path in root.rglob("*") if not generated.intersection(path.relative_to(root).parts)]
    return sorted(path for path in paths if path.is_file())
