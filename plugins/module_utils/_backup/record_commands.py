# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that tell of runs: to whoever waits for them, and about those that can tell no more."""

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

#: Where the settings of environments and of database servers lie.
DIRECTORIES = (settings.DIRECTORY, "/etc/ipai-odoo/archive")


def webhook_file(host: str, directories: t.Sequence[str] = DIRECTORIES) -> str:
    """The file with the address for alerts about an environment or a database server; empty for none.

    Only that is read: an alert has to work where the rest of the settings does not.
    """
    for directory in directories:
        try:
            with open(os.path.join(directory, f"{host}.json"), encoding="utf-8") as stream:
                return str(json.load(stream).get("webhook_file") or "")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, AttributeError) as exc:
            raise BackupError(f"the settings of {host} in {directory} cannot be read: {exc}") from exc
    return ""


def alert(name: str, _words: t.Sequence[str]) -> None:
    """Record the failure of a unit that could not do it itself; ``name`` is ``<kind>:<host>``."""
    kind, separator, host = name.partition(":")
    if not separator:
        raise BackupError(f"{name} is no run: it is named as pair:erp is")
    record.broken(os.path.join(settings.STATE, host), kind, host, webhook_file(host), os.environ)


COMMANDS: dict[str, t.Callable[[str, t.Sequence[str]], None]] = {"alert": alert}
