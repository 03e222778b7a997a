# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web pages and Odoo behind them, as somebody outside sees them: by HTTPS, with names and certificates checked."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from lab.droplets import Droplet
from lab.places import HOME


@dataclass
class Answer:
    """What a server answered; with HTTPS, its certificate in DER as well."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    certificate: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def trust() -> ssl.SSLContext:
    """Trusts the authority that issued the lab's certificates and nobody else; names are checked."""
    return ssl.create_default_context(cafile=str(HOME / "issuer-ca.pem"))


def connect(address: str, port: int, *, timeout: float = 10) -> socket.socket:
    return socket.create_connection((address, port), timeout=timeout)


LIMITED = re.compile(r"/(web/(login|session/authenticate)|xmlrpc|jsonrpc)")
_bucket = [0.0, 0.0]  # level, time


def pace(path: str) -> None:
    """Stay below the limit of 100 logins and RPC requests a minute, 20 at once: these tests are one address."""
    if not LIMITED.search(path):
        return
    while True:
        now = time.monotonic()
        _bucket[0] = max(0.0, _bucket[0] - (now - _bucket[1]) * 95 / 60)
        _bucket[1] = now
        if _bucket[0] < 15:
            _bucket[0] += 1
            return
        time.sleep(0.2)


def fetch(
    url: str,
    address: str,
    *,
    method: str | None = None,
    data: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Answer:
    """One request on one connection to `address`, whatever DNS says of the URL's name. Redirects are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pace(parts.path)
    raw = connect(address, port, timeout=timeout)
    channel: socket.socket = raw
    certificate = b""
    if parts.scheme == "https":
        try:
            wrapped = trust().wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise
        certificate = wrapped.getpeercert(binary_form=True) or b""
        channel = wrapped
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.sock = channel
    try:
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        body = data.encode() if isinstance(data, str) else data
        connection.request(method or ("POST" if body is not None else "GET"), path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(), certificate)
    finally:
        connection.close()


@dataclass
class Site:
    """An environment as somebody outside sees it: https://domain/ at the droplet's address, with cookies."""

    domain: str
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def fetch(
        self, path: str, *, headers: Mapping[str, str] | None = None, scheme: str = "https", **options: Any
    ) -> Answer:
        sent = dict(headers or {})
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        answer = fetch(f"{scheme}://{self.domain}{path}", self.address, headers=sent, **options)
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def login(self, login: str, password: str) -> Answer:
        """Log in through the form, as a person does."""
        page = self.fetch("/web/login")
        assert page.status == 200, f"login page of {self.domain}: {page.status}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token, "no form on the login page"
        form = urlencode({"csrf_token": token[1], "login": login, "password": password, "redirect": "/odoo"})
        return self.fetch("/web/login", data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, value: object, **options: Any) -> Answer:
        return self.fetch(path, data=json.dumps(value), headers={"Content-Type": "application/json"}, **options)

    def rpc(self, service: str, method: str, *arguments: Any) -> Any:
        """The result of one JSON-RPC call; AssertionError with Odoo's own message when it fails."""
        call = {"service": service, "method": method, "args": list(arguments)}
        answer = self.post_json("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "method": "call", "params": call})
        assert answer.status == 200, f"{self.domain} {service}.{method}: status {answer.status} {answer.text[:300]}"
        reply = answer.json()
        assert "error" not in reply, json.dumps(reply["error"])[:3000]
        return reply.get("result")  # Odoo leaves out a result that is nothing


@dataclass
class Odoo:
    """Odoo's objects over JSON-RPC as the environment's administrator."""

    site: Site
    database: str
    password: str
    uid: int

    @classmethod
    def enter(cls, droplet: Droplet, environment: str) -> Odoo:
        site = Site(droplet.site(environment), droplet.address)
        password = droplet.secret(environment, "admin_password")
        uid = site.rpc("common", "login", environment, "admin", password)
        assert uid, f"the password in secrets/admin_password of {environment} opens nothing"
        return cls(site, environment, password, uid)

    def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        return self.site.rpc(
            "object", "execute_kw", self.database, self.uid, self.password, model, method, arguments, named
        )
