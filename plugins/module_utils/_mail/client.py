# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""HTTP to a catcher: one address, nothing else.  It follows no redirect, since the login would go with it."""

from __future__ import annotations

import base64
import email.utils
import http.client
import json
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

#: Seconds for one answer, and seconds that all waiting for a service that says "too many" may take together.
TIMEOUT, PATIENCE = 30.0, 120.0


class MailError(Exception):
    """The operator can do something about it; the text says what."""


class Refused(MailError):
    """The service answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: t.Any, **_named: t.Any) -> None:
        return None


class Client:
    """Asks one service.

    :param base: its address, with a path or without.
    :param login: user and password.  They go to this address alone.
    :param direct: past any proxy of the machine, for what is on the machine.
    """

    def __init__(
        self,
        base: str,
        *,
        login: tuple[str, str] | None = None,
        direct: bool = False,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base.rstrip("/")
        self._headers = {"User-Agent": "ipai.odoo"}
        if login:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode("ascii")
        self._opener = urllib.request.build_opener(_Stay, *([urllib.request.ProxyHandler({})] if direct else []))
        self._sleep = sleep

    def json(self, path: str, *, accept: str = "application/json", **parameters: str | int) -> t.Any:
        """What a page holds; :raises MailError: also where that is no JSON."""
        body = self.ask("GET", path, (), accept=accept, **parameters)
        try:
            return json.loads(body)
        except ValueError:
            raise MailError(f"{self.base} answers {path} with something else than JSON") from None

    def ask(
        self,
        method: str,
        path: str,
        form: t.Sequence[tuple[str, str]] = (),
        *,
        accept: str = "*/*",
        **parameters: str | int,
    ) -> bytes:
        """One answer.  Where it is V(429), the question is asked again when the service says.

        :raises Refused: the service answers with an error.
        :raises MailError: nobody answers.
        """
        url = f"{self.base}/{path}" + (f"?{urllib.parse.urlencode(parameters)}" if parameters else "")
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(url, data, {**self._headers, "Accept": accept}, method=method)  # noqa: S310
        waited = 0.0
        while True:
            try:
                with self._opener.open(request, timeout=TIMEOUT) as answer:
                    return t.cast(bytes, answer.read())
            except urllib.error.HTTPError as exc:
                with exc:
                    pause = retry_after(exc.headers.get("Retry-After")) if exc.code == 429 else None
                    if pause is None or waited + pause > PATIENCE:
                        raise Refused(exc.code, self._told(exc)) from None
            except (OSError, http.client.HTTPException) as exc:
                reason = getattr(exc, "reason", exc)
                raise MailError(f"{self.base} does not answer: {reason or type(exc).__name__}") from None
            waited += pause
            self._sleep(pause)

    def _told(self, answer: urllib.error.HTTPError) -> str:
        """What the service said, without what we asked: a question may hold what nobody should read."""
        text = answer.read(2000).decode("utf-8", "replace")
        try:
            text = str(json.loads(text)["message"])
        except (ValueError, KeyError, TypeError):
            text = str(answer.reason)
        more = f"; it wants us to come back after {answer.headers.get('Retry-After')}" if answer.code == 429 else ""
        return f"{self.base} answers {answer.code}: {' '.join(text.split())[:300]}{more}"


def retry_after(value: str | None, now: float | None = None) -> float:
    """Seconds of the header C(Retry-After), which is a number or a date; one second where there is none."""
    if not value:
        return 1.0
    try:
        return max(0.1, float(value))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return 1.0
    return max(0.1, moment - (time.time() if now is None else now))
