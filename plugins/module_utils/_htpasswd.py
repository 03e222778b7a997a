# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Logins of an nginx virtual host, as SHA-512 crypt hashes that stay as they are while the password does."""

from __future__ import annotations

import re
import secrets
import string
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import Result

Runner = t.Callable[..., Result]

SALT_CHARACTERS = string.ascii_letters + string.digits + "./"


class HtpasswdError(Exception):
    """A login cannot be written.  The text never contains the password."""


def parse(text: str) -> dict[str, str]:
    """Users and their hashes; lines that are neither are left out."""
    pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {user: hashed for user, colon, hashed in pairs if colon}


def salt_of(hashed: str) -> str | None:
    """The salt of a SHA-512 crypt hash with the usual number of rounds."""
    match = re.fullmatch(r"\$6\$([./0-9A-Za-z]{1,16})\$[./0-9A-Za-z]{86}", hashed)
    return match[1] if match else None


def sha512_crypt(password: str, salt: str, run: Runner) -> str:
    """Hash with openssl; the password goes in by standard input."""
    if not password or re.search(r"[\x00\r\n]", password):
        raise HtpasswdError("a password is empty or contains a line break")
    said = run(["openssl", "passwd", "-6", "-salt", salt, "-stdin"], stdin=password + "\n", timeout=30, check=True)
    return said.stdout.strip()


def render(logins: t.Mapping[str, str], held: t.Mapping[str, str], run: Runner) -> str:
    """The file's text.

    :param logins: user to password.
    :param held: user to the hash that the file holds now; kept where the password is the same.
    """
    lines = []
    for user in sorted(logins):
        if not re.fullmatch(r"[^:\s\x00-\x1f#][^:\x00-\x1f]*", user):
            raise HtpasswdError(f"{user!r} is no user name: it must neither be empty nor contain a colon")
        salt = salt_of(held.get(user, "")) or "".join(secrets.choice(SALT_CHARACTERS) for unused in range(16))
        hashed = sha512_crypt(logins[user], salt, run)
        if hashed != held.get(user):
            # A new password gets a new salt.
            salt = "".join(secrets.choice(SALT_CHARACTERS) for unused in range(16))
            hashed = sha512_crypt(logins[user], salt, run)
        lines.append(f"{user}:{hashed}\n")
    return "".join(lines)
