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
import ipaddress
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


def in_words(rule: str) -> str:
    """A rule in the words of ``ufw show added``, whatever its addresses were written like.

    UFW drops the prefix of a single address, clears the bits behind that of an IPv4 network, and has nothing to say
    of a network that is everything.  It keeps an IPv6 network's bits: both sides of a comparison have to pass here.
    """
    rule = re.sub(r"\b(from|to) (\S+)", lambda found: f"{found[1]} {_address(found[2])}", rule)
    return re.sub(r"^(\w+) from any to any port (\S+) proto (\S+)$", r"\1 \2/\3", rule)


def _address(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return text
    if network.prefixlen == 0:
        return "any"
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def plan(wanted: t.Sequence[str], present: t.Sequence[Rule]) -> list[list[str]]:
    """The ufw arguments that lead from the present rules to the wanted ones; empty when they are in place.

    Missing rules of the collection come before those that are no longer wanted go: whoever is cut off in between
    still gets in.  Those that deny stand before all others, as the first match counts: one that does not is taken out
    and put there.
    """
    asked = [(in_words(rule), rule) for rule in wanted]
    denies = [pair for pair in asked if pair[0].startswith("deny ")]
    others = [pair for pair in asked if pair not in denies]
    own = {in_words(rule.text): rule.text for rule in present if rule.ours}
    in_front = [in_words(rule.text) for rule in present[: len(denies)]] == [words for words, _rule in denies]
    moved = set() if in_front else {_match(words) for words, _rule in denies}
    # Where only the action differs, UFW changes the rule that is there.
    kept = moved | {_match(words) for words, _rule in others}
    steps = [["delete", *text.split()] for words, text in own.items() if _match(words) in moved]
    if not in_front:
        steps.extend(["prepend", *rule.split(), "comment", MARK] for _words, rule in reversed(denies))
    steps.extend([*rule.split(), "comment", MARK] for words, rule in others if words not in own)
    wishes = {words for words, _rule in asked}
    steps.extend(
        ["delete", *text.split()] for words, text in own.items() if words not in wishes and _match(words) not in kept
    )
    return steps


def _match(rule: str) -> str:
    """What a rule matches, without its action."""
    return rule.partition(" ")[2]


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
