# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Debian packages: which of them are missing, and getting them without a question."""

from __future__ import annotations

import os
import re
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

#: dpkg writes into files with numbers as names what it has not put into its own list yet.
UPDATES = "/var/lib/dpkg/updates"
LISTING = ("dpkg-query", "--show", "--showformat=${db:Status-Abbrev}|${Package}\\n")
#: A file that both the package and somebody else changed stays as it is.
KEEP_FILES = ("--force-confdef", "--force-confold")
SILENCE = {"DEBIAN_FRONTEND": "noninteractive", "APT_LISTCHANGES_FRONTEND": "none"}
#: Seconds to wait for somebody else, unattended upgrades as a rule, who holds the lock.
PATIENCE = 300.0
PAUSE = 5.0
LOCKED = re.compile(r"could not get lock|locked by", re.IGNORECASE)

Runner = t.Callable[..., Result]


@dataclass(frozen=True)
class State:
    """What dpkg says of this machine's packages."""

    installed: frozenset[str]
    #: Whether dpkg is, or was killed, in the middle of something that ``dpkg --configure -a`` brings to its end.
    interrupted: bool


def parse(listing: str, updates: t.Iterable[str]) -> State:
    """The state from the output of :data:`LISTING` and the names in :data:`UPDATES`.

    Interrupted is what is unpacked, half configured or waits for triggers (dpkg-query(1), db:Status-Abbrev).  What
    waits for triggers is installed and configured.
    """
    lines = [line.partition("|") for line in listing.splitlines()]
    return State(
        frozenset(name for status, _sep, name in lines if status[1:2] in tuple("iWt")),
        any(name.isdigit() for name in updates) or any(status[1:2] in tuple("UFWt") for status, _sep, _name in lines),
    )


def choices(wanted: str) -> list[str]:
    """The packages of which one will do, best first, from Debian's own notation ``a | b``."""
    return [name.strip() for name in wanted.split("|")]


def missing(wanted: t.Iterable[str], installed: t.Collection[str]) -> list[str]:
    """What has to be installed: of each entry the first choice, unless one of its choices is there."""
    entries = [choices(entry) for entry in wanted]
    return list(dict.fromkeys(names[0] for names in entries if not any(name in installed for name in names)))


class Packages:
    """The packages of this machine.  ``run`` is :func:`_command.run`, replaced in tests."""

    def __init__(self, run: Runner, updates: str = UPDATES, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self._run = run
        self._updates = updates
        self._sleep = sleep

    def state(self) -> State:
        """:raises CommandError: there is no dpkg."""
        names = os.listdir(self._updates) if os.path.isdir(self._updates) else []
        return parse(self._run(LISTING, check=True).stdout, names)

    def finish(self) -> bool:
        """Bring to its end what was interrupted: apt refuses to work until that is done.

        :returns: whether there was something to do; not if somebody else was at work, and came to the end alone.
        """
        return bool(self._patiently(["dpkg", *KEEP_FILES, "--configure", "-a"]).stdout.strip())

    def install(self, names: t.Sequence[str]) -> None:
        """Install packages and what they need, but not what they recommend.

        The lists are read anew each time: old ones know neither a source that was just added nor the versions
        with yesterday's holes closed.
        """
        self._patiently(["apt-get", "-o", "Acquire::Retries=3", "update"])
        keep = [word for option in KEEP_FILES for word in ("-o", f"Dpkg::Options::={option}")]
        self._patiently(
            ["apt-get", "-o", "Acquire::Retries=3", *keep, "--yes", "--no-install-recommends", "install", *names]
        )

    def _patiently(self, argv: list[str]) -> Result:
        waited = 0.0
        while True:
            try:
                return self._run(argv, env=SILENCE, timeout=1800, check=True)
            except CommandError as exc:
                if waited >= PATIENCE or not LOCKED.search(exc.stderr):
                    raise
            self._sleep(PAUSE)
            waited += PAUSE
