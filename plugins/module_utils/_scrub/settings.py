# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What a refresh of an environment needs to know: read from one file that the role ``refresh`` writes.

Nothing secret is in it; it names the files that hold secrets.
"""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible_collections.ipai.odoo.plugins.module_utils._backup import settings as backup_settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._odoo import administrator
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, words
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral import Administrator
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.profile import Layer
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.refresh import Job
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.scrubber import Scrub

#: One file for each environment, ``<environment>.json``.
DIRECTORY = "/etc/ipai-odoo/refresh"


def load(environment: str, directory: str = DIRECTORY) -> Job:
    """The refresh that is set up for an environment of this droplet.

    :raises BackupError: there is none, or something it names is missing.
    """
    path = os.path.join(directory, f"{environment}.json")
    try:
        document = json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise BackupError(
            f"no refresh is set up for {environment} on this droplet: the playbook ipai.odoo.refresh does that"
        ) from None
    except (OSError, ValueError) as exc:
        raise BackupError(f"cannot read {path}: {exc}") from exc
    return job(environment, document)


def job(environment: str, document: t.Mapping[str, t.Any]) -> Job:
    """The refresh that a document of :func:`load` describes.

    :raises BackupError: a file that it names cannot be read.
    """
    source = backup_settings.load(document["source"])
    target = backup_settings.load(environment)
    wish = Wish(
        environment=environment,
        base_url=document["base_url"],
        mail_host=document["mail_host"],
        mail_port=document["mail_port"],
        crons=tuple(document["crons"]),
        parameters=document["parameters"],
    )
    scrub = Scrub(
        key=_secret(document["key_file"]).encode(),
        words=_words(document["words"]),
        layers=tuple(Layer(one["name"], one["tables"], one["own"]) for one in document["profiles"]),
        harmless=tuple(document["harmless"]),
        written=("database.secret", "database.uuid", *wish.all_parameters),
        allowed=tuple(document["allowed"]),
        workers=document["workers"],
    )
    return Job(
        source=source,
        target=target,
        scrub=scrub,
        wish=wish,
        administrator=Administrator(document["admin_login"], _secret(document["admin_password_file"])),
        network=document["network"],
        catcher=canary.found() if document["mail_host"] == canary.CONTAINER else None,
        accepted=tuple(document["accepted"]),
        remembered=administrator.Administrator(
            document["admin_login"], document["admin_password_file"], document["admin_state_file"]
        ),
    )


def _secret(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise BackupError(f"cannot read {path}: {exc}. The playbook ipai.odoo.refresh makes it") from exc


def _words(path: str) -> words.Words:
    try:
        return words.read(Path(path))
    except (OSError, words.WordsError) as exc:
        raise BackupError(f"cannot read the words that fakes are made of: {exc}. Run the playbook again") from exc
