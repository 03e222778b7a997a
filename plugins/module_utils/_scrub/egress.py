# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether there is a way out of an environment's network: tried from inside, with the same tried from the droplet.

A target that the droplet does not reach either proves nothing, and is told apart.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import sys
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import run

#: Seconds for one attempt, and for all of them: they are made at the same time.
ATTEMPT = 3.0
TIMEOUT = 60.0
#: Kinds of targets.
TCP, DNS, NAME = "tcp", "dns", "name"
#: Where a droplet keeps its name servers, the better one first: the other may name a resolver of its own.
RESOLVERS = ("/run/systemd/resolve/resolv.conf", "/etc/resolv.conf")
#: A name that is certain to exist (RFC 2606).
EXAMPLE = "example.com"

#: Tries each [kind, host, port] and prints whether it answers.  A refusal is no answer: firewalls send it, too.
ASK = """
import concurrent.futures, json, socket, sys
QUESTION = bytes.fromhex("abcd01000001000000000000076578616d706c6503636f6d0000010001")
def attempt(target):
    kind, host, port = target
    try:
        if kind == "name":
            return bool(socket.getaddrinfo(host, None))
        if kind == "tcp":
            socket.create_connection((host, port), {seconds}).close()
            return True
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout({seconds})
            udp.sendto(QUESTION, (host, port))
            return udp.recv(512)[:2] == QUESTION[:2]
    except OSError:
        return False
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps(list(pool.map(attempt, {targets}))))
"""


@dataclass(frozen=True)
class Target:
    """Something outside: V(tcp) a port that listens, V(dns) a name server over UDP, V(name) a name that resolves."""

    kind: str
    host: str
    port: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.host}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True)
class Found:
    """What was tried.

    :param open: reached from inside.
    :param closed: reached from the droplet alone.
    :param unproven: reached by neither.
    """

    open: tuple[str, ...]
    closed: tuple[str, ...]
    unproven: tuple[str, ...]
    seconds: float


def targets() -> list[Target]:
    """What any droplet reaches: its name servers, a public name, and its own SSH and web server."""
    found = [Target(NAME, EXAMPLE)]
    for server in name_servers():
        found += [Target(DNS, server, 53), Target(TCP, server, 53)]
    return found + [Target(TCP, address, port) for address in addresses() for port in (22, 80, 443)]


def name_servers() -> list[str]:
    """Those of the droplet, but for resolvers on its loopback, which is another one inside."""
    for path in RESOLVERS:
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as stream:
            words = [line.split() for line in stream]
            listed = [line[1] for line in words if len(line) > 1 and line[0] == "nameserver"]
            if found := [one for one in listed if not ipaddress.ip_address(one.partition("%")[0]).is_loopback]:
                return found
    return []


def addresses() -> list[str]:
    """The droplet's own IPv4 addresses, its bridges' among them."""
    return [one for one in run(["hostname", "-I"]).stdout.split() if ":" not in one]


def probe(container: str, tried: t.Sequence[Target]) -> Found:
    """Try all targets from a container that has Python, and from the droplet.

    :raises CommandError: Docker refuses, or the container has no Python.
    """
    begun = time.monotonic()
    source = script(tried)
    inside = _stack.container_exec(container, ["python3", "-"], stdin=source, timeout=TIMEOUT).stdout
    outside = run([sys.executable, "-"], stdin=source, timeout=TIMEOUT, check=True).stdout
    return judge(tried, json.loads(inside), json.loads(outside), round(time.monotonic() - begun, 1))


def script(tried: t.Sequence[Target]) -> str:
    """A program that tries them."""
    listed = repr([(one.kind, one.host, one.port) for one in tried])
    return ASK.replace("{seconds}", str(ATTEMPT)).replace("{targets}", listed)


def judge(tried: t.Sequence[Target], inside: t.Sequence[bool], outside: t.Sequence[bool], seconds: float) -> Found:
    """What the answers say."""
    parts: dict[str, list[str]] = {"open": [], "closed": [], "unproven": []}
    for target, here, there in zip(tried, inside, outside):
        parts["open" if here else "closed" if there else "unproven"].append(str(target))
    return Found(tuple(parts["open"]), tuple(parts["closed"]), tuple(parts["unproven"]), seconds)
