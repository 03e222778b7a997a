# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A domain at Mailgun that catches: a route stores what comes to one address, events tell what was stored."""

from __future__ import annotations

import contextlib
import math
import re
import typing as t
import urllib.parse
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._mail.catchers import Health
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import Client, MailError, Refused
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import words
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Query, Summary, newest_first

#: Events and routes that are asked for at a time, the most that Mailgun gives; and pages of them at most.
EVENTS, ROUTES, PAGES = 300, 100, 200
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
LOCAL = re.compile(r"[A-Za-z0-9._+-]+")
#: Nobody listens to what goes from here to here.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Route:
    """What Mailgun does with incoming mail that fits an expression."""

    expression: str
    actions: tuple[str, ...]
    priority: int
    description: str

    def form(self) -> list[tuple[str, str]]:
        return [
            ("priority", str(self.priority)),
            ("description", self.description),
            ("expression", self.expression),
            *(("action", action) for action in self.actions),
        ]


def options() -> dict[str, t.Any]:
    """How modules are told of an account; see :func:`account`."""
    return {
        "domain": {"type": "str", "required": True},
        "api_key": {"type": "str", "required": True, "no_log": True},
        "address": {"type": "str"},
        "endpoint": {"type": "str", "default": "https://api.mailgun.net"},
    }


def account(params: t.Mapping[str, t.Any]) -> Account:
    """The account that a module was told of."""
    domain = params["domain"]
    return Account(domain, params["api_key"], params["address"] or f"catch-all@{domain}", params["endpoint"])


@dataclass(frozen=True)
class Account:
    """How a domain is reached at Mailgun."""

    domain: str
    api_key: str = field(repr=False)
    address: str
    endpoint: str

    def client(self) -> Client:
        """:raises MailError: something of it cannot be meant, or would show the key to others."""
        where = urllib.parse.urlsplit(self.endpoint)
        if where.scheme != "https" and not (where.scheme == "http" and where.hostname in LOOPBACK):
            raise MailError(
                f"the endpoint {self.endpoint!r} must begin with https://, or anybody could read the API key"
            )
        if not DOMAIN.fullmatch(self.domain):
            raise MailError(f"{self.domain!r} is no domain, such as mg.example.com")
        name, _at, domain = self.address.rpartition("@")
        if not LOCAL.fullmatch(name) or domain.lower() != self.domain.lower():
            raise MailError(f"{self.address!r} is no address of {self.domain}, such as catch-all@{self.domain}")
        return Client(self.endpoint, login=("api", self.api_key))

    def route(self, priority: int = 0) -> Route:
        """The route that stores what comes to the address, and lets no later route have it."""
        pattern = re.sub(r"([.+])", r"\\\1", self.address)
        return Route(
            f'match_recipient("^{pattern}$")', ("store()", "stop()"), priority, f"ipai.odoo catches {self.address}"
        )


class Mailgun:
    """Mailgun's API v3, by what its reference says of events, stored messages and routes."""

    def __init__(self, account: Account, client: Client | None = None) -> None:
        self.account = account
        self.client = client or account.client()
        self._keys: dict[str, str] = {}

    def summaries(self, query: Query) -> list[Summary]:
        begin = query.before or datetime.now(timezone.utc)
        asked: dict[str, str | int] = {"begin": math.ceil(begin.timestamp()), "ascending": "no"}
        if query.since:
            asked["end"] = math.floor(query.since.timestamp())
        path = f"v3/{self.account.domain}/events"
        answer = self._json(path, event="stored", limit=EVENTS, **asked)
        found: dict[str, Summary] = {}
        for _page in range(PAGES):
            items = answer.get("items") or []
            for event in filter(self._caught, items):
                mail = self._summary(event)
                found[mail.id] = mail
                self._keys[mail.id] = event["storage"]["key"]
            following = urllib.parse.urlsplit(answer.get("paging", {}).get("next") or "").path
            # Only the path is taken from the answer: the key goes to the endpoint and nowhere else.
            if not items or not following:
                break
            answer = self._json(following.lstrip("/"))
        return newest_first(reversed(found.values()))

    def _caught(self, event: dict[str, t.Any]) -> bool:
        recipients = [item.lower() for item in event["message"].get("recipients") or []]
        return self.account.address.lower() in (recipients or [self.account.address.lower()])

    @staticmethod
    def _summary(event: dict[str, t.Any]) -> Summary:
        message = event["message"]
        headers = message.get("headers") or {}
        people = [words(one.strip()) for one in (headers.get("to") or "").split(",") if one.strip()]
        return Summary(
            id=re.sub(r"[^\w-]", "-", event["id"]),
            at=datetime.fromtimestamp(event["timestamp"], timezone.utc),
            sender=words(headers.get("from") or ""),
            recipients=tuple(people or message.get("recipients") or ()),
            subject=words(headers.get("subject") or ""),
            size=int(message.get("size") or 0),
            attachments=len(message.get("attachments") or []),
        )

    def raw(self, mail: Summary) -> bytes:
        key = urllib.parse.quote(self._keys[mail.id], safe="")
        path = f"v3/domains/{self.account.domain}/messages/{key}"
        try:
            stored = self._json(path, accept="message/rfc2822")
        except Refused as exc:
            if exc.status != 404:
                raise
            raise MailError(
                f"Mailgun has the event of mail {mail.id}, but no longer the mail: it keeps it for days"
            ) from None
        return str(stored["body-mime"]).encode("utf-8", "surrogateescape")

    def health(self) -> Health:
        try:
            stores = any(self._stores(route) for route in self.routes().values())
        except MailError as exc:
            return Health("mailgun", "nobody knows", str(exc))
        takes = "" if stores else f"no route stores what comes to {self.account.address}"
        return Health("mailgun", takes, "")

    def _stores(self, route: Route) -> bool:
        ours = route.expression in (self.account.route().expression, "catch_all()")
        return ours and any(action.startswith("store(") for action in route.actions)

    def routes(self) -> dict[str, Route]:
        """All routes of the account, by their ids."""
        found: dict[str, Route] = {}
        for page in range(PAGES):
            answer = self._json("v3/routes", skip=page * ROUTES, limit=ROUTES)
            items = answer.get("items") or []
            for item in items:
                told = (item["expression"], tuple(item["actions"]), int(item["priority"]), item["description"])
                found[item["id"]] = Route(*told)
            if not items or len(found) >= answer.get("total_count", 0):
                break
        return found

    def settle(self, wanted: Route | None, *, dry_run: bool) -> tuple[Route | None, Route | None]:
        """Have the route as it is wanted, or have none.

        :returns: the route before and after.
        """
        expression = self.account.route().expression
        known = {name: route for name, route in self.routes().items() if route.expression == expression}
        name, before = next(iter(known.items()), ("", None))
        if before == wanted or dry_run:
            return before, wanted
        if wanted is None:
            for item in known:
                self._ask("DELETE", f"v3/routes/{item}")
        elif before is None:
            self._ask("POST", "v3/routes", wanted.form())
        else:
            self._ask("PUT", f"v3/routes/{name}", wanted.form())
        return before, wanted

    def _json(self, path: str, **named: t.Any) -> t.Any:
        with _explained():
            return self.client.json(path, **named)

    def _ask(self, method: str, path: str, form: t.Sequence[tuple[str, str]] = ()) -> None:
        with _explained():
            self.client.ask(method, path, form)


@contextlib.contextmanager
def _explained() -> t.Iterator[None]:
    try:
        yield
    except Refused as exc:
        if exc.status in (401, 403):
            raise MailError(f"{exc}. Is the API key right, and of the region of the endpoint?") from None
        raise
