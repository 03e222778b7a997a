# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Networks of containers: which addresses they get and what must hold.

Pure functions on data; :mod:`_stack` asks and tells Docker.

Every environment, database server and mail catcher has a network of its own,
a small subnet of one pool.  The lower half of a subnet is for fixed addresses
(the main service has the first, the *service address*), the upper half is what
Docker hands out.  With the default of 26 bits::

    10.202.0.0    network
    10.202.0.1    gateway, the droplet's own address on the bridge
    10.202.0.2    service address
    10.202.0.32 … 10.202.0.62    handed out by Docker
"""

from __future__ import annotations

import hashlib
import ipaddress
import typing as t
from dataclasses import dataclass, field

#: Linux refuses longer interface names (IFNAMSIZ of linux/if.h, minus the NUL).
BRIDGE_NAME_LENGTH = 15
#: Docker's name of the option that names the bridge.
BRIDGE_OPTION = "com.docker.network.bridge.name"
#: What the labels begin with that this collection gives.
OWN_LABELS = "ipai.odoo."


class NetworkProblem(Exception):
    """The network cannot be as asked; the text says what the operator can do."""


@dataclass(frozen=True)
class Addresses:
    """The addresses of one subnet, as text."""

    subnet: str
    gateway: str
    service_address: str
    ip_range: str


@dataclass(frozen=True)
class Network:
    """A network that Docker has.  ``members`` maps the name of each running
    container in it to the container's address (without prefix length)."""

    name: str
    subnets: tuple[str, ...] = ()
    gateway: str = ""
    bridge: str = ""
    internal: bool = False
    driver: str = "bridge"
    labels: t.Mapping[str, str] = field(default_factory=dict)
    members: t.Mapping[str, str] = field(default_factory=dict)


def addresses(subnet: str) -> Addresses:
    """Gateway, service address and dynamic range of ``subnet`` (``10.202.0.0/26``)."""
    network = ipaddress.IPv4Network(subnet)
    upper = list(network.subnets(prefixlen_diff=1))[1]
    return Addresses(
        subnet=str(network),
        gateway=str(network.network_address + 1),
        service_address=str(network.network_address + 2),
        ip_range=str(upper),
    )


def allocate(pool: str, prefix_length: int, taken: t.Iterable[str]) -> str:
    """The first subnet of ``pool`` that overlaps with none of ``taken``.

    :param pool: IPv4 network in CIDR notation, for example ``10.202.0.0/16``.
    :param prefix_length: bits of the subnet, at least the pool's and at most 28
        (fewer addresses leave no room for those that share a network).
    :param taken: networks in CIDR notation: those of Docker and the droplet's
        routes.  IPv6 networks are passed over.
    :raises NetworkProblem: bad pool or length, or nothing is free.
    """
    try:
        whole = ipaddress.IPv4Network(pool)
    except ValueError as exc:
        raise NetworkProblem(f"pool {pool!r} is not an IPv4 network such as 10.202.0.0/16: {exc}") from exc
    if not whole.prefixlen <= prefix_length <= 28:
        raise NetworkProblem(
            f"prefix_length must be from {whole.prefixlen} (the whole pool {pool}) to 28, not {prefix_length}"
        )
    used = []
    for text in taken:
        network = ipaddress.ip_network(text, strict=False)
        if isinstance(network, ipaddress.IPv4Network):
            used.append(network)
    for candidate in whole.subnets(new_prefix=prefix_length):
        if not any(candidate.overlaps(network) for network in used):
            return str(candidate)
    covering = sorted({str(network) for network in used if network.overlaps(whole)})
    raise NetworkProblem(
        f"no subnet of /{prefix_length} is free in the pool {pool}; taken: {', '.join(covering)}. "
        "Remove networks that are no longer needed, or give another pool."
    )


def bridge_name(prefix: str, name: str) -> str:
    """The bridge's interface name: ``prefix`` and ``name``, or, where that is
    too long, a stable shortening of it."""
    plain = prefix + name
    if len(plain) <= BRIDGE_NAME_LENGTH:
        return plain
    digest = hashlib.sha256(name.encode("utf-8")).hexdigest()
    room = BRIDGE_NAME_LENGTH - len(prefix)
    return prefix + name[: room - 6] + digest[:6]


