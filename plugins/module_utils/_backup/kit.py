# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The recovery kit: a file on the controller with what opens the backups of a host when its droplet is gone.

It is YAML that C(ansible-playbook -e @kit) takes as it is, with words for a reader who knows nothing else.  By default
it lies beside the inventory, where Ansible parses every file but those with endings such as C(.txt), and would show the
lines around a mistake in one.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    access_of,
    make_private_directory,
    set_access,
    write_atomic,
)

HEADER = """\
# RECOVERY KIT of {host}: SECRET. Whoever has this file can read the backups of {host}.
# Nobody can read them without it: keep a copy where the droplet's fate does not reach it, such as a password manager.
#
{lines}
#
# Written by Ansible, which compares it with the droplet in each run. It may be encrypted with ansible-vault.
---
"""
VAULT = b"$ANSIBLE_VAULT"
#: Beside the kits.
NEIGHBOURS = {
    ".gitignore": b"# Nothing in here belongs into a repository.\n*\n",
    # Of a folder without an inventory in it, Ansible warns in each run.
    "no_hosts.yml": b"# Ansible looks for hosts in here, too, and finds none.\nall: {}\n",
}


class KitError(Exception):
    """A recovery kit is not what it should be.  The text is for the operator and never holds a secret."""


def render(host: str, notes: t.Sequence[str], body: str) -> str:
    """The text of a kit; ``body`` is its variables as YAML."""
    lines = "\n".join(f"# {line}".rstrip() for line in "\n".join(notes).split("\n"))
    return HEADER.format(host=host, lines=lines) + body


def check(path: str, found: t.Any, variables: t.Mapping[str, t.Any], keys: t.Iterable[str]) -> bool:
    """Whether a kit holds what it should; a key that differs is no matter for us to decide.

    :param found: what was read from it.
    :param keys: the variables that nothing can replace.
    """
    if not isinstance(found, t.Mapping):
        raise KitError(f"the recovery kit {path} is not a list of variables. Move it away, and a new one is written")
    for key in keys:
        if found.get(key) not in (None, variables[key]):
            raise KitError(
                f"the recovery kit {path} holds another {key} than the droplet, so it would not open the backups that"
                " are made now. Nothing was changed. If the droplet is right (its backups are the ones you want), move"
                " the kit away, keep it, and run again: a new one is written. If the kit is right, see the runbook"
            )
    return all(found.get(name) == value for name, value in variables.items())


def write(path: str, text: str) -> None:
    """Put a kit in its place, for its owner only, where git does not take it."""
    owner, group = os.geteuid(), os.getegid()
    folder = os.path.dirname(path)
    make_private_directory(folder, Access(owner, group, 0o700))
    for name, content in NEIGHBOURS.items():
        if not os.path.exists(os.path.join(folder, name)):
            write_atomic(os.path.join(folder, name), content, Access(owner, group, 0o600))
    write_atomic(path, text.encode(), Access(owner, group, 0o600))


def open_to_others(path: str) -> bool:
    """Whether somebody else could read the kit."""
    access = access_of(path)
    return access is not None and bool(access.mode & 0o077)


def close(path: str) -> None:
    """Let nobody but its owner read the kit."""
    access = access_of(path)
    if access is None:
        raise FileError(f"{path} is gone")
    set_access(path, Access(access.uid, access.gid, 0o600))


def encrypted(path: str) -> bool:
    """Whether the kit is a file of ansible-vault."""
    with open(path, "rb") as stream:
        return stream.read(len(VAULT)) == VAULT
