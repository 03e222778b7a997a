# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clear what interrupted git commands have left behind in a folder of checkouts.

A killed git leaves its lock files, and each later one refuses to work because
of them. A killed clone leaves a folder that is none, and a power cut may leave
empty objects: such checkouts are removed, to be cloned anew. Called after git
has failed; says what it has removed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

#: Seconds to wait for a git that is still at work, such as that of a run whose connection was cut.
PATIENCE = 600
PAUSE = 1.0
GIT = shutil.which("git") or "/usr/bin/git"
#: What a checkout must be able to answer: it has a commit, its history, and the files of the commit.
QUESTIONS = (
    ("rev-parse", "--quiet", "--verify", "HEAD^{commit}"),
    ("fsck", "--connectivity-only", "--no-dangling", "--no-progress"),
    ("archive", "--format=tar", "--output=/dev/null", "HEAD"),
)


def at_work(folder: str) -> bool:
    """Whether a git works in the folder: it, or what started it, is there."""
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as stream:
                if not stream.read().startswith("git"):
                    continue
            where = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if where == folder or where.startswith(folder + os.sep):
            return True
    return False


def sound(checkout: str) -> bool:
    """Whether there is a commit, and all that it needs."""
    # Not a repository that happens to be around it.
    environment = {**os.environ, "GIT_DIR": os.path.join(checkout, ".git")}
    for question in QUESTIONS:
        done = subprocess.run([GIT, *question], cwd=checkout, env=environment, capture_output=True, check=False)
        if done.returncode != 0:
            return False
    return True


def mend(folder: str) -> list[str]:
    """Remove what is in the way; returns what it was."""
    removed = []
    for name in sorted(os.listdir(folder)):
        checkout = os.path.join(folder, name)
        if not os.path.isdir(checkout) or os.path.islink(checkout):
            continue
        for place, _folders, files in os.walk(os.path.join(checkout, ".git")):
            for lock in sorted(file for file in files if file.endswith(".lock")):
                os.unlink(os.path.join(place, lock))
                removed.append(os.path.join(place, lock))
        if not sound(checkout):
            shutil.rmtree(checkout)
            removed.append(checkout)
    return removed


def main() -> None:
    folder = os.path.realpath(sys.argv[1])
    if not os.path.isdir(folder):
        return
    end = time.monotonic() + PATIENCE
    while at_work(folder):
        if time.monotonic() > end:
            sys.exit(f"git is still at work in {folder}")
        time.sleep(PAUSE)
    for path in mend(folder):
        print(f"removed {path}")


if __name__ == "__main__":
    main()
