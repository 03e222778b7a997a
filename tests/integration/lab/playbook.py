# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user runs it: ansible-playbook, and what it said."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.droplets import DROPLET, Droplet
from lab.places import INVENTORY, ROOT

RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=(?P<unreachable>\d+)"
    r"\s+failed=(?P<failed>\d+)\s+skipped=(?P<skipped>\d+)",
    re.M,
)
TASK_TIME = re.compile(r"^(?P<task>\S.*?) -{3,} +(?P<seconds>\d+\.\d+)s$", re.M)


@dataclass
class Play:
    """What a run of ansible-playbook said."""

    code: int
    text: str
    seconds: float

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        return {
            match["host"]: {key: int(value) for key, value in match.groupdict().items() if key != "host"}
            for match in RECAP.finditer(self.text)
        }

    def total(self, key: str) -> int:
        return sum(counts[key] for counts in self.recap.values())

    @property
    def slowest(self) -> list[tuple[str, float]]:
        return [(match["task"].strip(), float(match["seconds"])) for match in TASK_TIME.finditer(self.text)]

    @property
    def changes(self) -> str:
        """The tasks that reported a change, for messages."""
        task, out = "", []
        for line in self.text.splitlines():
            if line.startswith(("TASK [", "RUNNING HANDLER [")):
                task = line
            elif line.startswith("changed:"):
                out.append(f"{task} {line}")
        return "\n".join(out)

    @property
    def failures(self) -> str:
        return "\n".join(
            line for line in self.text.splitlines() if "fatal:" in line or "FAILED" in line or "ERROR" in line
        )


def play_environment(droplet: Droplet) -> dict[str, str]:
    return {
        **os.environ,
        "IPAI_LAB_DROPLET": droplet.address,
        "IPAI_LAB_DOMAIN": droplet.domain,
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
        "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "12",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }


def play(
    *arguments: str,
    droplet: Droplet = DROPLET,
    inventory: Path = INVENTORY,
    playbook: str = "ipai.odoo.site",
    timeout: float = 1200,
    environment: Mapping[str, str] | None = None,
) -> Play:
    """Run a playbook as a user does and wait for its end."""
    argv = ["ansible-playbook", "--inventory", str(inventory), playbook, *arguments]
    start = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env={**play_environment(droplet), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return Play(done.returncode, done.stdout, time.monotonic() - start)
