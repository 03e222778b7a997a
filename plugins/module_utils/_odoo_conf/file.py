# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The text of odoo.conf: written, read, and as it may be shown."""

from __future__ import annotations

import hashlib
import hmac
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.values import format_value

#: The first line of what we write.
HEADER = "; Written by Ansible (ipai.odoo.odoo_config). Changes made here are lost.\n"
#: Stands where a secret is, in what may be shown.
NOT_SHOWN = "(not shown)"


@dataclass(frozen=True)
class Rendered:
    """A configuration file, once as it is written and once as it may be shown."""

    text: str
    #: The same without secrets.
    shown: str


def render(
    options: t.Mapping[str, t.Any],
    secrets: t.Mapping[str, str] | None = None,
    addon_options: t.Mapping[str, str] | None = None,
    sections: t.Mapping[str, t.Mapping[str, str]] | None = None,
) -> Rendered:
    """The file's text from validated values: sorted, so that equal values give equal bytes.

    :param secrets: option to value; masked in what may be shown.
    """
    hidden = dict(secrets or {})
    values = {name: format_value(value) for name, value in options.items()}
    values.update(addon_options or {})
    values.update(hidden)
    text, shown = [HEADER, "[options]\n"], [HEADER, "[options]\n"]
    for name in sorted(values):
        text.append(_line(name, values[name]))
        shown.append(_line(name, NOT_SHOWN if name in hidden or looks_secret(name) else values[name]))
    for section in sorted(sections or {}):
        for lines in (text, shown):
            lines.append(f"\n[{section}]\n")
        for name, value in sorted((sections or {})[section].items()):
            text.append(_line(name, value))
            shown.append(_line(name, NOT_SHOWN if looks_secret(name) else value))
    return Rendered("".join(text), "".join(shown))


def _line(name: str, value: str) -> str:
    return f"{name} = {value}".rstrip() + "\n"


def looks_secret(name: str) -> bool:
    """Whether a key's name says that its value is nobody's business."""
    return re.search(r"pass|secret|token|(^|_)key($|_)|credential", name, re.IGNORECASE) is not None


def mask(text: str, secret_names: t.Iterable[str] = (), known: t.Container[str] | None = None) -> str:
    """An existing odoo.conf, written by whomever, as it may be shown in a diff.

    :param known: keys that may be shown; one that is asked for no longer may have held an addon's secret.
    """
    names = set(secret_names)
    result = []
    hiding = False
    for line in text.splitlines(keepends=True):
        body = line.lstrip("; #\t")
        match = re.match(r"([^\s=:]+)\s*[=:]", body)
        shown = line
        if match:
            name = match.group(1)
            hiding = name in names or looks_secret(name) or (known is not None and name not in known)
            if hiding:
                shown = line[: len(line) - len(body)] + f"{name} = {NOT_SHOWN}\n"
        elif hiding and line[:1].isspace() and line.strip():
            shown = f"    {NOT_SHOWN}\n"  # a value that goes on in the next line
        result.append(shown)
    return "".join(result)


def fingerprint(text: str, secrets: t.Mapping[str, str], access: Access) -> str:
    """A short mark of the whole file that changes when any value of it does, or who may read it.

    It is keyed with the secrets: without knowing all of them nobody can use it
    to try out values of one.
    """
    key = "\0".join(f"{name}={secrets[name]}" for name in sorted(secrets)).encode("utf-8")
    whole = f"{access}\n{text}".encode()
    return hmac.new(hashlib.sha256(key).digest(), whole, hashlib.sha256).hexdigest()[:20]


def read_option(text: str, name: str) -> str | None:
    """The value of a key in the section C([options]) of an existing file."""
    section = ""
    for line in text.splitlines():
        header = re.fullmatch(r"\[([^]]+)\]\s*", line)
        if header:
            section = header.group(1)
        elif section == "options":
            match = re.match(rf"{re.escape(name)}\s*[=:]\s*(.*?)\s*$", line)
            if match:
                return match.group(1)
    return None
