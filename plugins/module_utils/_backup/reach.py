# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether an S3 service answers at all, and at our time: programs that use it would try for a quarter of an hour."""

from __future__ import annotations

import email.utils
import http.client
import time
import typing as t
import urllib.error
import urllib.request

#: Seconds in which it has to answer anything at all, and how often it is asked when it answers something wrong.
ANSWER, ATTEMPTS = 10.0, 3
#: Seconds by which our clock may differ from its own; it refuses what is 15 minutes off.
SKEW = 600.0
#: Seconds of trouble after which a transfer is given up: restic goes on for a quarter of an hour, and then with the
#: next object for another one.
PATIENCE = 240.0


def reach(endpoint: str) -> str:
    """What is wrong with the service of an address, if something is."""
    said = ""
    for attempt in range(ATTEMPTS):
        time.sleep(attempt)
        try:
            with _answer(f"https://{endpoint}/") as answer:
                answer.read()
            # Who shows no key is refused, and that is an answer.
            if (answer.status or 0) < 500:
                return skew(answer.headers["Date"])
            said = f"it answers {answer.status}"
        except (OSError, http.client.HTTPException) as exc:
            reason = getattr(exc, "reason", exc)
            said = str(reason)
            if isinstance(reason, TimeoutError):
                break
    return said


def patience(endpoint: str, ask: t.Callable[[str], str] = reach) -> t.Callable[[], str]:
    """What says, when it is asked now and then, that a service has been in trouble for too long."""
    well = time.monotonic()

    def look() -> str:
        nonlocal well
        said = ask(endpoint)
        if not said:
            well = time.monotonic()
        return said if time.monotonic() - well > PATIENCE else ""

    return look


def _answer(address: str) -> http.client.HTTPResponse | urllib.error.HTTPError:
    try:
        return t.cast(http.client.HTTPResponse, urllib.request.build_opener().open(address, timeout=ANSWER))
    except urllib.error.HTTPError as exc:
        return exc


def skew(date: str | None) -> str:
    """What S3 would say about our clock, if that is not its own; its header C(Date) tells."""
    if date and abs(email.utils.parsedate_to_datetime(date).timestamp() - time.time()) > SKEW:
        return f"RequestTimeTooSkewed: there, it is {date}"
    return ""
