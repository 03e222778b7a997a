# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy the droplet `second` the hard way; what was seen is kept for test_interrupted.py.

Run by Molecule's scenario `interrupted` on a droplet that nobody has touched:
first a look (`--check --diff`), then the site playbook, killed at every moment of MOMENTS, then once to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from lab import droplets, measure, places, playbook, tools, web

# (name, the line of output to wait for, what to wait for after it: seconds, or a path on the droplet that comes to be).
# The droplet's power fails at those called "power".
MOMENTS: list[tuple[str, str, float | str]] = [
    ("hardening", r"TASK \[ipai\.odoo\.hardening : Set the rules of the firewall", 0.4),
    ("installation of Docker", r"TASK \[ipai\.odoo\.docker : Install Docker Engine", 6.0),
    ("installation of certbot", r"TASK \[ipai\.odoo\.nginx : Install certbot", 3.0),
    ("certificate", r"TASK \[ipai\.odoo\.nginx : Have a certificate", 1.0),
    ("start of PostgreSQL", r"TASK \[ipai\.odoo\.postgres : Start the server", 1.5),
    (
        "power, while PostgreSQL makes its files",
        r"TASK \[ipai\.odoo\.postgres : Start the server",
        "/srv/postgres/pg-production/data/PG_VERSION",
    ),
    ("build of the release", r"TASK \[ipai\.odoo\.odoo : Build the release", 5.0),
    ("installation of modules", r"TASK \[ipai\.odoo\.odoo : Bring the database", 5.0),
    ("power, while modules are installed", r"TASK \[ipai\.odoo\.odoo : Bring the database", 4.0),
]


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                after_name = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                parents.setdefault(int(after_name.split()[1]), []).append(int(entry.name))
    out = [pid]
    for one in out:
        out.extend(parents.get(one, []))
    return out


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the playbook and all it has started, which gets no chance to tidy up."""
    os.kill(process.pid, signal.SIGSTOP)  # so that it starts nothing more
    for pid in family(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(timeout=30)


def pause(wait: float | str) -> None:
    """Seconds, or until a path exists on the droplet."""
    if isinstance(wait, str):
        loop = f"timeout 120 sh -c 'until test -e {wait}; do sleep 0.05; done'"
        droplets.SECOND.console(loop)
    else:
        time.sleep(wait)


def killed_run(name: str, line: str, wait: float | str) -> dict[str, object]:
    """Run the site playbook up to a moment and kill it there."""
    start = time.monotonic()
    process = subprocess.Popen(
        ["ansible-playbook", "--inventory", str(places.INVENTORY), "ipai.odoo.site", "-vv"],
        cwd=places.ROOT,
        # Otherwise a task is named only when it has its result.
        env={**playbook.play_environment(droplets.SECOND), "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "true"},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout
    out: list[str] = []
    reached = False
    deadline = threading.Timer(900, kill, [process])
    deadline.start()
    try:
        for text in process.stdout:
            out.append(text)
            if re.match(line, text):
                pause(wait)
                reached = process.poll() is None
                break
        if process.poll() is None:
            kill(process)
    finally:
        deadline.cancel()
    number = len(list(places.RECORDS.glob("killed-*")))
    (places.RECORDS / f"killed-{number}.txt").write_text("".join(out), encoding="utf-8")
    if name.startswith("power"):
        tools.run(["docker", "kill", droplets.SECOND.container])
        tools.run(["docker", "start", droplets.SECOND.container])
        tools.until(
            "SSH after the power failed",
            lambda: web.connect(droplets.SECOND.address, 22, timeout=3).recv(3) == b"SSH",
            seconds=60,
        )
    return {"moment": name, "reached": reached, "seconds": round(time.monotonic() - start), "code": process.returncode}


def record(name: str, value: object) -> None:
    (places.RECORDS / f"{name}.json").write_text(json.dumps(value, indent=1), encoding="utf-8")


def look() -> None:
    """What --check says of a machine without anything, and whether it left it so."""
    before = measure.fingerprint(droplets.SECOND, console=True)
    run = playbook.play("--check", "--diff", droplet=droplets.SECOND)
    after = measure.fingerprint(droplets.SECOND, console=True)
    record(
        "naked",
        {
            "code": run.code,
            "recap": run.recap,
            "seconds": run.seconds,
            "text": run.text,
            "differences": measure.differences(before, after),
            "packages": sorted(before["package"]),
        },
    )
    print(
        f"--check on a machine without anything: code {run.code}, {run.total('changed')} changes, {run.seconds:.0f} s",
        flush=True,
    )


def main() -> int:
    if sys.argv[1:]:
        print((__doc__ or "").strip())
        return 2
    places.RECORDS.mkdir(parents=True, exist_ok=True)
    for old in [*places.RECORDS.glob("killed-*"), places.RECORDS / "naked.json", places.RECORDS / "interrupted.json"]:
        old.unlink(missing_ok=True)
    look()
    before = measure.lynis(droplets.SECOND, console=True)
    (places.RECORDS / "lynis-before").write_text(f"{before}\n", encoding="utf-8")
    print(f"Lynis before: {before}", flush=True)
    kills = []
    watch = droplets.Watch(droplets.SECOND)
    seen = []
    for moment in MOMENTS:
        with watch:
            kills.append(killed_run(*moment))
        seen.append(watch.text)
        print(f"killed: {kills[-1]}", flush=True)
    with watch:
        last = playbook.play("-vv", droplet=droplets.SECOND)
    seen.append(watch.text)
    print(f"last run: code {last.code}, {last.seconds:.0f} s, {last.recap}", flush=True)
    (places.RECORDS / "processes.txt").write_text("".join(seen), encoding="utf-8")
    (places.RECORDS / "last.txt").write_text(last.text, encoding="utf-8")
    record("interrupted", {"kills": kills, "code": last.code, "recap": last.recap, "seconds": last.seconds})
    if last.code != 0:
        print(last.failures or last.text[-4000:], file=sys.stderr)
    return last.code


if __name__ == "__main__":
    sys.exit(main())
