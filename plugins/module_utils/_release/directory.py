# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The directory of an environment: who gets into it, and to whom what is in it belongs."""

from __future__ import annotations

import os
import stat

from ansible_collections.ipai.odoo.plugins.module_utils._files import access_of


def read_text(path: str) -> str:
    """The text of a plain file, or nothing."""
    if access_of(path) is None:
        return ""
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def close(path: str, check_mode: bool) -> bool:
    """Have a directory that only root gets into; whether something had to be done."""
    try:
        found = os.stat(path)
        wrong = (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (0, 0, 0o700)
    except FileNotFoundError:
        wrong = True
    if wrong and not check_mode:
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.chown(path, 0, 0)
        os.chmod(path, 0o700)
    return wrong
