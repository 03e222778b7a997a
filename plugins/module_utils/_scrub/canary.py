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

#: Of the mail, and seconds until Odoo must have sent it.
SENDER, RECIPIENT = "canary@example.com", "recipient@example.com"
SENT = 300.0
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

#: Runs where Odoo serves: logs in as its page does, and sends a mail over Odoo's own queue, which keeps nothing of it.
SEND = """
import http.client, json
given = json.loads({given!r})
cookie = {}
def call(path, **params):
    connection = http.client.HTTPConnection("127.0.0.1", 8069, timeout=300)
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
    connection.request("POST", path, body, {"Content-Type": "application/json", **cookie})
    answer = connection.getresponse()
    document = json.loads(answer.read())
    for line in answer.headers.get_all("Set-Cookie") or []:
        cookie["Cookie"] = line.partition(";")[0]
    if "error" in document:
        error = document["error"]
        raise RuntimeError((error.get("data") or {}).get("message") or error.get("message"))
    return document.get("result")
def on_mails(method, *args, **kwargs):
    path = "/web/dataset/call_kw/mail.mail/" + method
    return call(path, model="mail.mail", method=method, args=args, kwargs=kwargs)
said = {"enters": False, "sent": False, "why": ""}
try:
    entered = call(
        "/web/session/authenticate", db=given["database"], login=given["login"], password=given["password"]
    )
    said["enters"] = bool(entered.get("uid"))
    if said["enters"] and given["mail"]:
        made = on_mails("create", [given["mail"]])
        on_mails("send", made, raise_exception=True)
        said["sent"] = True
except (OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
    said["why"] = str(error)
print(json.dumps(said))
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


def enter(container: str, database: str, login: str, password: str, subject: str = "") -> None:
    """Log in to the Odoo that serves in a container and, if there is a subject, send a mail with it.

    :raises BackupError: the login is refused, or Odoo cannot send.
    :raises CommandError: Docker refuses.
    """
    mail = {"email_from": SENDER, "email_to": RECIPIENT, "subject": subject, "body_html": "<p>canary</p>"}
    given = {
        "database": database,
        "login": login,
        "password": password,
        "mail": {**mail, "auto_delete": True} if subject else None,
    }
    source = SEND.replace("{given!r}", repr(json.dumps(given)))
    said = json.loads(_stack.container_exec(container, ["python3", "-"], stdin=source, timeout=SENT).stdout)
    if not said["enters"]:
        raise BackupError(f"Odoo does not let the administrator {login} in: {said['why'] or 'it wants more to log in'}")
    if subject and not said["sent"]:
        raise BackupError(f"Odoo cannot send a mail to the catcher: {said['why']}")


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