def bridge_names(name: str) -> tuple[str, str]:
    """What the bridge of the network ``name`` is called: of an internal one, and of one with a way out."""
    return bridge_name("odn-", name), bridge_name("odp-", name)


def parse_inspect(documents: t.Iterable[t.Mapping[str, t.Any]]) -> list[Network]:
    """Networks from the JSON of ``docker network inspect``."""
    networks = []
    for document in documents:
        ipam = (document.get("IPAM") or {}).get("Config") or []
        subnets = tuple(entry["Subnet"] for entry in ipam if entry.get("Subnet"))
        ipv4 = [entry for entry in ipam if ":" not in entry.get("Subnet", ":")]
        members = {
            container["Name"]: container.get("IPv4Address", "").split("/")[0]
            for container in (document.get("Containers") or {}).values()
        }
        networks.append(
            Network(
                name=document["Name"],
                subnets=subnets,
                gateway=(ipv4[0].get("Gateway") or "").split("/")[0] if ipv4 else "",
                bridge=(document.get("Options") or {}).get(BRIDGE_OPTION, ""),
                internal=bool(document.get("Internal")),
                driver=document.get("Driver") or "",
                labels=dict(document.get("Labels") or {}),
                members=dict(sorted(members.items())),
            )
        )
    return networks


def parse_routes(text: str) -> list[str]:
    """Destinations in ``/proc/net/route``, without the default route.

    Addresses there are hexadecimal and in the byte order of the machine, which
    is little-endian on everything that Docker's packages support.
    """
    routes = []
    for line in text.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8:
            continue
        destination = ipaddress.IPv4Address(bytes.fromhex(columns[1])[::-1])
        mask = ipaddress.IPv4Address(bytes.fromhex(columns[7])[::-1])
        if int(mask):
            routes.append(f"{destination}/{bin(int(mask)).count('1')}")
    return routes


def contradictions(
    network: Network,
    *,
    internal: bool,
    bridge: str,
    labels: t.Mapping[str, str],
    pool: str,
) -> list[str]:
    """In what ``network`` is not as asked; empty when all is well.

    None of this can be changed while a network exists, and a network of the
    wrong kind is a hole in a wall, so it must not be passed over.
    """
    found = []
    if network.driver != "bridge":
        found.append(f"its driver is {network.driver}, not bridge")
    if network.internal is not internal:
        found.append(
            "it has a way out, but must be internal" if internal else "it is internal, but must have a way out"
        )
    if network.bridge != bridge:
        found.append(f"its bridge is named {network.bridge or 'by Docker'}, not {bridge}")
    whole = ipaddress.ip_network(pool)
    ipv4 = [ipaddress.IPv4Network(subnet) for subnet in network.subnets if ":" not in subnet]
    if len(ipv4) != 1 or not ipv4[0].overlaps(whole):
        found.append(f"its subnet {', '.join(network.subnets) or '(none)'} is not one of the pool {pool}")
    # Labels of ours say which servers join the network: one too many is a hole, too.
    ours = {key for key in network.labels if key.startswith(OWN_LABELS)}
    for key in sorted(ours.union(labels)):
        if network.labels.get(key) != labels.get(key):
            found.append(f"its label {key} is {network.labels.get(key)!r}, not {labels.get(key)!r}")
    return found


def refusal(network: Network, found: t.Sequence[str]) -> str:
    """What to tell the operator about ``found`` (see :func:`contradictions`)."""
    attached = ", ".join(network.members) or "none running"
    return (
        f"the Docker network {network.name} exists and is not as asked: {'; '.join(found)}. "
        f"Docker cannot change this while the network exists (containers in it: {attached}). "
        "Take it away and run again, which makes it anew: `docker compose down` in the environment's directory, "
        f"`docker network disconnect {network.name} CONTAINER` for each container that is left in it, "
        f"`docker network rm {network.name}`."
    )


def described(network: Network) -> dict[str, t.Any]:
    """What the modules return about a network."""
    ipv4 = [subnet for subnet in network.subnets if ":" not in subnet]
    known = addresses(ipv4[0]) if ipv4 else None
    return {
        "name": network.name,
        "subnet": known.subnet if known else "",
        "gateway": network.gateway or (known.gateway if known else ""),
        "service_address": known.service_address if known else "",
        "bridge": network.bridge,
        "internal": network.internal,
        "labels": dict(network.labels),
        "members": dict(network.members),
    }
