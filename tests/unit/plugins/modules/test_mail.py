# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of the catcher, as Ansible calls them."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "fixtures"))

import fake_catchers

from ansible_collections.ipai.odoo.plugins.modules import mail_catcher_info, mail_page, mailgun_route

RAW = b"From: a@example.com\nTo: b@example.com\nSubject: Hello\nContent-Type: text/html\n\n<b>Hi</b>"


def call(module: Any, capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.fixture
def account() -> Iterator[tuple[fake_catchers.Mailgun, dict[str, str]]]:
    with fake_catchers.Mailgun() as service:
        yield service, {"domain": service.domain, "api_key": service.key, "endpoint": service.address}


def test_a_route_and_what_it_catches(
    account: tuple[fake_catchers.Mailgun, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    service, told = account
    empty = call(mail_catcher_info, capsys, mailgun=told)
    assert (empty["mails"], empty["total"], empty["next_offset"], empty["changed"]) == ([], 0, None, False)
    assert empty["health"]["takes"] is False and "no route stores" in empty["lines"][0]
    assert "no route stores" in call(mail_catcher_info, capsys, mailgun=told, healthy=True)["msg"]
    check = call(mailgun_route, capsys, **told, _ansible_check_mode=True, _ansible_diff=True)
    assert check["changed"] and service.routes == {} and "action: store()" in check["diff"]["after"]
    assert [call(mailgun_route, capsys, **told)["changed"] for _time in range(2)] == [True, False]
    for number in range(3):
        service.receive(f"catch-all@{service.domain}", RAW, datetime(2026, 11, 20, number, tzinfo=timezone.utc))
    found = call(mail_catcher_info, capsys, mailgun=told, limit=2)
    assert [mail["at"] for mail in found["mails"]] == ["2026-11-20T02:00:00Z", "2026-11-20T01:00:00Z"]
    assert (found["total"], found["next_offset"], found["health"]["problems"]) == (3, 2, [])
    (last,) = call(mail_catcher_info, capsys, mailgun=told, limit=2, offset=2)["mails"]
    mail = call(mail_catcher_info, capsys, mailgun=told, id=last["id"], include=["source"])["mail"]
    assert (mail["html"], base64.b64decode(mail["source"]), mail["bytes"]) == ("<b>Hi</b>", RAW, len(RAW))
    assert {"name": "Subject", "value": "Hello"} in mail["headers"]
    assert service.key not in json.dumps([found, mail])
    assert call(mailgun_route, capsys, **told, state="absent")["route"] is None and service.routes == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"limit": 0}, "limit must be from 1 to 10000"),
        ({"offset": -1}, "offset 0 or more"),
        ({"since": "soon"}, "'soon' is no time"),
        ({"since": "1h", "before": "2h"}, "since is later than before"),
    ],
)
def test_what_cannot_be_meant(arguments: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in call(mail_catcher_info, capsys, **arguments)["msg"]


def test_a_page_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = RAW.replace(b"text/html\n", b'text/html\nContent-Disposition: attachment; filename="../x.html"\n')
    told = {"source": base64.b64encode(raw).decode(), "path": str(tmp_path / "a" / "page"), "caught": "today"}
    check = call(mail_page, capsys, **told, _ansible_check_mode=True, _ansible_diff=True)
    assert check["changed"] and not (tmp_path / "a").exists() and "Hello" not in json.dumps(check)
    assert [call(mail_page, capsys, **told)["changed"] for _time in range(2)] == [True, False]
    files = {path.relative_to(tmp_path / "a/page").as_posix(): path for path in (tmp_path / "a/page").rglob("*")}
    assert sorted(files) == ["files", "files/_x.html", "index.html", "message.eml"]
    assert files["message.eml"].read_bytes() == raw and files["files/_x.html"].read_bytes() == b"<b>Hi</b>"
    assert {oct(path.stat().st_mode & 0o777) for path in files.values() if path.is_file()} == {"0o600"}


def test_a_source_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no Base64" in call(mail_page, capsys, source="what?", path=str(tmp_path))["msg"]
