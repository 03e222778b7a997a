# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Manifests of backups, which are read from a repository once and kept on the droplet."""

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError

#: Name of the file in the snapshot of a manifest.
FILE = "manifest.json"


class Manifests:
    """Manifests that were read before: each is read from a repository once."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.known: dict[str, dict[str, t.Any]] = {}

    def learn(self, place: Restic, identifier: str, snapshot: str) -> None:
        if identifier in self.known:
            return
        path = os.path.join(self.directory, f"{identifier}.json")
        try:
            with open(path, encoding="utf-8") as stream:
                self.known[identifier] = json.load(stream)
            return
        except (OSError, ValueError):
            pass
        text = place.read_text(snapshot, FILE)
        try:
            self.known[identifier] = json.loads(text)
        except ValueError:
            raise RepositoryError(f"the manifest of {identifier} in {place} is damaged: run backup_verify") from None
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        temporary = f"{path}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
