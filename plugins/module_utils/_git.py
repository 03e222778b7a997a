# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Questions to git repositories that lie on the droplet.  Nothing here reaches out."""

from __future__ import annotations

import os

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, run

TIMEOUT = 120.0


def head(path: str) -> str | None:
    """The full id of the commit that is checked out, ``None`` when there is no repository at ``path``."""
    if not os.path.exists(os.path.join(path, ".git")):
        return None
    result = run(["git", "-C", path, "rev-parse", "--verify", "HEAD^{commit}"], check=True, timeout=TIMEOUT)
    return result.stdout.strip()


def modules(path: str, tree: str) -> list[str]:
    """The folders of ``tree`` that hold an Odoo module, by their names.

    :raises CommandError: there is no such tree.
    """
    listed = run(
        ["git", "-C", path, "ls-tree", "-r", "-z", "--name-only", "--full-tree", tree], check=True, timeout=TIMEOUT
    )
    parts = (name.split("/") for name in listed.stdout.split("\0"))
    return sorted(part[0] for part in parts if len(part) == 2 and part[1] == "__manifest__.py")


def has_submodules(path: str, commit: str) -> bool:
    """Whether the commit asks for other repositories inside this one; an archive of it lacks them."""
    listed = run(["git", "-C", path, "ls-tree", "--name-only", commit, ".gitmodules"], check=True, timeout=TIMEOUT)
    return bool(listed.stdout.strip())


def archive(path: str, tree: str, destination: str) -> None:
    """Write the files of ``tree`` as a tar file, as they were committed."""
    run(
        ["git", "-C", path, "archive", "--format=tar", f"--output={destination}", tree],
        check=True,
        timeout=TIMEOUT,
    )


__all__ = ["CommandError", "archive", "has_submodules", "head", "modules"]
