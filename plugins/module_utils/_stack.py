# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the collection asks of Docker: the only caller of the ``docker`` program.

Functions raise :class:`CommandError` when Docker refuses; the error carries the
command and what Docker said.  Nothing secret may be an argument here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result, run
from ansible_collections.ipai.odoo.plugins.module_utils._network import (
    BRIDGE_OPTION,
    Addresses,
    Network,
    parse_inspect,
    parse_routes,
)

#: Seconds for a question to Docker and for a small change.
TIMEOUT = 60.0
NETWORK_LOCK = "/run/lock/ipai-odoo-network.lock"


def docker(*arguments: str, check: bool = True, timeout: float = TIMEOUT) -> Result:
    """Run ``docker`` with ``arguments``."""
    return run(["docker", *arguments], check=check, timeout=timeout)


def tolerated(result: Result, *sayings: str) -> Result:
    """``result``, unless it is a failure that says none of ``sayings`` (lower case)."""
    if not result.ok and not any(saying in result.stderr.lower() for saying in sayings):
        raise CommandError(result.argv, result.rc, result.stdout, result.stderr)
    return result


def inspected(result: Result) -> t.List[t.Dict[str, t.Any]]:
    """The JSON of an ``inspect`` command, also when some names do not exist."""
    try:
        documents = json.loads(result.stdout or "[]")
    except ValueError as exc:
        raise CommandError(result.argv, result.rc, result.stdout, result.stderr, "answers no JSON") from exc
    return t.cast("t.List[t.Dict[str, t.Any]]", documents)


def available() -> bool:
    """Whether there is a Docker Engine that answers.

    Only check mode needs to ask: elsewhere its absence is an error.
    """
    try:
        return docker("version", "--format", "{{.Server.Version}}", check=False).ok
    except CommandError:
        return False


# Networks

#: How engines old and new say that a network does not exist.
NO_NETWORK = ("not found", "no such network")


@contextlib.contextmanager
def network_lock(path: str = NETWORK_LOCK) -> t.Iterator[None]:
    """Hold the droplet's lock on the allocation of subnets.

    Environments of one droplet are set up at the same time, and Docker accepts
    a subnet only once.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def networks(label: t.Optional[str] = None) -> t.List[Network]:
    """All networks, or those with ``label`` (``key=value``)."""
    selection = ["--filter", f"label={label}"] if label else []
    names = docker("network", "ls", "--quiet", *selection).stdout.split()
    if not names:
        return []
    # A network may vanish between the two questions: what is left is the answer.
    return parse_inspect(inspected(tolerated(docker("network", "inspect", *names, check=False), *NO_NETWORK)))


def network(name: str) -> t.Optional[Network]:
    """The network ``name``, or ``None``."""
    result = tolerated(docker("network", "inspect", name, check=False), *NO_NETWORK)
    # `inspect` also takes the beginning of an identifier for a name.
    return next((found for found in parse_inspect(inspected(result)) if found.name == name), None)


def network_create(
    name: str, where: Addresses, *, bridge: str, internal: bool, labels: t.Mapping[str, str]
) -> None:
    """Make a bridge network with fixed addresses."""
    arguments = ["--driver", "bridge", "--subnet", where.subnet, "--gateway", where.gateway]
    arguments += ["--ip-range", where.ip_range, "--opt", f"{BRIDGE_OPTION}={bridge}"]
    if internal:
        arguments.append("--internal")
    for key, value in sorted(labels.items()):
        arguments += ["--label", f"{key}={value}"]
    docker("network", "create", *arguments, name)


def network_remove(name: str) -> None:
    docker("network", "rm", name)


def network_connect(name: str, container: str) -> None:
    """Attach ``container``, running or not, to the network; being attached already is fine."""
    tolerated(docker("network", "connect", name, container, check=False), "already exists in network")


def network_disconnect(name: str, container: str) -> None:
    docker("network", "disconnect", "--force", name, container)


def container_networks(containers: t.Sequence[str]) -> t.Dict[str, t.Set[str]]:
    """The names of the networks of each of ``containers`` that exists, running or not."""
    if not containers:
        return {}
    result = tolerated(docker("container", "inspect", *containers, check=False), "no such container")
    return {
        document["Name"].lstrip("/"): set(document["NetworkSettings"]["Networks"])
        for document in inspected(result)
    }


def routes(path: str = "/proc/net/route") -> t.List[str]:
    """The droplet's IPv4 routes in CIDR notation, without the default route."""
    try:
        with open(path, encoding="ascii") as handle:
            return parse_routes(handle.read())
    except OSError:
        return []
