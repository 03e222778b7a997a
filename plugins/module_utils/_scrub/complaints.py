# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What PostgreSQL says is wrong with rows, without what is in them: logs and reports must not have it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

_MAIN = re.compile(r"(?:ERROR|FATAL|PANIC):\s+(.*)")
_PLACE = re.compile(r"CONTEXT:\s+COPY ([^,]+), line \d+(?:, column ([^:\s]+))?")
_KEY = re.compile(r"DETAIL:\s+Key \(([^)]*)\)=\(.*\) (.*)")
#: A value that was not taken stands at the end, in quotes.
_VALUE = re.compile(r': ".*')


def said(text: str) -> str:
    """What went wrong, where, and by which constraint; never a value."""
    main = _MAIN.search(text)
    if not main:
        return ""
    words = [_VALUE.sub("", main[1].strip())]
    place = _PLACE.search(text)
    if place:
        words.append(f"in table {place[1]}" + (f", column {place[2]}" if place[2] else ""))
    key = _KEY.search(text)
    if key:
        words.append(f"({key[1]}) {_VALUE.sub('', key[2])}")
    return "; ".join(words)


def cleaned(exc: CommandError) -> CommandError:
    """The same failure without values.  What says nothing of the kind, such as that Docker does not answer, stays."""
    short = said(exc.stderr)
    if not short:
        return exc
    return CommandError(exc.argv, exc.rc, "", "", f"PostgreSQL refuses: {short}")


class Cleaning:
    """A context whose failures are :func:`cleaned`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: t.Any, error: BaseException | None, trace: t.Any) -> None:
        if isinstance(error, CommandError):
            raise cleaned(error) from None
