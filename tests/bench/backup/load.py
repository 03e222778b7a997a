# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steady load of requests: people who come in, and people who are in and read.

Requests begin at fixed times, whether the earlier ones are answered or not, and count from the time at which they
should have begun: a server that stands still for a second is seen by all who come in that second.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lab import web
from lab.droplets import Droplet

#: Requests a second, and each how manieth is for the login page: below what nginx allows one address.
RATE = 8
LOGIN = 8
READ = {"model": "res.partner", "method": "web_search_read", "args": []}
READ_WHAT = {
    "domain": [],
    "limit": 40,
    "specification": {"display_name": {}, "email": {}, "country_id": {"fields": {}}},
}


@dataclass
class Window:
    """What was seen in some stretch of time: seconds of the requests that were answered well, and the others."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def figures(self) -> dict[str, float]:
        ranked = sorted(self.seconds)
        return {
            "requests": len(ranked) + self.errors,
            "errors": self.errors,
            "p50": ranked[len(ranked) // 2] * 1000,
            "p95": ranked[int(len(ranked) * 0.95)] * 1000,
        }


class Load:
    """The load, running; what is answered counts for the window that is open."""

    def __init__(self, droplet: Droplet) -> None:
        self._site = web.Site(droplet.site("erp"), droplet.address)
        self._site.login("admin", droplet.secret("erp", "admin_password"))
        self._visitor = web.Site(droplet.site("erp"), droplet.address)
        self._window = Window()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(32)
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Load:
        self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._clock.join()
        self._pool.shutdown(cancel_futures=True)

    @contextmanager
    def window(self, into: Window) -> Any:
        """Count what begins while the context lasts."""
        self._window = into
        try:
            yield
        finally:
            self._window = Window()

    def _tick(self) -> None:
        begin = time.monotonic()
        for number in count():
            due = begin + number / RATE
            if self._ended.wait(max(0.0, due - time.monotonic())):
                return
            self._pool.submit(self._ask, number, due, self._window)

    def _ask(self, number: int, due: float, window: Window) -> None:
        try:
            if number % LOGIN == 0:
                good = self._visitor.fetch("/web/login").status == 200
            else:
                call = {"jsonrpc": "2.0", "id": number, "method": "call", "params": {**READ, "kwargs": READ_WHAT}}
                answer = self._site.post_json("/web/dataset/call_kw/res.partner/web_search_read", call)
                good = answer.status == 200 and "result" in answer.json()
        except (OSError, ValueError):
            good = False
        if good:
            window.seconds.append(time.monotonic() - due)
        else:
            window.errors += 1
