# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The programs that take the mail of nonproduction, asked where they run.

Reading leaves no mark: a mail is taken as it was stored, since asking either program for what it has made of it would
mark it as read for whoever looks at the web page.
"""

from __future__ import annotations

import os
import re
import smtplib
import typing as t
import urllib.parse
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import Client, MailError
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import Message, address, clean, read, words
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Query, Summary, newest_first

SMTP_PORT = 1025
#: Mails that Mailpit is asked for at a time.
PAGE = 500


@dataclass(frozen=True)
class Health:
    """Whether a catcher does its work.  ``takes`` and ``answers`` hold what is wrong, or nothing."""

    engine: str
    takes: str
    answers: str


class Catcher(t.Protocol):
    """What all catchers can do."""

    def summaries(self, query: Query) -> list[Summary]:
        """Mails, the newest first: at least those that fit."""

    def raw(self, mail: Summary) -> bytes:
        """A mail as it travelled."""

    def health(self) -> Health:
        """Whether it takes mail and answers."""


class Local:
    """A catcher that runs on this machine."""

    engine: t.ClassVar[str]
    ready: t.ClassVar[str]

    def __init__(self, client: Client, smtp: tuple[str, int], folder: str = "") -> None:
        self.client, self.smtp, self.folder = client, smtp, folder

    def health(self) -> Health:
        answers = ""
        try:
            self.client.ask("GET", self.ready)
        except MailError as exc:
            answers = str(exc)
        return Health(self.engine, takes_mail(*self.smtp), answers)


class Mailpit(Local):
    """Mailpit, by its API v1 (github.com/axllent/mailpit, server/apiv1)."""

    engine, ready = "mailpit", "readyz"

    def summaries(self, query: Query) -> list[Summary]:
        # Its search knows letters and digits; one word that has to be there spares us most mails.
        known = max(re.findall(r"[A-Za-z0-9]{2,}", query.text), key=len, default="")
        page, asked = ("api/v1/search", {"query": known}) if known else ("api/v1/messages", {})
        found: dict[str, Summary] = {}
        start = 0
        while True:
            answer = self.client.json(page, start=start, limit=PAGE, **asked)
            mails = answer.get("messages") or []
            found.update((mail["ID"], self._summary(mail)) for mail in mails)
            start += len(mails)
            if not mails or start >= answer.get("messages_count", 0):
                # They come with the newest first; of one instant too.
                return newest_first(reversed(found.values()))

    @staticmethod
    def _summary(mail: dict[str, t.Any]) -> Summary:
        def people(*names: str) -> list[str]:
            found = [one for name in names for one in (mail.get(name) or [])]
            return [address(clean(one.get("Name", "")), clean(one.get("Address", ""))) for one in found]

        sender = mail.get("From") or {}
        return Summary(
            id=mail["ID"],
            at=when(mail["Created"]),
            sender=address(clean(sender.get("Name", "")), clean(sender.get("Address", ""))),
            recipients=tuple(dict.fromkeys(people("To", "Cc", "Bcc"))),
            subject=words(mail.get("Subject", "")),
            size=int(mail.get("Size", 0)),
            attachments=int(mail.get("Attachments", 0)),
        )

    def raw(self, mail: Summary) -> bytes:
        return self.client.ask("GET", f"api/v1/message/{urllib.parse.quote(mail.id, safe='')}/raw")


class MailDev(Local):
    """MailDev 2, by its API; the mails themselves are files."""

    engine, ready = "maildev", "healthz"

    def summaries(self, query: Query) -> list[Summary]:
        # It knows no deleted files: what retention has removed is in its list until it starts anew.
        there = set(os.listdir(self.folder))
        mails = [mail for mail in self.client.json("email") if f"{mail['id']}.eml" in there]
        return newest_first(map(self._summary, mails))

    @staticmethod
    def _summary(mail: dict[str, t.Any]) -> Summary:
        def people(*lists: t.Any) -> list[str]:
            found = [one for some in lists for one in (some or [])]
            return [address(clean(one.get("name", "")), clean(one.get("address", ""))) for one in found]

        named = people(mail.get("to"), mail.get("cc"), mail.get("calculatedBcc"))
        return Summary(
            id=mail["id"],
            at=when(mail["time"]),
            sender=next(iter(people(mail.get("from"))), ""),
            recipients=tuple(dict.fromkeys(named)),
            subject=words(mail.get("subject") or ""),
            size=int(mail.get("size") or 0),
            attachments=len(mail.get("attachments") or []),
        )

    def raw(self, mail: Summary) -> bytes:
        try:
            with open(os.path.join(self.folder, f"{mail.id}.eml"), "rb") as stream:
                return stream.read()
        except OSError as exc:
            raise MailError(f"mail {mail.id} cannot be read: {exc.strerror}") from None


def when(text: str) -> datetime:
    """A time as both programs write it: V(2026-11-21T02:00:00.123456789+08:00)."""
    # Python before 3.11 knows neither Z nor other than three or six digits.
    whole = re.sub(r"\.(\d{1,6})\d*", lambda found: f".{found[1]:0<6}", text).replace("Z", "+00:00")
    return datetime.fromisoformat(whole)


def takes_mail(host: str, port: int) -> str:
    """Why no mail can be handed in, or nothing.  None is left there: it goes as far as the recipient."""
    try:
        with smtplib.SMTP(host, port, timeout=10) as session:
            session.ehlo()
            for step in (session.mail, session.rcpt):
                code, said = step("health@ipai.invalid")
                if code >= 400:
                    return f"{host}:{port} says {code} {said.decode('utf-8', 'replace')}"
            session.rset()
    except (OSError, smtplib.SMTPException) as exc:
        return f"{host}:{port}: {exc}"
    return ""


def local(container: str) -> Catcher:
    """The catcher of this droplet, as its container says.

    :raises MailError: it is not there, or does not run.
    """
    document = _stack.container(container)
    again = "run the playbook site with --tags mail_catcher"
    if document is None:
        raise MailError(f"there is no container {container} on this machine: {again}")
    if not _stack.running(document):
        raise MailError(
            f"container {container} does not run ({document['State']['Status']}): look at"
            f" journalctl CONTAINER_TAG={container} -n 50, then {again}"
        )
    told = dict(item.split("=", 1) for item in document["Config"]["Env"] if "=" in item)
    if "MP_UI_BIND_ADDR" in told:
        where = told["MP_UI_BIND_ADDR"]
        return Mailpit(Client(f"http://{where}", direct=True), (where.rpartition(":")[0], SMTP_PORT))
    if "MAILDEV_WEB_IP" in told:
        host = told["MAILDEV_WEB_IP"]
        client = Client(f"http://{host}:{told['MAILDEV_WEB_PORT']}", direct=True)
        folder = told["MAILDEV_MAIL_DIRECTORY"]
        source = next(mount["Source"] for mount in document["Mounts"] if mount["Destination"] == folder)
        return MailDev(client, (host, SMTP_PORT), source)
    raise MailError(f"container {container} is not one that the role mail_catcher has made: {again}")


def pick(catcher: Catcher, query: Query) -> list[Summary]:
    """The mails that somebody looks for, the newest first."""
    mails = [mail for mail in catcher.summaries(query) if query.fits(mail)]
    return [mail for mail in mails if read(catcher.raw(mail)).holds(query.text)] if query.text else mails


def one(catcher: Catcher, query: Query, name: str) -> tuple[Summary, Message, bytes]:
    """A mail by its id; V(latest) is the newest one that fits.

    :raises MailError: there is none; the message says which there are.
    """
    mails = pick(catcher, query)
    found = mails[0] if mails and name == "latest" else next((mail for mail in mails if mail.id == name), None)
    if found is None:
        some = ", ".join(mail.id for mail in mails[:3])
        raise MailError(
            f"the catcher has no mail {name!r}"
            + (" that fits" if query != Query() else "")
            + ". "
            + (
                f"Of {len(mails)} there are, the newest: {some}. Without an id, all are listed"
                if mails
                else "It has none"
            )
        )
    raw = catcher.raw(found)
    return found, read(raw), raw
