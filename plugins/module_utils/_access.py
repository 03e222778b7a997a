# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Who gets into a droplet, and what would lock the operator out."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass

#: Key types that OpenSSH accepts in authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT), DSA left out.
KEY = re.compile(
    r"(?:^|[\s,])(?P<type>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r"\s+(?P<blob>AAAA[0-9A-Za-z+/]+={0,3})(?:\s|$)"
)


@dataclass(frozen=True)
class Session:
    """The SSH login that this run came in with; port 0 and no client where it did not come by SSH."""

    user: str
    client: str = ""
    port: int = 0


@dataclass(frozen=True)
class Plan:
    """What the role hardening is about to do to the ways in; the names are those of its variables."""

    admin_enabled: bool
    admin_user: str
    admin_keys: tuple[str, ...]
    admin_keys_exclusive: bool
    sshd_enabled: bool
    ssh_allowed_users: tuple[str, ...]
    firewall_enabled: bool
    ssh_port: int
    ssh_sources: tuple[str, ...]
    firewall_allowed_ports: tuple[str, ...]


def count_keys(text: str) -> int:
    """Number of lines of an authorized_keys file that hold a usable public key."""
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith("#") and KEY.search(line))


def bad_keys(keys: t.Iterable[str]) -> list[str]:
    """The entries that are no public key, cut short for a message."""
    return [key.strip()[:40] for key in keys if not KEY.search(key) or "\n" in key.strip()]


def reads_drop_ins(config: str) -> bool:
    """Whether sshd_config reads /etc/ssh/sshd_config.d/*.conf before any setting of its own."""
    for line in config.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0].lower() != "include":
            return False
        if any("sshd_config.d/" in word for word in words[1:]):
            return True
    return False


def in_sources(address: str, sources: t.Iterable[str]) -> bool:
    """Whether an address lies in one of the networks; an IPv4-mapped IPv6 address counts as IPv4.

    :raises ValueError: a source is no network.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    networks = [ipaddress.ip_network(source, strict=False) for source in sources]
    return any(ip in network for network in networks if network.version == ip.version)


def lockouts(plan: Plan, session: Session, keys: t.Mapping[str, int], drop_ins: bool, check: bool) -> list[str]:
    """Why the role must not go on: each sentence says what would happen and what to do.

    :param keys: number of authorized keys of each user who may come in.
    :param drop_ins: see :func:`reads_drop_ins`.
    :param check: nothing will be changed. A check looks at a new droplet as root, before there is an admin user.
    """
    out: list[str] = []
    wrong = bad_keys(plan.admin_keys)
    if plan.admin_enabled:
        if plan.admin_user == "root":
            return ["hardening_admin_user is root, who could not log in any more. Name another user."]
        if wrong:
            out.append(
                f"hardening_admin_keys holds what is no public key ({'; '.join(wrong)}). "
                "Give each key as the one line of its .pub file."
            )
        if plan.admin_keys_exclusive and not plan.admin_keys:
            out.append(
                "hardening_admin_keys_exclusive would remove every key of the admin user. Give hardening_admin_keys."
            )
    if plan.sshd_enabled:
        able = {name for name, count in keys.items() if count and name != "root"}
        if plan.admin_enabled and plan.admin_keys and not wrong:
            able.add(plan.admin_user)
        out.extend(_sshd(plan, session, able, drop_ins, check))
    if plan.firewall_enabled:
        out.extend(_firewall(plan, session))
    return out


def _sshd(plan: Plan, session: Session, able: set[str], drop_ins: bool, check: bool) -> t.Iterator[str]:
    if not able:
        yield (
            "sshd would refuse passwords and root, and no public key is authorized for "
            f"{plan.admin_user}: nobody could log in any more. "
            "Put the operators' public keys into hardening_admin_keys."
        )
    elif session.user == "root" and not check:
        yield (
            "This play connects as root, which sshd would refuse from now on. Connect as "
            f"{plan.admin_user} (ansible_user: {plan.admin_user}); where {plan.admin_user} does not exist yet, the "
            "tasks `bootstrap` of this role create it."
        )
    needed = {session.user, plan.admin_user if plan.admin_enabled else ""} - {"", "root"}
    forgotten = sorted(needed - set(plan.ssh_allowed_users))
    if plan.ssh_allowed_users and forgotten:
        yield (
            f"hardening_ssh_allowed_users ({', '.join(plan.ssh_allowed_users)}) leaves out {' and '.join(forgotten)}, "
            "with whom Ansible connects. Add the name, or leave the list empty."
        )
    if not drop_ins:
        yield (
            "/etc/ssh/sshd_config does not begin with `Include /etc/ssh/sshd_config.d/*.conf`, so the "
            "role's settings would not count. Add that line at the top of the file."
        )


def _firewall(plan: Plan, session: Session) -> t.Iterator[str]:
    port = session.port
    if port and port != plan.ssh_port and f"{port}/tcp" not in plan.firewall_allowed_ports:
        yield (
            f"This connection uses port {port}, and the firewall would open port {plan.ssh_port} only. "
            f"Set hardening_ssh_port to {port}. To move sshd to another port, add {port}/tcp to "
            "hardening_firewall_allowed_ports for one run, then change ansible_port and take it out again."
        )
    try:
        known = not (session.client and plan.ssh_sources) or in_sources(session.client, plan.ssh_sources)
    except ValueError as error:
        yield f"hardening_ssh_sources: {error}. Give addresses or networks such as 203.0.113.0/24."
        return
    if not known:
        yield (
            f"This connection comes from {session.client}, which is not in hardening_ssh_sources: the firewall would "
            "refuse the next one. Add the address."
        )
