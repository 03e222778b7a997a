# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Which mails somebody looks for.  Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.ipai.odoo.plugins.module_utils._backup import window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import MailError
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import plain

AGO = re.compile(r"(\d{1,6})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Summary:
    """What a catcher tells of a mail in its list."""

    id: str
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int
    attachments: int


@dataclass(frozen=True)
class Query:
    """What is looked for.  Words are parts of what they are looked for in, in whatever case; empty ones fit all."""

    to: str = ""
    sender: str = ""
    subject: str = ""
    text: str = ""
    since: datetime | None = None
    before: datetime | None = None

    def fits(self, mail: Summary) -> bool:
        """Whether a mail is looked for, by all but its text."""
        return (
            any(plain(self.to) in plain(item) for item in (mail.recipients or ("",)))
            and plain(self.sender) in plain(mail.sender)
            and plain(self.subject) in plain(mail.subject)
            and (self.since is None or mail.at >= self.since)
            and (self.before is None or mail.at <= self.before)
        )


def moment(text: str | None, now: datetime) -> datetime | None:
    """A time that somebody typed: with its zone, or how long ago, such as V(2h).

    :raises MailError: it is neither.
    """
    if not text:
        return None
    ago = AGO.fullmatch(text.strip())
    if ago:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        return window.parse(text)
    except BackupError as exc:
        raise MailError(f"{exc}. How long ago is fine as well: 30m, 2h, 7d, 1w") from None


def newest_first(mails: t.Iterable[Summary]) -> list[Summary]:
    """The order in which mails are shown; of those of one instant, the last one told comes first."""
    return sorted(mails, key=lambda mail: mail.at)[::-1]
