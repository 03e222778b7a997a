# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is outside the droplets: visitors with addresses of their own, what they reach, and where mail would arrive."""

from __future__ import annotations

import contextlib
import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lab.places import DROPLET_IMAGE, HOME, NETWORK, WORLD_CONTAINER
from lab.tools import run


@dataclass(frozen=True)
class Visitor:
    """A container outside the droplets with an address of its own, which runs what it is called with."""

    name: str
    address: str

    def __call__(self, source: str, *arguments: str, timeout: float = 120) -> Any:
        """Run Python there; its output is JSON."""
        argv = ["docker", "exec", "--interactive", self.name, "python3", "-", *arguments]
        return json.loads(run(argv, stdin=source, timeout=timeout).stdout)


#: Addresses of visitors to come: who was banned does not come again.
_FREE = random.sample(range(100, 200), 100)


@contextlib.contextmanager
def visitor() -> Iterator[Visitor]:
    """A throw-away visitor, for everything that may earn a ban."""
    assert DROPLET_IMAGE, "IPAI_LAB_IMAGE_trixie is not set: start the tests with scripts/lab.sh test"
    name = f"ipai-lab-visitor-{uuid.uuid4().hex[:8]}"
    for attempt in range(5):
        address = f"172.30.10.{_FREE.pop()}"
        argv = ["docker", "run", "--detach", "--rm", "--name", name, "--network", NETWORK, "--ip", address]
        argv += ["--volume", f"{HOME}:/lab:ro", "--entrypoint", "sleep", DROPLET_IMAGE, "3600"]
        if run(argv, check=attempt == 4).returncode == 0:
            break
        run(["docker", "rm", "--force", name], check=False)
    try:
        yield Visitor(name, address)
    finally:
        run(["docker", "rm", "--force", name], check=False)


# Tries each [host, port] of a JSON list; prints a JSON list of words: open, refused, timeout, unresolved or the error.
CONNECT = """
import concurrent.futures, json, socket, sys
def attempt(target):
    host, port = target
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return "unresolved"
    try:
        socket.create_connection(found[0][4], timeout=3).close()
        return "open"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return error.strerror or repr(error)
targets = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(attempt, targets))))
"""


def reach(where: Callable[..., Any], targets: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What each target answers; `where` runs Python somewhere: a visitor, or partial(droplet.inside, container)."""
    words = where(CONNECT, json.dumps([list(target) for target in targets]))
    return dict(zip(targets, words, strict=True))


def sink_connections(address: str) -> list[str]:
    """Every connection that the outside mail servers saw from one address."""
    done = run(["docker", "exec", WORLD_CONTAINER, "sh", "-c", "cat /sink/connections 2>/dev/null || true"])
    return [line for line in done.stdout.splitlines() if line.endswith(f" from {address}")]


def sink_mails() -> list[str]:
    """File names of the mails that the outside mail servers took."""
    return run(["docker", "exec", WORLD_CONTAINER, "sh", "-c", "ls /sink | grep eml || true"]).stdout.split()
