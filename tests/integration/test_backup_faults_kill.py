# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups that are killed at each of their stages: the next run needs nobody's help, and nothing is lost or half."""

from __future__ import annotations

from typing import Any

import pytest
from lab.faults import NAME, Faults, half, lacking
from lab.tools import until

pytestmark = pytest.mark.nightly

# Waits for a process of these backups whose arguments hold a word and that has read so many bytes; kills the whole
# run as the kernel does when memory is short, or that process alone.
HUNT = """
import json, os, signal, sys, time

word, size, victim = sys.argv[1], int(sys.argv[2]), sys.argv[3]
end = time.monotonic() + 60

def read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""

def find():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        line = read("/proc/%s/cmdline" % pid).split(b"\\0")
        if b"NAME" not in b" ".join(line) + read("/proc/%s/environ" % pid):
            continue
        if os.path.basename(line[0]).decode() in ("restic", "pg_dump", "python3") and word.encode() in line:
            io = dict(part.split(b": ") for part in read("/proc/%s/io" % pid).splitlines())
            # What comes over a socket is not counted.
            if max(int(io.get(b"rchar", 0)), int(io.get(b"wchar", 0))) >= size:
                return int(pid)

while time.monotonic() < end:
    pid = find()
    if pid:
        break
else:
    sys.exit("no process with " + word)
if victim == "run":
    pid = int(os.popen("systemctl show --property MainPID --value ipai-backup-pair@NAME.service").read())
elif victim == "server":
    pid = int(os.popen("docker inspect --format '{{.State.Pid}}' " + sys.argv[4]).read())
os.kill(pid, signal.SIGKILL)
print(json.dumps(pid))
""".replace("NAME", NAME)

# Stage → a word of the process's arguments, and the bytes that it has read.
STAGES = {
    "before the dump": ("pair", 0),
    "in mid-dump": ("part=database", 8 << 20),
    "between the parts": ("part=filestore", 0),
    "before the manifest": ("part=manifest", 0),
    "while it is copied": ("copy", 0),
    "while expired ones are removed": ("forget", 0),
}


@pytest.fixture(scope="module")
def first(faults: Faults) -> dict[str, str]:
    """An earlier backup, and what it holds in each repository."""
    (name,) = faults.listed()["backups"]
    return {"id": name, **{place: faults.read(name, place) for place in ("disk", "spaces")}}


def hunted(faults: Faults, word: str, size: int, victim: str) -> None:
    """Start a backup as its timer does, kill it or something of it, and wait until it is over."""
    # A part without a manifest is there to be removed in each of these runs.
    faults.ask(
        "places['disk'].store_stream(['echo'], 'database.dump', {'backup': 'orphan', 'part': 'database'}); print(0)"
    )
    faults.start()
    faults.droplet.python(HUNT, word, str(size), victim, faults.server, console=True)
    unit = f"ipai-backup-pair@{NAME}.service"

    def over() -> bool:
        state = faults.droplet.console(f"systemctl is-active {unit} ipai-backup-alert@pair:{NAME}.service", check=False)
        return "activ" not in state.stdout.replace("inactive", "")

    until("the run is over", over, seconds=90)


def check_nothing_is_lost(faults: Faults, first: dict[str, str], before: dict[str, Any]) -> None:
    listed = faults.listed()
    assert listed["problems"] == {}
    assert set(before["backups"]) <= set(listed["backups"])
    whole = {"database", "filestore", "manifest"}
    assert all(set(held) == whole for places in listed["backups"].values() for held in places.values())
    assert faults.read(first["id"], "disk") == first["disk"]


def check_the_next_run_mends_it(faults: Faults, before: dict[str, Any]) -> None:
    faults.messages()
    ran = faults.program()
    assert ran.code == 0, ran.said
    listed = faults.listed()
    assert half(listed) == [], "what the killed run left is removed"
    assert len(listed["backups"]) > len(before["backups"])
    assert lacking(listed) == []
    assert faults.status()["failures"] == 0
    assert faults.metric("failures") == 0
    assert len([text for text in faults.messages() if "works again" in text]) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run(faults: Faults, first: dict[str, str], stage: str) -> None:
    before = faults.listed()
    faults.messages()
    hunted(faults, *STAGES[stage], "run")
    check_nothing_is_lost(faults, first, before)
    assert faults.status()["failures"] == 1
    assert faults.metric("failures") == 1
    (told,) = faults.messages()
    assert "was killed" in told and f"systemctl start ipai-backup-pair@{NAME}" in told
    check_the_next_run_mends_it(faults, before)


@pytest.mark.parametrize(
    ("word", "victim"),
    [("--format=custom", "pg_dump"), ("part=database", "restic"), ("part=database", "server")],
    ids=["pg_dump", "restic", "the database server"],
)
def test_a_killed_helper(faults: Faults, first: dict[str, str], word: str, victim: str) -> None:
    before = faults.listed()
    faults.messages()
    hunted(faults, word, 4 << 20, victim)
    until("the server is back", lambda: faults.droplet.sql(faults.server, NAME, "SELECT 1"), seconds=60)
    check_nothing_is_lost(faults, first, before)
    (told,) = faults.messages()
    assert "has failed" in told and faults.status()["failures"] == 1
    check_the_next_run_mends_it(faults, before)
