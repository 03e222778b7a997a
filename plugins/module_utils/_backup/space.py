# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Room for what is about to be restored, looked for before anything is touched."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

#: Bytes that stay free for those who go on working.
RESERVE = 512 * 2**20


def database(size: int) -> int:
    """The bytes that a database takes while it is restored: itself, and as much of WAL until that is archived."""
    return 2 * size


def of_server(name: str) -> str:
    """The folder of the droplet that holds a server's data.

    :raises BackupError: there is no such container, or its data is not on the droplet.
    """
    document = _stack.container(name)
    if not _stack.running(document):
        raise BackupError(f"the database server {name} is not running: docker start {name}")
    inside = str(Server(name).value("postgres", "SELECT current_setting('data_directory')"))
    mounts = (document or {}).get("Mounts") or []
    found = [one for one in mounts if os.path.commonpath([one["Destination"], inside]) == one["Destination"]]
    if not found:
        raise BackupError(f"the data of {name} is inside its container ({inside}): run the playbook site")
    return str(max(found, key=lambda one: len(one["Destination"]))["Source"])


def check(needs: t.Iterable[tuple[str, int]]) -> None:
    """Look whether there is room.

    :param needs: (folder, bytes that will be written below it); folders may share a file system.
    :raises BackupError: there is not; says how much is lacking where.
    """
    sums: dict[int, tuple[str, int]] = {}
    for folder, size in needs:
        device = os.stat(folder).st_dev
        first, before = sums.get(device, (folder, 0))
        sums[device] = (first, before + size)
    for folder, size in sums.values():
        found = os.statvfs(folder)
        free = found.f_bavail * found.f_frsize
        if free < size + RESERVE:
            raise BackupError(
                f"not enough room on the file system of {folder}: the restore takes {size / 2**20:.0f} MiB, and"
                f" {RESERVE / 2**20:.0f} MiB shall stay free; {free / 2**20:.0f} MiB are free. Remove former databases"
                " (odoo_restore with state absent) or make the disk larger. Nothing was touched"
            )
