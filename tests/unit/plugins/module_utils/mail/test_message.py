# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._mail import message

from .conftest import LOGO, mail


def test_a_mail_is_taken_apart() -> None:
    found = message.read(mail(7))
    assert (found.subject, found.sender) == ("請求書 número 7", "Peña & Söhne <shop@example.com>")
    assert found.recipients == ("José Ñandú <c7@example.com>", "b@example.com")
    assert found.text == "Hola, invoice 7\n" and "<b>José</b>" in found.html
    logo, invoice = found.attachments
    assert (logo.name, logo.type, logo.content, logo.content_id) == ("part-1.png", "image/png", LOGO, "logo")
    assert (invoice.name, invoice.content) == ("factura ñ 7.pdf", b"%PDF-1.4\n\xff")
    assert dict(found.headers)["From"] == "Peña & Söhne <shop@example.com>"


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("HOLA josé", True),
        ("invoice 7", True),
        ("FACTURA", True),
        ("請求書", True),
        ("invoice 8", False),
        ("cid", False),
    ],
)
def test_words_are_looked_for_where_a_reader_sees_them(words: str, held: bool) -> None:
    assert message.read(mail(7)).holds(words) is held


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\nno headers at all",
        b"Subject: =?klingon?Q?x?= =?utf-8?B?!!?=\nTo: <<>>,,@\n\nx",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nnothing closes this",
        b"Content-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n\n\xff\xfe!!!",
        b"Content-Type: text/html\n\n<p <b <!-- <![CDATA[ <?x",
    ],
)
def test_a_mail_that_is_broken_can_be_read(raw: bytes) -> None:
    assert message.read(raw).holds("")


def test_raw_bytes_in_a_header_are_read_and_control_characters_are_not_shown() -> None:
    found = message.read("Subject: ñ \x1b[2Jgone\n folded\u202e\n\nx".encode())
    assert found.subject == "ñ \ufffd[2Jgone folded\ufffd"


def test_a_mail_in_a_mail_is_a_file() -> None:
    inner = b"Subject: inner\nContent-Type: text/plain\n\ninner text"
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
    found = message.read(raw)
    assert found.text == "" and [item.name for item in found.attachments] == ["part-1.eml"]
    assert b"inner text" in found.attachments[0].content


def test_text_of_a_page() -> None:
    source = "<title>no</title><style>p{}</style><p>one<b>two</b></p><p>three&nbsp;&amp;</p><script>no()</script>"
    assert message.seen_text(source) == "onetwo three &"
