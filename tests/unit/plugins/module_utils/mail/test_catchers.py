# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fake_catchers import Mailpit as Service

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._mail import catchers, shown
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import Client, MailError
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Query, moment

from .conftest import mail

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def catcher(mailpit: Service) -> catchers.Mailpit:
    return catchers.Mailpit(Client(mailpit.address, direct=True), ("127.0.0.1", 1))


def fill(service: Service, count: int) -> list[str]:
    """So many mails, one a minute; their ids, the newest first."""
    return [service.receive(mail(number), NOW - timedelta(minutes=number)) for number in range(count)]


@pytest.fixture(scope="module")
def filled() -> Iterator[catchers.Mailpit]:
    """A catcher with 120 mails, of which one has a blind copy."""
    with Service() as service:
        for number in range(120):
            blind = "blind@example.com" if number == 5 else ""
            service.receive(mail(number), NOW - timedelta(minutes=number), blind)
        yield catchers.Mailpit(Client(service.address, direct=True), ("127.0.0.1", 1))


def test_more_mails_than_one_answer_holds(
    mailpit: Service, catcher: catchers.Mailpit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchers, "PAGE", 50)
    names = fill(mailpit, 103)
    assert [found.id for found in catcher.summaries(Query())] == names
    assert [line.partition("?")[2] for line in mailpit.asked] == [f"start={start}&limit=50" for start in (0, 50, 100)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (Query(to="C12@example"), [12]),
        (Query(to="josé ñandú", since=NOW - timedelta(minutes=1)), [0, 1]),
        (Query(to="blind@"), [5]),
        (Query(sender="söhne", before=NOW - timedelta(minutes=119)), [119]),
        (Query(subject="NÚMERO 11"), [11, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119]),
        (Query(text="hola josé, invoice 42"), [42]),
        (Query(text="請求書 número 7"), [7, *range(70, 80)]),
        (Query(text="請求書"), list(range(120))),
        (Query(text="ñ 119.pdf"), [119]),
        (Query(to="nobody"), []),
    ],
)
def test_search(filled: catchers.Mailpit, query: Query, numbers: list[int]) -> None:
    found = catchers.pick(filled, query)
    assert [int(one.subject.split()[-1]) for one in found] == numbers


def test_reading_leaves_no_mark(mailpit: Service, catcher: catchers.Mailpit) -> None:
    names = fill(mailpit, 3)
    summary, message, raw = catchers.one(catcher, Query(), names[1])
    assert (summary.id, message.text, raw) == (names[1], "Hola, invoice 1\n", mailpit.mails[1]["_raw"])
    assert catchers.one(catcher, Query(), "latest")[0].id == names[0]
    assert catchers.one(catcher, Query(to="c2@"), "latest")[0].id == names[2]
    assert [one["Read"] for one in mailpit.mails] == [False] * 3


def test_a_mail_that_is_not_there_is_named_with_those_that_are(mailpit: Service, catcher: catchers.Mailpit) -> None:
    with pytest.raises(MailError, match=r"has no mail 'latest'\. It has none"):
        catchers.one(catcher, Query(), "latest")
    names = fill(mailpit, 5)
    with pytest.raises(MailError, match=rf"'../../config'\. Of 5 there are, the newest: {', '.join(names[:3])}\."):
        catchers.one(catcher, Query(), "../../config")


def maildev(monkeypatch: pytest.MonkeyPatch, folder: Path, mails: list[dict[str, Any]]) -> catchers.MailDev:
    found = catchers.MailDev(Client("http://127.0.0.1:1"), ("127.0.0.1", 1), str(folder))
    monkeypatch.setattr(found.client, "json", lambda page: mails)
    return found


def test_maildev_lists_what_retention_has_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    person = {"address": "a@example.com", "name": "Ana"}
    common = {"from": [person], "to": [person], "calculatedBcc": [{"address": "blind@example.com"}], "cc": None}
    mails = [
        {"id": "old", "time": "2026-11-20T02:00:00.000Z", "subject": "gone", **common},
        {"id": "first", "time": "2026-11-21T02:00:00.000Z", "subject": None, "size": 10, **common},
        {"id": "second", "time": "2026-11-21T02:00:00.000Z", "subject": "b", "attachments": [{}], **common},
    ]
    for name in ("first", "second"):
        (tmp_path / f"{name}.eml").write_bytes(mail())
    catcher = maildev(monkeypatch, tmp_path, mails)
    found = catchers.pick(catcher, Query(text="josé"))
    assert [one.id for one in found] == ["second", "first"]
    assert found[0].recipients == ("Ana <a@example.com>", "blind@example.com") and found[0].attachments == 1


def container(monkeypatch: pytest.MonkeyPatch, **state: Any) -> None:
    document = {"State": {"Status": "running"}, "Config": {"Env": ["PATH=/bin"]}, "Mounts": [], **state}
    monkeypatch.setattr(_stack, "container", lambda name: document if state else None)


