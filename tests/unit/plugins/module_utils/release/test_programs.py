# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The healthcheck, run as a program against an HTTP server that answers as Odoo does, or does not."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._release.programs import ENTRYPOINT, HEALTHCHECK

PAGE = '<link href="/web/assets/1/web.css"/><form action="/web/login">'
#: Path → status, Location, body.
Site = dict[str, tuple[int, str, str]]
HEALTHY: Site = {"/web/login": (200, "", PAGE), "/web/assets/1/web.css": (200, "", "a{}")}


@pytest.fixture
def check(tmp_path: Path) -> t.Iterator[t.Callable[[Site], tuple[int, str]]]:
    site: Site = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, location, body = site.get(self.path, (404, "", "not here"))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: t.Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    text = HEALTHCHECK
    for old, new in (("PORT = 8069", f"PORT = {server.server_port}"), ("/tmp/", f"{tmp_path}/")):
        assert old in text
        text = text.replace(old, new)

    def run(pages: Site) -> tuple[int, str]:
        site.update(pages)
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stderr.strip()

    yield run
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "pages",
    [
        HEALTHY,
        # A website with languages, and one that knows its own name.
        {**HEALTHY, "/web/login": (303, "/de/web/login", ""), "/de/web/login": (200, "", PAGE)},
        {
            **HEALTHY,
            "/web/login": (303, "https://erp.example.com/de/web/login", ""),
            "/de/web/login": (200, "", PAGE),
        },
        # Single sign-on.
        {"/web/login": (303, "https://login.example.net/saml?x=1", "")},
    ],
)
def test_healthy(check: t.Callable[[Site], tuple[int, str]], pages: Site) -> None:
    assert check(pages) == (0, "")


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ({"/web/login": (500, "", "")}, "/web/login answers 500"),
        # The database is gone: Odoo sends to its selector, which is switched off.
        ({"/web/login": (303, "/web/database/selector", "")}, "/web/database/selector answers 404"),
        ({**HEALTHY, "/web/login": (200, "", "<p>hello</p>")}, "no assets"),
        ({**HEALTHY, "/web/assets/1/web.css": (404, "", "")}, "asset /web/assets/1/web.css answers 404"),
        ({**HEALTHY, "/web/login": (303, "/web/login", "")}, "/web/login answers 303"),
    ],
)
def test_unhealthy(check: t.Callable[[Site], tuple[int, str]], pages: Site, words: str) -> None:
    code, said = check(pages)
    assert code == 1 and words in said


def test_nobody_answers(tmp_path: Path) -> None:
    text = HEALTHCHECK.replace("PORT = 8069", "PORT = 9")
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "ConnectionRefusedError" in done.stderr


def test_password_is_no_argument() -> None:
    """The entrypoint reads it where Odoo does; the process list shows arguments to everybody."""
    assert "db_password" in ENTRYPOINT
    assert "--db_password" not in ENTRYPOINT
