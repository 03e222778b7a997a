# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds and memory of what runs meanwhile."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EVERY = 0.2  # seconds between two looks


@dataclass
class Reading:
    """Of one run.

    :param parts: seconds of each.
    :param program: the most memory that all programs had together, in bytes; pages that they share count once.
    :param server: likewise the server with its shared buffers.
    """

    parts: dict[str, float] = field(default_factory=dict)
    program: int = 0
    server: int = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self.parts[name] = self.parts.get(name, 0.0) + time.monotonic() - begin

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())

    def answer(self) -> dict[str, Any]:
        return {"seconds": self.seconds, **vars(self)}


class Meter:
    """Looks at the processes of this program and of the containers while the context lasts."""

    def __init__(self, server: str, *others: str) -> None:
        self._server = _pid(server)
        self._roots = [os.getpid(), *(_parents()[_pid(name)] for name in (server, *others))]

    @contextmanager
    def measure(self) -> Iterator[Reading]:
        reading, ended = Reading(), threading.Event()
        watch = threading.Thread(target=self._watch, args=(reading, ended), daemon=True)
        watch.start()
        try:
            yield reading
        finally:
            ended.set()
            watch.join()

    def _watch(self, reading: Reading, ended: threading.Event) -> None:
        while not ended.wait(EVERY):
            parents = _parents()
            children: dict[int, list[int]] = {}
            for pid, parent in parents.items():
                children.setdefault(parent, []).append(pid)
            # A container's programs are beside the server, below the one that keeps the container.
            server = _below(children, self._server)
            program = {pid for root in self._roots for pid in _below(children, root)} - server - set(self._roots)
            reading.server = max(reading.server, sum(map(_memory, server)))
            reading.program = max(reading.program, sum(map(_memory, program)))


def _pid(container: str) -> int:
    command = ["docker", "inspect", "--format", "{{.State.Pid}}", container]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


def _parents() -> dict[int, int]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # ended meanwhile
    return found


def _below(children: dict[int, list[int]], root: int) -> set[int]:
    found, left = {root}, [root]
    while left:
        new = children.get(left.pop(), [])
        found.update(new)
        left += new
    return found


def _memory(pid: int) -> int:
    """Its part of what it shares with others; all of that where only its owner may know."""
    for name, word in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                if line.startswith(word):
                    return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0
