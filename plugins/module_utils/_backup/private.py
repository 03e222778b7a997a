# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What belongs to a backup besides database and filestore: its manifest, and passwords that nobody else has.

An environment whose droplet is gone is to be entered as before.  What the inventory gives, or what a new droplet makes
for itself (the password of the database role, the master password), is not among them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, write_atomic

#: Files of the environment's folder of secrets that say how one logs in.
NAMES = ("admin_password", "admin_state", "login_wall_password")
SECRETS_FILE = "secrets.json"


@contextlib.contextmanager
def folder(settings: Settings, manifest: t.Mapping[str, t.Any], name: str) -> t.Iterator[str]:
    """A folder of root's with the manifest (as ``name``) and the secrets, for as long as the context lasts."""
    path = os.path.join(settings.home, "manifest")
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, mode=0o700)
    try:
        for file, document in ((name, manifest), (SECRETS_FILE, read(settings))):
            with open(os.open(os.path.join(path, file), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as out:
                json.dump(document, out, sort_keys=True)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def read(settings: Settings) -> dict[str, str]:
    """The secrets that are there, by name."""
    found = {}
    for name in NAMES:
        with contextlib.suppress(FileNotFoundError), open(_path(settings, name), encoding="utf-8") as stream:
            found[name] = stream.read()
    return found


def restore(settings: Settings, place: Restic, snapshot: str) -> list[str]:
    """Put the secrets of a backup in their places; their names."""
    found = json.loads(place.read_text(snapshot, SECRETS_FILE))
    names = [name for name in NAMES if name in found]
    for name in names:
        write_atomic(_path(settings, name), found[name].encode(), Access(0, 0, 0o600))
    return names


def _path(settings: Settings, name: str) -> str:
    return os.path.join(settings.directory, "secrets", name)
