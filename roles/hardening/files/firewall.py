# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the rules of UFW to what the hardening role asks for, and leave the operator's own rules alone.

Fed to the droplet's Python with one JSON object as the only argument: rules (in UFW's own words, the form
that `ufw show added` prints), files (what UFW reads at its start), check. Prints one JSON object: changed,
and commands, the ufw commands that were run (or would be).

The role's rules carry the comment MARK. Those that keep a bridge away from the droplet's own listeners
(deny) stand before everything else, as the first match counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

MARK = "ipai.odoo"
STAMP = "/var/lib/ipai-odoo/ufw.sha256"


def added(shown: str) -> list[tuple[str, bool]]:
    """(rule, whether it is the role's) in order, from the output of `ufw show added`."""
    out = []
    for line in shown.splitlines():
        if line.startswith("ufw "):
            rule, _sep, comment = line[4:].partition(" comment ")
            out.append((rule.strip(), comment.strip().strip("'\"") == MARK))
    return out


def plan(wanted: list[str], present: list[tuple[str, bool]]) -> list[list[str]]:
    """The ufw arguments that lead from the present rules to the wanted ones; empty when they are in place.

    Rules of the role that are no longer wanted go, missing ones come. A deny rule that is not in front is
    taken out and put there.
    """
    denies = [rule for rule in wanted if rule.startswith("deny ")]
    others = [rule for rule in wanted if not rule.startswith("deny ")]
    own = [rule for rule, ours in present if ours]
    in_front = [rule for rule, _ours in present[: len(denies)]] == denies
    steps: list[list[str]] = []
    for rule in own:
        if rule not in wanted or (rule in denies and not in_front):
            steps.append(["delete", *rule.split()])
    if not in_front:
        steps.extend(["prepend", *rule.split(), "comment", MARK] for rule in reversed(denies))
    steps.extend([*rule.split(), "comment", MARK] for rule in others if rule not in own)
    return steps


def ufw(*arguments: str) -> str:
    argv = ["ufw", *arguments]
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def digest(paths: list[str]) -> str:
    total = hashlib.sha256()
    for path in paths:
        if os.path.exists(path):
            with open(path, "rb") as handle:
                total.update(handle.read() + b"\0")
    return total.hexdigest()


def stamp() -> str:
    try:
        with open(STAMP, encoding="ascii") as handle:
            return handle.read().strip()
    except OSError:
        return ""


def main() -> None:
    asked = json.loads(sys.argv[1])
    steps = plan(asked["rules"], added(ufw("show", "added")))
    active = "Status: active" in ufw("status").splitlines()[:1]
    now = digest(asked["files"])
    commands = steps + ([] if active else [["--force", "enable"]])
    # A file that changed while the firewall was up is read again; also when an earlier run was killed
    # between writing and reading, which is why the digest is kept.
    if active and now != stamp():
        commands.append(["reload"])
    if not asked["check"]:
        for arguments in commands:
            ufw(*arguments)
        if now != stamp():
            os.makedirs(os.path.dirname(STAMP), mode=0o755, exist_ok=True)
            with open(STAMP, "w", encoding="ascii") as handle:
                handle.write(now + "\n")
    print(json.dumps({"changed": bool(commands), "commands": [" ".join(["ufw", *step]) for step in commands]}))


if __name__ == "__main__":
    main()
