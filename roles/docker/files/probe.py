# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the docker role has to know about a droplet, read in one go; changes nothing.

Fed to the droplet's Python with one JSON object as the only argument: packages, units, files (path to the
SHA-256 of what it should hold) and file_modes. Prints one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys

DAEMON = "/etc/docker/daemon.json"


def run(argv: list[str]) -> str:
    """Output of a command that only reads; empty when it is missing."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def missing(names: list[str], listing: str) -> list[str]:
    """The packages that are not installed, by `dpkg-query -W -f '${db:Status-Abbrev}|${Package}\\n'`."""
    states = (line.partition("|") for line in listing.splitlines())
    installed = {name for state, _sep, name in states if state[1:2] == "i"}
    return [name for name in names if name not in installed]


def drifts(path: str, digest: str, mode: str) -> bool:
    """Whether a file is not there, or differs in content, owner or mode from what it should be."""
    try:
        with open(path, "rb") as handle:
            content = handle.read()
        state = os.lstat(path)
    except OSError:
        return True
    return (
        not stat.S_ISREG(state.st_mode)
        or (state.st_uid, state.st_gid) != (0, 0)
        or f"{stat.S_IMODE(state.st_mode):04o}" != mode
        or hashlib.sha256(content).hexdigest() != digest
    )


def apt_ready() -> bool:
    """Whether the apt module can look ahead in check mode: its Python binding and package lists are there."""
    try:
        names = os.listdir("/var/lib/apt/lists")
    except OSError:
        return False
    return any("Packages" in name for name in names) and os.path.isdir("/usr/lib/python3/dist-packages/apt")


def unit(name: str) -> dict[str, str]:
    shown = run(
        [
            "systemctl",
            "show",
            "--timestamp=unix",
            "-p",
            "LoadState,ActiveState,UnitFileState,StateChangeTimestamp",
            name,
        ]
    )
    return dict(line.partition("=")[::2] for line in shown.splitlines())


def idle(state: dict[str, str]) -> bool:
    """Whether a unit is there and does not run, or would not after a reboot."""
    return state.get("LoadState") == "loaded" and (
        state.get("ActiveState") != "active" or state.get("UnitFileState") == "disabled"
    )


def main() -> None:
    asked = json.loads(sys.argv[1])
    states = {name: unit(name) for name in asked["units"]}
    since = states.get("docker.service", {}).get("StateChangeTimestamp", "").lstrip("@")
    written = int(os.stat(DAEMON).st_mtime) if os.path.exists(DAEMON) else 0
    print(
        json.dumps(
            {
                "missing": missing(
                    asked["packages"], run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Package}\n"])
                ),
                "apt_ready": apt_ready(),
                "drift": [
                    path
                    for path, digest in asked["files"].items()
                    if drifts(path, digest, asked["file_modes"].get(path, "0644"))
                ],
                "idle": [name for name, state in states.items() if idle(state)],
                # A run that was killed between writing the file and restarting the daemon.
                "stale": since.isdigit() and 0 < int(since) < written,
            }
        )
    )


if __name__ == "__main__":
    main()
