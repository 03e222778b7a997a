# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give this checkout the path that Ansible wants: a folder that has ansible_collections/ipai/odoo.

``tree.py link`` prints a folder where that is a link to the checkout (to run playbooks and unit tests).
``tree.py copy NAME`` prints one where it is a copy of the files that git knows or would add (ansible-test
wants a real folder, and nobody writes into the checkout). Unchanged files are left alone, so that the
tools' caches stay valid. Both folders lie in the user's cache, one pair per checkout.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
INSIDE = Path("ansible_collections", "ipai", "odoo")


def cache() -> Path:
    """The user's cache folder for this checkout."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    return Path(root) / "ipai-odoo" / f"tree-{key}"


def files(checkout: Path) -> set[str]:
    """Relative paths of all files that git tracks or would add; every file where there is no git."""
    if not (checkout / ".git").exists():
        return {str(path.relative_to(checkout)) for path in checkout.rglob("*") if not path.is_dir()}
    listed = subprocess.run(
        ["git", "-C", str(checkout), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    # A file that was deleted but not yet committed is listed, and is not there.
    return {name for name in listed.split("\0") if name and os.path.lexists(checkout / name)}


def same(source: Path, target: Path) -> bool:
    """Whether target already is what source is: the same link, or a file of the same content and mode."""
    if source.is_symlink() or target.is_symlink():
        return source.is_symlink() and target.is_symlink() and source.readlink() == target.readlink()
    return (
        target.is_file()
        and source.stat().st_mode == target.stat().st_mode
        and filecmp.cmp(source, target, shallow=False)
    )


def copy(checkout: Path, target: Path) -> None:
    """Make target hold exactly the files of the checkout."""
    wanted = files(checkout)
    for path in sorted(target.rglob("*"), reverse=True):  # what is in a folder comes before the folder
        if path.is_dir() and not path.is_symlink():
            if not os.listdir(path):
                path.rmdir()
        elif str(path.relative_to(target)) not in wanted:
            path.unlink()
    for name in sorted(wanted):
        path = target / name
        if not same(checkout / name, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            shutil.copy2(checkout / name, path, follow_symlinks=False)


def linked() -> Path:
    """The folder where ansible_collections/ipai/odoo is this checkout."""
    if CHECKOUT.parts[-3:] == INSIDE.parts:
        return CHECKOUT.parents[2]
    root = cache() / "link"
    link = root / INSIDE
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and link.readlink() == CHECKOUT):
        link.unlink(missing_ok=True)
        link.symlink_to(CHECKOUT)
    return root


def copied(name: str) -> Path:
    """The folder where ansible_collections/ipai/odoo holds the same files as this checkout."""
    root = cache() / name
    copy(CHECKOUT, root / INSIDE)
    return root


def main(argv: list[str]) -> int:
    """Print the folder to put into ANSIBLE_COLLECTIONS_PATH."""
    if argv == ["link"]:
        print(linked())
    elif len(argv) == 2 and argv[0] == "copy":
        print(copied(argv[1]))
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
