# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Locks of the droplet: hosts of one run work on it at the same time, and so may two runs.

The kernel lets go of them when their holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: Root's alone: in /run/lock, anybody could make a lock's file first, or hold it for ever.
DIRECTORY = "/run/ipai-odoo"
PAUSE = 0.5
PATIENCE = 3600.0


def environment(name: str) -> str:
    """The lock of what changes the environment ``name``."""
    return f"environment-{name}"


@contextlib.contextmanager
def hold(name: str, timeout: float = PATIENCE, what: str = "another run", *, shared: bool = False) -> t.Iterator[bool]:
    """Be the only one with the lock ``name``; yields whether that had to be waited for.

    :param what: what the holder does, for the message to those who wait in vain; it names the process as well.
    :param shared: others may have it as well, if they share it, too; the message names the last that came.
    :raises CommandError: after ``timeout`` seconds somebody else still has it.
    """
    os.makedirs(DIRECTORY, mode=0o700, exist_ok=True)
    path = os.path.join(DIRECTORY, f"{name}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        waited = _wait(handle, path, timeout, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{what}\n{os.getpid()}".encode(), 0)
        yield waited
    finally:
        os.close(handle)


def _wait(handle: int, path: str, timeout: float, kind: int) -> bool:
    end = time.monotonic() + timeout
    waited = False
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
        else:
            return waited
        if time.monotonic() > end:
            what, _line, process = os.pread(handle, 1000, 0).decode("utf-8", "replace").partition("\n")
            holder = f"{what or 'another run'} has had it for more than {timeout:g} seconds"
            raise CommandError(["flock", path], 124, reason=f"{holder} (process {process or 'unknown'})")
        time.sleep(PAUSE)
