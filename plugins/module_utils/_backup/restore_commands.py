# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that restore, and that finish what a killed restore has left."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    record,
    restore,
    restore_plan,
    settings,
    timers,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.pair_commands import say
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: What may be said after the environment, as ``backup=latest``.
WORDS = ("backup", "confirm", "name", "publish", "repository", "source", "time")


def wish(words: t.Sequence[str]) -> restore_plan.Wish:
    """What the words ask for.

    :raises BackupError: one of them is not understood.
    """
    given = dict(word.partition("=")[::2] for word in words)
    unknown = sorted(set(given) - set(WORDS))
    if unknown:
        raise BackupError(f"{unknown[0]!r} is not understood; there are: {', '.join(f'{word}=…' for word in WORDS)}")
    if given.get("publish", "no") not in ("yes", "no"):
        raise BackupError(f"publish is yes or no, not {given['publish']!r}")
    return restore_plan.Wish(
        source=given.get("source", ""),
        backup=given.get("backup", ""),
        repository=given.get("repository"),
        moment=window.parse(given["time"]) if "time" in given else None,
        name=given.get("name", ""),
        publish=given.get("publish") == "yes",
        confirm=given.get("confirm", ""),
    )


def restore_pair(host: str, words: t.Sequence[str]) -> None:
    """[backup=ID|time=TIME] [publish=yes] […]: restore a backup or a moment beside what is live, and publish it."""
    found = settings.load(host)
    planned = restore_plan.plan(found, wish(words))
    done = restore.restore(found, planned, say)
    for check in done.get("checks", []):
        say(f"{check['name']}: {check['said']}")
    say(f"{planned.described()} is {found.database if done['published'] else done['name']}, {done['seconds']} s")
    if done["former"]:
        say(f"what was live is kept as {done['former']}")


def mend(host: str, _words: t.Sequence[str]) -> None:
    """Finish, or take back, what a killed restore has left."""
    found = settings.load(host)
    try:
        said = restore.mend(found)
    except CommandError as exc:
        if exc.argv[:1] != ("flock",):
            raise
        # A run that is at work is no reason to complain each minute.
        return
    record.recovered(found.state, "mend", host, found.webhook_file)
    if said:
        say(said)
    timers.watch(found)


COMMANDS: dict[str, t.Callable[[str, t.Sequence[str]], None]] = {
    "mend": mend,
    "restore": restore_pair,
}
