# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A mail as it travelled, taken apart.  Pure; whatever a mail holds, it can be read."""

from __future__ import annotations

import contextlib
import email
import email.header
import email.message
import email.utils
import html.parser
import mimetypes
import re
import typing as t
from dataclasses import dataclass

#: Characters that move a terminal's cursor, or show text in another order than it has.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
#: Elements whose text nobody sees.
UNSEEN = ("script", "style", "title", "template")


@dataclass(frozen=True)
class Attachment:
    """A part that is not the text of the mail."""

    name: str
    type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class Message:
    """A mail.  Headers are decoded, in their order; C(text) and C(html) are empty where it has none."""

    headers: tuple[tuple[str, str], ...]
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]

    def holds(self, words: str) -> bool:
        """Whether what a reader sees has these words, in whatever case and spacing."""
        seen = [self.subject, self.sender, *self.recipients, seen_text(self.html) or self.text]
        seen += [item.name for item in self.attachments]
        return plain(words) in plain("\n".join(seen))


def read(raw: bytes) -> Message:
    """Take a mail apart."""
    parsed = email.message_from_bytes(raw)
    texts: dict[str, str] = {"text/plain": "", "text/html": ""}
    attachments: list[Attachment] = []
    for part in _parts(parsed):
        kind = part.get_content_type()
        name = words(part.get_filename() or "")
        if kind in texts and not name and part.get_content_disposition() != "attachment" and not texts[kind]:
            texts[kind] = _text(part)
        else:
            attachments.append(_attachment(part, name, len(attachments) + 1))
    return Message(
        headers=tuple((clean(name), words(str(value))) for name, value in parsed.raw_items()),
        sender=next(iter(addresses(parsed, "From", "Sender")), ""),
        recipients=tuple(addresses(parsed, "To", "Cc", "Bcc")),
        subject=next(map(words, _named(parsed, "Subject")), ""),
        text=texts["text/plain"].replace("\r\n", "\n"),
        html=texts["text/html"],
        attachments=tuple(attachments),
    )


def words(value: str) -> str:
    """The text of a header: on one line, with encoded words (RFC 2047) decoded, and raw bytes read as UTF-8."""
    value = re.sub(r"\r?\n", "", value)
    # An encoding may not exist, or not be kept to.
    with contextlib.suppress(ValueError, LookupError):
        value = str(email.header.make_header(email.header.decode_header(value)))
    return clean(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).replace("\t", " ")


def clean(value: str) -> str:
    """A text that does nothing to the terminal it is shown on."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)


def plain(value: str) -> str:
    """A text as it is compared with what somebody looks for."""
    return " ".join(value.casefold().split())


def addresses(parsed: email.message.Message, *names: str) -> list[str]:
    """The addresses in these headers, with the names of whom they belong to, each once."""
    raw = [re.sub(r"\r?\n", "", value) for name in names for value in _named(parsed, name)]
    found = [address(words(name), words(where)) for name, where in email.utils.getaddresses(raw) if name or where]
    return list(dict.fromkeys(found))


def address(name: str, where: str) -> str:
    """One address as people write it."""
    return f"{name} <{where}>" if name and where else where or name


def seen_text(source: str) -> str:
    """The text of a page as a reader sees it, without layout."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return " ".join("".join(reader.found).split())


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self.unseen += tag in UNSEEN
        if tag not in ("a", "b", "em", "font", "i", "span", "strong", "u"):
            self.found.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.found.append(data)


def _named(parsed: email.message.Message, name: str) -> list[str]:
    """The values of a header as they travelled: asked by its name, one with raw bytes has lost them."""
    return [str(value) for known, value in parsed.raw_items() if known.lower() == name.lower()]


def _parts(part: email.message.Message) -> t.Iterator[email.message.Message]:
    # A mail in a mail is one thing: its parts are not those of the mail around it.
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for inner in t.cast("list[email.message.Message]", part.get_payload()):
            yield from _parts(inner)
    else:
        yield part


def _content(part: email.message.Message) -> bytes:
    if part.is_multipart():
        inner = t.cast("list[email.message.Message]", part.get_payload())
        return b"\n".join(item.as_bytes() for item in inner)
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: email.message.Message) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _attachment(part: email.message.Message, name: str, number: int) -> Attachment:
    kind = part.get_content_type()
    content_id = str(part.get("Content-ID", "")).strip("<> \r\n\t")
    return Attachment(name or f"part-{number}{mimetypes.guess_extension(kind) or ''}", kind, _content(part), content_id)
