# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The state of a droplet that Ansible's own facts do not tell, or not quickly. Nothing here changes anything."""

from __future__ import annotations

import glob
import os
import pwd
import re
import shutil
import stat
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _access
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

Runner = t.Callable[..., Result]

UNIT = "LoadState,ActiveState,UnitFileState,StateChangeTimestamp"


def read(path: str) -> str:
    """What a file holds; nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def read_all(pattern: str) -> str:
    return "\n".join(read(path) for path in sorted(glob.glob(pattern)))


# --- what texts say ---------------------------------------------------------------------------------------


def settings(text: str) -> dict[str, str]:
    """Names and values of a file such as login.defs, where the last line of a name counts (login.defs(5))."""
    lines = (line.split(None, 1) for line in text.splitlines())
    return {words[0]: words[1].strip() for words in lines if len(words) == 2 and not words[0].startswith("#")}


def first_words(text: str) -> list[str]:
    """The first word of each line that is no comment: devices in /proc/swaps or /etc/fstab."""
    return [words[0] for words in map(str.split, text.splitlines()) if words and not words[0].startswith("#")]


def has_security_archive(sources: str) -> bool:
    """Whether apt's sources name a security archive, by the name of its suite (trixie-security)."""
    return any(re.search(r"\S-security\b", line) for line in sources.splitlines() if not line.strip().startswith("#"))


def uncompiled(rules: str, compiled: str) -> bool:
    """Whether audit rules are missing in what augenrules compiled of all rule files; it keeps lines as they are."""
    have = {line.strip() for line in compiled.splitlines()}
    return any(line.startswith("-") and line.strip() not in have for line in rules.splitlines())


def is_idle(unit: t.Mapping[str, str]) -> bool:
    """Whether a unit of systemd is there and does not run, or would not after a reboot."""
    return unit.get("LoadState") == "loaded" and (
        unit.get("ActiveState") != "active" or unit.get("UnitFileState") == "disabled"
    )


def overridden(listing: str) -> set[str]:
    """Paths whose mode dpkg keeps as an administrator wants it, from ``dpkg-statoverride --list``."""
    return {line.split(None, 3)[3] for line in listing.splitlines() if len(line.split(None, 3)) == 4}


# --- what the machine says --------------------------------------------------------------------------------


class Droplet:
    """This machine.  ``run`` is :func:`_command.run`, replaced in tests."""

    def __init__(self, run: Runner) -> None:
        self._run = run
        self._units: dict[str, dict[str, str]] = {}

    def said(self, *argv: str) -> str:
        """Output of a command that only reads; nothing when it is missing or fails."""
        try:
            return self._run(argv, timeout=30, check=True).stdout
        except CommandError:
            return ""

    def unit(self, name: str) -> dict[str, str]:
        if name not in self._units:
            shown = self.said("systemctl", "show", "--timestamp=unix", f"--property={UNIT}", name)
            self._units[name] = dict(line.partition("=")[::2] for line in shown.splitlines())
        return self._units[name]

    def is_behind(self, files: t.Iterable[str], unit: str | None, product: str | None) -> bool:
        """Whether files are younger than the unit that has read them, or than what was made of them.

        A unit that does not run is not: it will read them when it starts.

        :param files: patterns; a directory is as young as the last entry that came or went.
        """
        times = [int(os.stat(path).st_ctime) for pattern in files for path in glob.glob(pattern)]
        if unit:
            since = self.unit(unit).get("StateChangeTimestamp", "").lstrip("@")
            seen = int(since) if since.isdigit() else 0
        else:
            seen = int(os.stat(product).st_mtime) if product and os.path.exists(product) else 0
        return bool(times) and 0 < seen < max(times)

    def programs(self, wanted: t.Iterable[str]) -> list[str]:
        """The programs that are still open to others, by their real paths.

        :param wanted: a name counts where it is found, an absolute path also where no package has brought it yet.
        """
        places = {name: name if name.startswith("/") else shutil.which(name) for name in wanted}
        paths = sorted({os.path.realpath(path) for path in places.values() if path})
        kept = overridden(self.said("dpkg-statoverride", "--list"))
        return [path for path in paths if path not in kept or (mode_of(path) or 0) & stat.S_IXOTH]


def mode_of(path: str) -> int | None:
    """Mode bits of what is there and no link."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return None if stat.S_ISLNK(found.st_mode) else stat.S_IMODE(found.st_mode)


def astray(links: t.Mapping[str, str]) -> list[str]:
    """Links that are not there, or point to something else."""
    return [path for path, target in links.items() if not os.path.islink(path) or os.readlink(path) != target]


def looser(modes: t.Mapping[str, str]) -> list[dict[str, t.Any]]:
    """What is there with another mode than it should have, with its group."""
    return [
        {"path": path, "mode": mode, "group": os.stat(path).st_gid}
        for path, mode in modes.items()
        if mode_of(path) not in (None, int(mode, 8))
    ]


def keys_of(user: str) -> int:
    """How many keys open a user's account."""
    try:
        home = pwd.getpwnam(user).pw_dir
    except KeyError:
        return 0
    return _access.count_keys(read(os.path.join(home, ".ssh", "authorized_keys")))


def session_of(pid: int) -> _access.Session:
    """The SSH session that a process descends from.

    sudo empties the environment, so the parents are asked; the outermost that has SSH_CONNECTION is the
    login, whatever sudo was told to keep.
    """
    session = _access.Session(os.environ.get("SUDO_USER", ""))
    while pid > 1:
        status = read(f"/proc/{pid}/status")
        for entry in read(f"/proc/{pid}/environ").split("\0"):
            name, _sep, value = entry.partition("=")
            if name == "SSH_CONNECTION" and len(value.split()) == 4:
                client, _port, _address, port = value.split()
                user = pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name
                session = _access.Session(user, client, int(port))
        parent = re.search(r"^PPid:\s+(\d+)", status, re.M)
        pid = int(parent.group(1)) if parent else 0
    return session
