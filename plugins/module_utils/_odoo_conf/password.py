# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The master password: odoo.conf holds a hash of it, with which Odoo verifies what it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets as random

SALT_BYTES = 16


def hash_password(password: str, rounds: int, salt: bytes | None = None) -> str:
    """PBKDF2-SHA512 of the master password in passlib's format, which Odoo verifies.

    ``$pbkdf2-sha512$<rounds>$<salt>$<checksum>``, both in base64 with "." for
    "+" and without padding (passlib, Modular Crypt Format of PBKDF2).  Takes
    about half a second with the rounds that Odoo asks for.
    """
    salt = random.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode("utf-8"), salt, rounds)
    return f"$pbkdf2-sha512${rounds}${_encode(salt)}${_encode(digest)}"


def keep_or_hash_password(password: str, rounds: int, existing: str | None) -> str:
    """The existing hash if it is one of this password and strong enough, else a new one.

    That makes a second run change nothing and still gives each hash a salt of
    its own.  (A salt computed from the password by anything quicker than the
    hash itself would let an attacker test passwords against the salt.)
    """
    if existing:
        match = re.fullmatch(r"\$pbkdf2-sha512\$([0-9]{1,9})\$([A-Za-z0-9./]+)\$[A-Za-z0-9./]+", existing)
        if match and rounds <= int(match.group(1)) <= 10 * rounds:
            try:
                again = hash_password(password, int(match.group(1)), _decode(match.group(2)))
            except ValueError:
                again = ""
            if hmac.compare_digest(again, existing):
                return existing
    return hash_password(password, rounds)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").replace(b"+", b".").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)
