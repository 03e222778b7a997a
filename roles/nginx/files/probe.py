# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing on a droplet, read in one go.

The role feeds this file to the droplet's Python with one JSON object as the only argument: packages,
pinned (Python package to version) in a virtual environment, and units. It prints one JSON object and
changes nothing.
"""

from __future__ import annotations

import glob
import json
import re
import subprocess
import sys


def said(*argv: str) -> list[str]:
    """Lines that a program writes, whatever its exit code; none if it is not there."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except FileNotFoundError:
        return []
    return done.stdout.splitlines()


def missing_packages(wanted: list[str], lines: list[str]) -> list[str]:
    """Of the wanted packages those that dpkg does not call installed; lines are "status name"."""
    installed = {name for status, _space, name in (line.partition(" ") for line in lines) if status == "installed"}
    return [name for name in wanted if name not in installed]


def missing_pinned(wanted: dict[str, str], directories: list[str]) -> list[str]:
    """Of the wanted Python packages those that are not there in that version, as "name==version"."""
    found = set()
    for directory in directories:
        name, _dash, version = directory.rpartition("/")[2].removesuffix(".dist-info").rpartition("-")
        found.add((re.sub(r"[-_.]+", "-", name).lower(), version))
    return [f"{name}=={version}" for name, version in wanted.items() if (name, version) not in found]


def resting_units(wanted: list[str], enabled: list[str], active: list[str]) -> list[str]:
    """Of the wanted units those that are not both enabled and active; systemctl answers a line for each."""
    if len(enabled) != len(wanted) or len(active) != len(wanted):
        return wanted
    return [name for name, one, two in zip(wanted, enabled, active) if (one, two) != ("enabled", "active")]


def main() -> None:
    asked = json.loads(sys.argv[1])
    show = "${db:Status-Status} ${Package}\\n"
    found = {
        "packages": missing_packages(
            asked["packages"], said("dpkg-query", "--show", f"--showformat={show}", *asked["packages"])
        ),
        "pinned": missing_pinned(
            asked["pinned"], glob.glob(f"{asked['environment']}/lib/python3*/site-packages/*.dist-info")
        ),
        "units": resting_units(
            asked["units"],
            said("systemctl", "is-enabled", *asked["units"]),
            said("systemctl", "is-active", *asked["units"]),
        ),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