def test_the_catcher_is_found_by_what_its_container_says(monkeypatch: pytest.MonkeyPatch) -> None:
    container(monkeypatch, Config={"Env": ["MP_UI_BIND_ADDR=10.202.0.2:8025"]})
    found = catchers.local("mail-catcher")
    assert isinstance(found, catchers.Mailpit) and found.client.base == "http://10.202.0.2:8025"
    assert found.smtp == ("10.202.0.2", 1025)
    told = ["MAILDEV_WEB_IP=10.202.0.2", "MAILDEV_WEB_PORT=1080", "MAILDEV_MAIL_DIRECTORY=/data"]
    container(monkeypatch, Config={"Env": told}, Mounts=[{"Source": "/srv/m", "Destination": "/data"}])
    found = catchers.local("mail-catcher")
    assert isinstance(found, catchers.MailDev) and (found.client.base, found.folder) == (
        "http://10.202.0.2:1080",
        "/srv/m",
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({}, "no container mail-catcher on this machine: run the playbook site"),
        ({"State": {"Status": "exited"}}, "does not run .exited.: look at journalctl CONTAINER_TAG=mail-catcher"),
        ({"Mounts": []}, "not one that the role mail_catcher has made"),
    ],
)
def test_what_is_wrong_with_the_container(monkeypatch: pytest.MonkeyPatch, state: dict[str, Any], told: str) -> None:
    container(monkeypatch, **state)
    with pytest.raises(MailError, match=told):
        catchers.local("mail-catcher")


class Smtp:
    """Says one line after the other, and keeps what it heard."""

    def __init__(self, *lines: str) -> None:
        self.heard: list[str] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, args=(lines,), daemon=True)
        self.thread.start()

    def serve(self, lines: tuple[str, ...]) -> None:
        connection, _where = self.server.accept()
        with self.server, connection, connection.makefile("rw", newline="\r\n") as stream:
            for line in lines:
                stream.write(f"{line}\n")
                stream.flush()
                self.heard.append(stream.readline().strip())


def test_health_hands_in_no_mail() -> None:
    good = Smtp("220 ready", "250 hello", "250 ok", "250 ok", "250 reset", "221 bye")
    assert catchers.takes_mail(*good.server.getsockname()) == ""
    good.thread.join(5)
    assert [line.partition(" ")[0].lower() for line in good.heard] == ["ehlo", "mail", "rcpt", "rset", "quit", ""]
    full = Smtp("220 ready", "250 hello", "250 ok", "452 disk full", "221 bye")
    assert catchers.takes_mail(*full.server.getsockname()).endswith("says 452 disk full")
    full.thread.join(5)
    assert "refused" in catchers.takes_mail("127.0.0.1", 1)


def test_health_says_what_is_wrong(mailpit: Service, catcher: catchers.Mailpit) -> None:
    assert catcher.health().answers == ""
    mailpit.ready = False
    lines = shown.health(catcher.health())
    assert lines[0].startswith("Mail is not taken (mailpit): 127.0.0.1:1") and "answers 500" in lines[1]


@pytest.mark.parametrize("text", ["yesterday", "2h ago", "-2h", "2026-11-21", "2026-11-21T02:00", "2026-13-01T00:00Z"])
def test_a_time_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(MailError, match="How long ago is fine as well: 30m, 2h"):
        moment(text, NOW)


def test_times() -> None:
    assert moment("90m", NOW) == NOW - timedelta(minutes=90)
    assert moment("1w", NOW) == NOW - timedelta(days=7)
    assert moment("2026-11-21T10:00:00+08:00", NOW) == NOW
    assert moment(None, NOW) is None and moment("", NOW) is None
    assert catchers.when("2026-11-21T10:00:00.123456789+08:00") == NOW.replace(microsecond=123456)
    assert catchers.when("2026-11-21T02:00:00.5Z") == NOW.replace(microsecond=500000)


def test_lines(mailpit: Service, catcher: catchers.Mailpit) -> None:
    names = fill(mailpit, 3)
    mails = catchers.pick(catcher, Query())
    lines = shown.listing(mails[1:2], 3, 1)
    assert lines[0].split("  ")[1:] == [
        names[1],
        "Peña & Söhne <shop@example.com>",
        "-> José Ñandú <c1@example.com> +1",
        "請求書 número 1 [1 file]",
    ]
    assert lines[1] == "2 to 2 of 3, the newest first; the next ones begin at offset 2"
    assert shown.listing([], 0, 0) == ["No mail that fits."]
    assert shown.listing([], 3, 7) == ["No mail from the 8th on: there are 3."]
    sheet = shown.sheet(*catchers.one(catcher, Query(), "latest")[:2])
    assert sheet[1] == "To       José Ñandú <c0@example.com>, b@example.com"
    assert sheet[5:] == [
        *("", "Hola, invoice 0", "", "File: part-1.png (image/png, 69 B)"),
        "File: factura ñ 0.pdf (application/pdf, 10 B)",
    ]
