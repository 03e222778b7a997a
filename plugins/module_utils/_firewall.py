# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""UFW's rules and files as they should be, with the operator's own rules left alone.

Rules that carry the comment :data:`MARK` are the collection's, and so is the block between two lines with it in
each of UFW's files.
"""

from __future__ import annotations

import hashlib
import os
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import Result
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.module_utils._tree import Wanted

UFW = "/usr/sbin/ufw"
MARK = "ipai.odoo"
#: Digest of the files as UFW last read them: a run that was killed between writing and reading is finished by the next.
STAMP = "/var/lib/ipai-odoo/ufw.sha256"
STAMP_ACCESS = Access(0, 0, 0o644)
DEFAULTS = "/etc/default/ufw"
#: What UFW loads at every start and reload, for IPv4 and IPv6.
AFTER = "/etc/ufw/after.rules"
AFTER6 = "/etc/ufw/after6.rules"

Runner = t.Callable[..., Result]


class Rule(t.NamedTuple):
    """A rule in UFW's own words, and whether it is the collection's."""

    text: str
    ours: bool


def added(shown: str) -> list[Rule]:
    """The rules in order, from the output of ``ufw show added``."""
    out = []
    for line in shown.splitlines():
        if line.startswith("ufw "):
            rule, _sep, comment = line[4:].partition(" comment ")
            out.append(Rule(rule.strip(), comment.strip().strip("'\"") == MARK))
    return out


def plan(wanted: t.Sequence[str], present: t.Sequence[Rule]) -> list[list[str]]:
    """The ufw arguments that lead from the present rules to the wanted ones; empty when they are in place.

    Rules of the collection that are no longer wanted go, missing ones come. Those that deny stand before all others,
    as the first match counts: one that does not is taken out and put there.
    """
    denies = [rule for rule in wanted if rule.startswith("deny ")]
    others = [rule for rule in wanted if not rule.startswith("deny ")]
    own = [rule.text for rule in present if rule.ours]
    in_front = [rule.text for rule in present[: len(denies)]] == denies
    steps: list[list[str]] = []
    for rule in own:
        if rule not in wanted or (rule in denies and not in_front):
            steps.append(["delete", *rule.split()])
    if not in_front:
        steps.extend(["prepend", *rule.split(), "comment", MARK] for rule in reversed(denies))
    steps.extend([*rule.split(), "comment", MARK] for rule in others if rule not in own)
    return steps


def with_block(text: str, block: str) -> str:
    """A file of UFW's with the collection's block replaced, or put at its end; an empty block is none."""
    begin, end = f"# BEGIN {MARK}\n", f"# END {MARK}\n"
    new = f"{begin}{block.rstrip()}\n{end}" if block.strip() else ""
    before, found, rest = text.partition(begin)
    if found:
        return before + new + rest.partition(end)[2]
    return (text if not text or text.endswith("\n") else text + "\n") + new


def without_sysctl(text: str) -> str:
    """UFW's defaults, with the kernel's settings left to sysctl.d, where others would otherwise be overruled."""
    changed, count = re.subn(r"^#?IPT_SYSCTL=.*$", "IPT_SYSCTL=", text, flags=re.MULTILINE)
    return changed if count else f"{text}IPT_SYSCTL=\n"


def read(path: str) -> str:
    """What a file holds; nothing where it is not there."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def files(after: str, after6: str) -> list[Wanted]:
    """UFW's files as they should be."""
    texts = {
        DEFAULTS: without_sysctl(read(DEFAULTS)),
        AFTER: with_block(read(AFTER), after),
        AFTER6: with_block(read(AFTER6), after6),
    }
    return [Wanted(path, text.encode(), mode="0644" if path == DEFAULTS else "0640") for path, text in texts.items()]


def digest(wanted: t.Iterable[Wanted]) -> str:
    total = hashlib.sha256()
    for item in wanted:
        total.update((item.content or b"") + b"\0")
    return total.hexdigest()


def commands(run: Runner, rules: t.Sequence[str], stamp: str) -> list[list[str]]:
    """Arguments of the ufw commands that are due once its files are as they should be.

    :param stamp: digest of the files that UFW shall have read.
    :raises CommandError: UFW fails.
    """
    if not os.path.exists(UFW):
        return [*plan(rules, []), ["--force", "enable"]]
    steps = plan(rules, added(run([UFW, "show", "added"], check=True).stdout))
    if "Status: active" not in run([UFW, "status"], check=True).stdout.splitlines()[:1]:
        return [*steps, ["--force", "enable"]]
    return steps if read(STAMP).strip() == stamp else [*steps, ["reload"]]
