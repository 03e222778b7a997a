# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mail is in the catcher, asked of stand-ins that answer as the engines do."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.canary import Catcher

ANSWERS = {
    "maildev": ("/email?subject=canary-1", [{"subject": "canary-1"}, {"subject": "another canary-1"}]),
    "mailpit": (
        "/api/v1/search?query=subject:canary-1",
        {"messages": [{"Subject": "canary-1"}, {"Subject": "canary-12"}], "total": 2},
    ),
}


@contextlib.contextmanager
def serving(engine, body=None):
    path, answer = ANSWERS[engine]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            found = answer if self.path == path else []
            self.wfile.write(json.dumps(found).encode() if body is None else body)

        def log_message(self, *_words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Catcher(engine, *server.server_address)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("engine", sorted(canary.SEARCHES))
def test_only_the_subject_itself_counts(engine):
    with serving(engine) as catcher:
        assert catcher.caught("canary-1") == 1
        assert catcher.caught("canary-2") == 0


def test_something_else_answers():
    with serving("maildev", b"<html>") as catcher, pytest.raises(OSError, match="not understood"):
        catcher.caught("canary-1")


def test_waits_until_it_is_there(monkeypatch):
    monkeypatch.setattr(canary, "PAUSE", 0.01)
    answers = iter([0, 0, 1])
    assert canary.wait(lambda subject: next(answers), "canary-1", 5) >= 0
    with pytest.raises(StopIteration):
        next(answers)


def test_mail_that_does_not_come():
    def asleep(subject):
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(BackupError, match=r"not in the mail catcher after 0\.1 seconds: nobody there"):
        canary.wait(asleep, "canary-1", 0.1)
