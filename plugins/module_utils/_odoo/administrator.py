# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The administrator's login and password: set when others are given, let be when they were changed in Odoo."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets as random
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _secret
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, write_atomic
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError

SALT_BYTES = 32
STATE_ACCESS = Access(0, 0, 0o600)


@dataclass(frozen=True)
class Given:
    """Login and password as they are given now."""

    login: str
    password: str
    #: They are other ones than those that were set last, or the database is another one.
    due: bool
    #: What :meth:`Administrator.remember` takes once they are set.
    memory: str


@dataclass(frozen=True)
class Administrator:
    """The administrator that Odoo makes (C(base.user_admin))."""

    login: str
    password_file: str
    #: File in which is remembered what was set last.
    state_file: str

    def known(self) -> bool:
        """Whether login and password were ever set."""
        return _secret.read(self.state_file) is not None

    def given(self, uuid: str, *, check_mode: bool) -> Given:
        """What the files say for the database with this identifier.

        :param check_mode: the password's file may be missing, since something else only would make it.
        :raises OdooError: there is no password.
        :raises SecretError: a file cannot be read.
        """
        password = _secret.read(self.password_file)
        if password is None:
            if check_mode:
                return Given(self.login, "", due=True, memory="")
            raise OdooError(f"there is no password in {self.password_file}")
        salt, mark = remembered(_secret.read(self.state_file))
        now = fingerprint(salt, uuid, self.login, password)
        return Given(self.login, password, due=now != mark, memory=remember(salt, now))

    def remember(self, given: Given) -> None:
        """Keep in mind that these are set.

        :raises FileError: the file cannot be written.
        """
        write_atomic(self.state_file, given.memory.encode("ascii"), STATE_ACCESS)


def fingerprint(salt: str, uuid: str, login: str, password: str) -> str:
    """A mark of login and password in one database.

    The password may be changed in Odoo afterwards; only another *given* one is
    set again, and that is known by this mark, which lies in a root-only file.
    A database that was made anew has another identifier and gets it as well.
    """
    text = json.dumps([uuid, login, password])
    return hmac.new(salt.encode("ascii"), text.encode("utf-8"), hashlib.sha256).hexdigest()


def remembered(text: str | None) -> tuple[str, str]:
    """Salt and mark from the remembering file; a new salt and no mark when it tells nothing."""
    try:
        document = json.loads(text or "")
        salt, mark = document["salt"], document["fingerprint"]
    except (ValueError, KeyError, TypeError):
        salt = mark = None
    if isinstance(salt, str) and isinstance(mark, str) and re.fullmatch(r"[0-9a-f]{64}", salt):
        return salt, mark
    return random.token_hex(SALT_BYTES), ""


def remember(salt: str, mark: str) -> str:
    """The text of the remembering file."""
    return json.dumps({"salt": salt, "fingerprint": mark}) + "\n"
