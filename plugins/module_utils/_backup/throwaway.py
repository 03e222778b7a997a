# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A database server that lives for one drill: no network, no promises to survive, and nothing of it stays."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server, exchange
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: Marks containers that may be removed whenever nobody works with them.
LABEL = "ipai.odoo.throwaway"
#: Seconds until a server must answer; one that replays WAL is waited for elsewhere.
START = 120.0
#: A crash costs nothing here, so nothing waits for the disk.
CARELESS = {
    "archive_mode": "off",
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
#: What the image's entrypoint needs to give its folder to PostgreSQL's user and to become that.
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")


@contextlib.contextmanager
def server(name: str, image: str, folder: str, memory_mb: int = 1024) -> t.Iterator[Server]:
    """An empty server in the container ``name``, without a network; it and its files are gone afterwards.

    Whoever is in its network namespace (``--network container:<name>``) may log in as anybody, without a password.

    :param folder: where its files lie; must not exist, or be what a killed run has left.
    :raises CommandError: Docker refuses, or the server does not start.
    """
    remove(name, folder)
    # Others on the droplet are kept out by the folder; the server's own user owns what is in it.
    os.makedirs(folder, mode=0o700)
    settings = {**CARELESS, "shared_buffers": f"{memory_mb // 4}MB", "maintenance_work_mem": f"{memory_mb // 8}MB"}
    options = ["--network", "none", "--label", f"{LABEL}={name}", "--memory", f"{memory_mb}m", "--shm-size", "256m"]
    options += ["--cpu-shares", "256", "--log-driver", "journald", "--log-opt", f"tag={LABEL}/{name}"]
    options += ["--env", "POSTGRES_HOST_AUTH_METHOD=trust", "--env", "POSTGRES_INITDB_ARGS=--auth-local=trust"]
    # The image's entrypoint starts as root, gives the new data directory to its user and becomes that user.
    options += ["--cap-drop", "ALL", *(f"--cap-add={one}" for one in CAPABILITIES)]
    options += ["--security-opt", "no-new-privileges:true", "--pids-limit", "256"]
    # Where the image looks for data differs between major versions; this is the same for all.
    options += ["--env", "PGDATA=/throwaway/data", "--volume", f"{folder}/data:/throwaway/data"]
    options += exchange(folder)
    command = ["postgres", *(part for key, value in settings.items() for part in ("-c", f"{key}={value}"))]
    try:
        _stack.container_run(name, image, options, command)
        found = Server(name)
        wait(found)
        yield found
    finally:
        remove(name, folder)


def wait(found: Server, timeout: float = START) -> None:
    """Wait until the server takes connections.

    :raises CommandError: it has ended, or does not take any in time; carries its last words.
    """
    end = time.monotonic() + timeout
    # Over TCP: while the image prepares the server, it listens on the socket alone.
    question = ["pg_isready", "--quiet", "--host=127.0.0.1"]
    while not _stack.container_exec(found.name, question, user="postgres", check=False).ok:
        document = _stack.container(found.name)
        if document is None or not _stack.running(document) or time.monotonic() > end:
            raise CommandError(
                ["docker", "run", found.name], 1, reason=f"does not start: {_stack.logs(found.name, 20)}"
            )
        time.sleep(0.2)


def remove(name: str, folder: str, label: str = LABEL) -> None:
    """Remove the container and its files, should they be there; also what a killed run has left.

    :raises CommandError: the container lacks the label, and is somebody else's.
    """
    document = _stack.container(name)
    if document is not None:
        if label not in ((document.get("Config") or {}).get("Labels") or {}):
            raise CommandError(
                ["docker", "rm", name], 1, reason="a container of this name is somebody else's: rename it"
            )
        _stack.container_remove(name)
    shutil.rmtree(folder, ignore_errors=True)
