# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A mail that Odoo sends from a clone, and whether it arrives in the catcher."""

from __future__ import annotations

import http.client
import json
import time
import typing as t
import urllib.parse
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

#: Seconds until it must have arrived, and between two looks.
ARRIVES = 30.0
PAUSE = 0.25
#: The catcher's container and its own network (role C(mail_catcher)), and where each engine answers.
CONTAINER = NETWORK = "mail-catcher"
PORTS: t.Mapping[str, int] = {"mailpit": 8025, "maildev": 1080}
#: Where each engine tells of the mails with a subject.
SEARCHES: t.Mapping[str, str] = {
    "mailpit": "/api/v1/search?query=subject:{subject}",
    "maildev": "/email?subject={subject}",
}

#: In C(odoo shell): over Odoo's own queue where there is one.  It leaves nothing behind.
SEND = """
def canary(env, payload):
    sent = {"email_from": payload["sender"], "email_to": payload["recipient"], "subject": payload["subject"]}
    if "mail.mail" in env:
        mail = env["mail.mail"].sudo().create(dict(sent, body_html="<p>canary</p>", auto_delete=True))
        mail.send(raise_exception=True)
        return "queue"
    import email.message
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = sent["email_from"], sent["email_to"], sent["subject"]
    message.set_content("canary")
    env["ir.mail_server"].sudo().send_email(message)
    return "server"
"""


@dataclass(frozen=True)
class Catcher:
    """The catcher's API, as the droplet reaches it.

    :param engine: V(mailpit) or V(maildev).
    """

    engine: str
    host: str
    port: int

    def caught(self, subject: str) -> int:
        """How many mails it has with this subject, which is one word.

        :raises OSError: it does not answer.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request("GET", SEARCHES[self.engine].format(subject=urllib.parse.quote(subject)))
            answer = connection.getresponse()
            document = json.loads(answer.read() or b"null")
        except (http.client.HTTPException, ValueError) as exc:
            raise OSError(f"the catcher's API at {self.host}:{self.port} is not understood: {exc}") from exc
        finally:
            connection.close()
        return subjects(document).count(subject)


def found() -> Catcher:
    """The droplet's catcher.

    :raises BackupError: it does not run.
    """
    document = _stack.container(CONTAINER) or {}
    image = str((document.get("Config") or {}).get("Image", ""))
    networks = (document.get("NetworkSettings") or {}).get("Networks") or {}
    address = (networks.get(NETWORK) or {}).get("IPAddress", "")
    engine = next((name for name in PORTS if name in image), "")
    if not engine or not address:
        raise BackupError(
            "the mail catcher does not run, and without it mails of the copy would be lost: run the playbook site"
        )
    return Catcher(engine, address, PORTS[engine])


def subjects(document: t.Any) -> list[str]:
    """The subjects in an answer of either engine."""
    mails = document.get("messages") if isinstance(document, dict) else document
    return [str(one.get("subject") or one.get("Subject")) for one in mails or [] if isinstance(one, dict)]


def wait(caught: t.Callable[[str], int], subject: str, seconds: float = ARRIVES) -> float:
    """Wait until the catcher has the mail; the seconds that took.

    :raises BackupError: it does not come.
    """
    begun, said = time.monotonic(), "it is not there"
    while True:
        try:
            if caught(subject):
                return round(time.monotonic() - begun, 1)
        except OSError as exc:
            said = str(exc)
        if time.monotonic() - begun > seconds:
            raise BackupError(
                f"a mail that Odoo has sent is not in the mail catcher after {seconds:g} seconds: {said}. Look whether"
                " the container mail-catcher is healthy; where the mail went is in Odoo's log"
            )
        time.sleep(PAUSE)
