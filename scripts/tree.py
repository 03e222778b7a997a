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
    for folder, _, names in os.walk(target, topdown=False):
        for name in names:
            path = Path(folder, name)
            if str(path.relative_to(target)) not in wanted:
                path.unlink()
        if folder != str(target) and not os.listdir(folder):
            os.rmdir(folder)
    for name in sorted(wanted):
        path = target / name
        if not same(checkout / name, path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            shutil.copy2(checkout / name, path, follow_symlinks=False)


def link(checkout: Path, target: Path) -> None:
    """Make target a link to the checkout."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not (target.is_symlink() and target.readlink() == checkout):
        target.unlink(missing_ok=True)
        target.symlink_to(checkout)


def main(argv: list[str]) -> int:
    """Print the folder to put into ANSIBLE_COLLECTIONS_PATH."""
    if argv == ["link"]:
        root = cache() / "link"
        link(CHECKOUT, root / INSIDE)
    elif len(argv) == 2 and argv[0] == "copy":
        root = cache() / argv[1]
        copy(CHECKOUT, root / INSIDE)
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    print(root)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
