# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Mails as lines that somebody reads on a terminal.  Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup.shown import columns, size
from ansible_collections.ipai.odoo.plugins.module_utils._mail.catchers import Health
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import Attachment, Message, clean, seen_text
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Summary

#: Characters of an address or a subject in a list, and lines of a mail on a terminal.
SHORT, LONG, LINES = 34, 70, 60


def short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "\N{HORIZONTAL ELLIPSIS}"


def time(at: datetime) -> str:
    """A time in this machine's zone, in the form in which a search takes it."""
    return at.astimezone().isoformat(timespec="seconds")


def listing(mails: t.Sequence[Summary], total: int, offset: int) -> list[str]:
    """One line for each mail, and one that says which they are of how many."""
    if not mails:
        return [f"No mail from the {offset + 1}th on: there are {total}." if total else "No mail that fits."]
    rows = []
    for mail in mails:
        to = short(mail.recipients[0] if mail.recipients else "-", SHORT)
        more = f" +{len(mail.recipients) - 1}" if len(mail.recipients) > 1 else ""
        files = f" [{mail.attachments} file{'s' if mail.attachments > 1 else ''}]" if mail.attachments else ""
        subject = short(mail.subject or "(no subject)", LONG)
        rows.append((time(mail.at), mail.id, short(mail.sender or "-", SHORT), f"-> {to}{more}", subject + files))
    last = offset + len(mails)
    older = f"; the next ones begin at offset {last}" if last < total else ""
    return [*columns(rows), f"{offset + 1} to {last} of {total}, the newest first{older}"]


def sheet(mail: Summary, message: Message) -> list[str]:
    """A mail as it is read: who, what, when, its text, its files."""
    rows = [
        ("From", message.sender or "-"),
        ("To", ", ".join(mail.recipients or message.recipients) or "-"),
        ("Subject", message.subject or "(no subject)"),
        ("Caught", time(mail.at)),
        ("Id", mail.id),
    ]
    said = (message.text or seen_text(message.html)).rstrip().split("\n")
    text = [clean(line.expandtabs()).rstrip() for line in said] if any(said) else ["(no text)"]
    rest = len(text) - LINES
    body = text[:LINES] + ([f"({rest} more lines: save it as a page to see all)"] if rest > 0 else [])
    return [*columns(rows), "", *body, *([""] if message.attachments else []), *map(_file, message.attachments)]


def _file(item: Attachment) -> str:
    return f"File: {item.name} ({item.type}, {size(len(item.content))})"


def health(found: Health) -> list[str]:
    """What is wrong with a catcher."""
    parts = (("is not taken", found.takes), ("cannot be read", found.answers))
    return [f"Mail {what} ({found.engine}): {why}" for what, why in parts if why]
