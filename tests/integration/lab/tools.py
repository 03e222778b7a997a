# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs on this machine, which stands outside the droplets, and waiting for what takes its time."""

from __future__ import annotations

import http.client
import json
import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any


def run(
    argv: Sequence[str], *, stdin: str | None = None, timeout: float = 120, check: bool = True, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program; a failure raises AssertionError with what it said."""
    done = subprocess.run(
        list(argv),
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
        **options,
    )
    if check and done.returncode != 0:
        said = (done.stderr or done.stdout)[-3000:]
        raise AssertionError(f"{shlex.join(argv[:8])} ended with {done.returncode}: {said}")
    return done


def until(what: str, probe: Callable[[], Any], *, seconds: float, pause: float = 0.5) -> Any:
    """The first true answer of probe; AssertionError when the deadline passes. Errors of probe count as no answer."""
    deadline = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except (AssertionError, OSError, http.client.HTTPException, subprocess.SubprocessError, ValueError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what} (last: {last!r})")
        time.sleep(pause)


def locally(source: str, *arguments: str) -> Any:
    """Run Python on this machine, which stands outside the droplets."""
    return json.loads(run(["python3", "-", *arguments], stdin=source).stdout)


class Meanwhile:
    """Calls a probe in the background again and again until the block ends; keeps what it returned or raised."""

    def __init__(self, probe: Callable[[], Any], pause: float = 0.2) -> None:
        self.probe, self.pause = probe, pause
        self.results: list[Any] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def _loop(self) -> None:
        while not self._end.is_set():
            try:
                self.results.append(self.probe())
            except Exception as error:  # a dropped request is what it looks for
                self.results.append(error)
            self._end.wait(self.pause)

    def __enter__(self) -> Meanwhile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(timeout=120)
