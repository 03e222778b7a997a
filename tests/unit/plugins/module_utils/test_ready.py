# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _ready
from ansible_collections.ipai.odoo.plugins.module_utils._ready import Answer

#: From the login page of Odoo 19.0; 18.0 has the same form.
PAGE = '<form class="oe_login_form" role="form" method="post" onsubmit="x" action="/web/login">'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(401, "", ""), "login in front"),
        (Answer(503, "", "maintenance"), "does not reach Odoo"),
        (Answer(303, "/odoo", ""), "redirected to /odoo"),
        (Answer(303, "https://ERP.example.com/odoo", ""), "redirected to https://ERP"),
        (Answer(500, "", ""), "500"),
        (Answer(200, "", "<h1>It works!</h1>"), "not Odoo's login page"),
    ],
)
def test_what_is_no_login_page(answer: Answer, words: str) -> None:
    wrong = _ready.judge(answer, "erp.example.com")
    assert wrong is not None
    assert words in wrong


def test_single_sign_on_serves() -> None:
    assert _ready.judge(Answer(303, "https://login.example.net/saml?x=1", ""), "erp.example.com") is None


@pytest.mark.parametrize("page", [PAGE, PAGE.replace('"/web', '"/de/web'), PAGE.replace('"/web', '"https://x.y/web')])
def test_login_page(page: str) -> None:
    assert _ready.judge(Answer(200, "", page), "erp.example.com") is None


def test_language_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(address: str, port: int, name: str, path: str, login: object) -> Answer:
        asked.append(path)
        return Answer(303, "https://erp.test/de/web/login", "") if path == "/web/login" else Answer(200, "", PAGE)

    monkeypatch.setattr(_ready, "ask", ask)
    assert _ready.problem("127.0.0.1", 443, "erp.test") is None
    assert asked == ["/web/login", "/de/web/login"]


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*arguments: object) -> Answer:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(_ready, "ask", ask)
    assert "nobody answers" in str(_ready.problem("127.0.0.1", 443, "erp.test"))


def test_message() -> None:
    text = _ready.explain("erp", ["it answers 500", "waited 9 seconds"], "Traceback\nKeyError: 'x'")
    assert "erp does not serve: it answers 500; waited 9 seconds." in text
    assert text.endswith("KeyError: 'x'")
    assert "docker inspect erp-odoo" in _ready.explain("erp", ["x"], "")
