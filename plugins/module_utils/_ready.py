# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Does an environment serve?  Asked through the droplet's own nginx, as a browser would."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import ssl
import typing as t
from dataclasses import dataclass

#: What only Odoo's login page has.
LOGIN_FORM = re.compile(r"""<form[^>]*\baction=["'](?:https?://[^"'/]+)?(?:/[\w-]+)?/web/login""")
REDIRECTS = (301, 302, 303, 307, 308)
TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    """One answer over HTTPS."""

    status: int
    location: str
    body: str


class LocalConnection(http.client.HTTPSConnection):
    """HTTPS to this machine under a public name.

    The certificate is not verified: whether one is valid is not the question
    here, and that it expires is watched elsewhere.
    """

    def __init__(self, address: str, port: int, name: str) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(name, port, timeout=TIMEOUT, context=context)
        self._address = address
        self._name = name
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), TIMEOUT)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)


def ask(address: str, port: int, name: str, path: str, login: tuple[str, str] | None) -> Answer:
    """GET ``path`` of the site ``name`` from the machine at ``address``.

    :raises OSError: nobody answers; also as http.client.HTTPException.
    """
    headers = {"User-Agent": "ipai.odoo"}
    if login:
        token = base64.b64encode(":".join(login).encode("utf-8")).decode("ascii")
        headers["Authorization"] = f"Basic {token}"
    connection = LocalConnection(address, port, name)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, answer.headers.get("Location", ""), body)
    finally:
        connection.close()


def judge(answer: Answer, name: str) -> str | None:
    """What is wrong with what should be the login page of the site ``name``, or ``None``."""
    if answer.status == 401:
        return "the login in front of the site was refused (401)"
    if answer.status in REDIRECTS:
        host = re.match(r"https?://([^/:?#]+)", answer.location)
        if host and host.group(1).lower() != name.lower():
            # Single sign-on: Odoo sends everybody to its identity provider.
            return None
        return f"it is redirected to {answer.location}"
    if answer.status in (502, 503, 504):
        return f"nginx does not reach Odoo ({answer.status})"
    if answer.status != 200:
        return f"it answers {answer.status}"
    if not LOGIN_FORM.search(answer.body):
        return "what it answers is not Odoo's login page"
    return None


def problem(address: str, port: int, name: str, login: tuple[str, str] | None = None) -> str | None:
    """Why ``https://name/web/login`` is not served from ``address``, or ``None``."""
    path = "/web/login"
    try:
        answer = ask(address, port, name, path, login)
        # A multilingual website puts the language in front of the path.
        if answer.status in REDIRECTS and answer.location.rstrip("/").endswith("/web/login"):
            target = re.sub(r"^https?://[^/]+", "", answer.location)
            if target != path:
                answer = ask(address, port, name, target, login)
    except (OSError, http.client.HTTPException) as exc:
        return f"nobody answers ({exc})"
    return judge(answer, name)


def explain(environment: str, state: t.Sequence[str], log: str) -> str:
    """The message of an environment that does not serve."""
    lines = [f"Environment {environment} does not serve: {'; '.join(state)}."]
    if log:
        lines.append(f"Last lines of its log (docker logs {environment}-odoo):\n{log}")
    else:
        lines.append(f"Its log is empty; look at: docker inspect {environment}-odoo")
    return " ".join(lines)
