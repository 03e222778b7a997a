# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the hosts of an inventory are called, and how they refer to each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import nearest
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    DATABASES,
    DROPLETS,
    ENVIRONMENTS,
    ROLES,
    STAGES,
    UNKNOWN,
    Inventory,
    Problem,
)

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
#: Names that PostgreSQL or this collection use for something else.
RESERVED_NAMES = frozenset({"postgres", "template0", "template1", "mail-catcher", "all", "ungrouped", "localhost"})


def check_groups(inventory: Inventory) -> Iterator[Problem]:
    """Hosts in groups, and each in one kind of them."""
    if not inventory.everyone():
        yield Problem(
            "inventory",
            "there is no host in droplets, databases or environments.",
            "Give the inventory with -i; inventories/example shows one.",
        )
    for host in inventory.everyone():
        groups = [group for group in ROLES if host in inventory.members(group)]
        if len(groups) > 1:
            yield Problem(
                host,
                f"it is in the groups {' and '.join(groups)}, but a host is one thing only.",
                "Give the droplet, the database server and the environment a name each.",
            )


def check_names(inventory: Inventory) -> Iterator[Problem]:
    """Names of environments and servers, which containers, databases, folders and nginx take on."""
    for group, thing in ((DATABASES, "database server"), (ENVIRONMENTS, "environment")):
        for host in inventory.members(group):
            if not NAME.fullmatch(host):
                yield Problem(
                    host,
                    f"this is no name for a{'n' if group == ENVIRONMENTS else ''} {thing}.",
                    "Use at most 40 small letters, digits, '-' and '_', beginning with a letter: the name is also"
                    " that of containers, networks, the database and folders.",
                )
            elif host in RESERVED_NAMES:
                yield Problem(host, "this name is reserved.", f"Give the {thing} another name.")
    environments = inventory.members(ENVIRONMENTS)
    for server in inventory.members(DATABASES):
        if server.endswith(("-odoo", "-task")) and server[:-5] in environments:
            yield Problem(
                server,
                f"the environment {server[:-5]} has a container of this name.",
                "Give the database server another name.",
            )
    for host in (*inventory.members(DATABASES), *environments):
        owner = host.removesuffix("-egress")
        if owner != host and owner in environments:
            yield Problem(host, f"the environment {owner} has a network of this name.", "Give it another name.")
    for droplet in inventory.members(DROPLETS):
        yield from _upstream_problems(inventory, droplet)


def _upstream_problems(inventory: Inventory, droplet: str) -> Iterator[Problem]:
    """Sites of a droplet that nginx would know by the same name (roles/nginx/templates/vhost.conf.j2)."""
    sites = [
        "mail-catcher",
        *(name for name in inventory.residents(droplet) if name in inventory.members(ENVIRONMENTS)),
    ]
    owners: dict[str, list[str]] = {}
    for site in dict.fromkeys(sites):
        for suffix in ("", "_websocket"):
            owners.setdefault(re.sub(r"[^a-z0-9]", "_", site) + suffix, []).append(site)
    for names in owners.values():
        if len(names) > 1:
            yield Problem(
                ", ".join(name for name in names if name != "mail-catcher"),
                f"the names {' and '.join(names)} are too much alike for nginx on {droplet}, to which '-' and '_' are"
                " the same and which adds _websocket.",
                "Give one of them a name that differs in letters or digits.",
            )


def check_stages(inventory: Inventory) -> Iterator[Problem]:
    """One stage for each environment."""
    for host in inventory.members(ENVIRONMENTS):
        stages = [stage for stage in STAGES if host in inventory.members(stage)]
        if not stages:
            yield Problem(
                host,
                "the environment is in no stage.",
                f"Put it into one of the groups {', '.join(STAGES)}: its stage says what it may do.",
            )
        elif len(stages) > 1:
            yield Problem(
                host, f"the environment is in the stages {' and '.join(stages)}.", "Leave it in one of these groups."
            )
        else:
            named = inventory.get(host, "odoo_stage")
            if isinstance(named, str) and named and named != stages[0]:
                yield Problem(
                    host,
                    f"odoo_stage says {named}, but the environment is in the group {stages[0]}.",
                    "Leave odoo_stage out; the group decides.",
                )


def check_droplets(inventory: Inventory) -> Iterator[Problem]:
    """A droplet for each environment and server, and an address for each droplet."""
    known = inventory.members(DROPLETS)
    for group, variable in ((DATABASES, "postgres_droplet"), (ENVIRONMENTS, "odoo_droplet")):
        for host in inventory.members(group):
            droplet = inventory.get(host, variable)
            if droplet is UNKNOWN:
                continue
            problem = _reference(inventory, host, variable, DROPLETS)
            if problem:
                yield problem
                continue
            broken = inventory.host(host).broken.get("ansible_host")
            if broken:
                yield Problem(
                    host,
                    f"ansible_host has no value: {broken}",
                    f"Set ansible_host of the droplet {droplet}.",
                )
    for host in known:
        broken = inventory.host(host).broken.get("ansible_host")
        if broken:
            yield Problem(host, f"ansible_host has no value: {broken}", "Set it to the droplet's address.")


def _reference(inventory: Inventory, host: str, variable: str, group: str) -> Problem | None:
    """The problem of a variable that must name a host of ``group``, if it has one."""
    thing = {DROPLETS: "droplet", DATABASES: "database server"}[group]
    known, value = inventory.members(group), inventory.get(host, variable)
    if value is None or value == "":
        return Problem(host, f"no {thing} is named.", f"Set {variable} to one of the group {group}: {_choice(known)}.")
    if value not in known:
        guess = nearest(str(value), known)
        hint = f"Did you mean {guess}?" if guess else f"The group has: {_choice(known)}."
        return Problem(host, f"{variable} is {value!r}, which is not in the group {group}.", hint)
    return None


def _choice(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "nobody yet"


def check_database_servers(inventory: Inventory) -> Iterator[Problem]:
    """A database server within reach of each environment."""
    servers = inventory.members(DATABASES)
    for host in inventory.members(ENVIRONMENTS):
        server = inventory.get(host, "odoo_database_server")
        if server is UNKNOWN:
            continue
        problem = _reference(inventory, host, "odoo_database_server", DATABASES)
        if problem:
            yield problem
            continue
        here, there = inventory.droplet_of(host), inventory.droplet_of(server)
        if here is not UNKNOWN and there is not UNKNOWN and here != there and not inventory.is_managed(server):
            yield Problem(
                host,
                f"it is on the droplet {here}, and its database server {server} is a container on {there}, which"
                " cannot be reached from there: databases have no port outside their droplet.",
                f"Use a database server on {here}, or a managed one (postgres_mode: managed).",
            )
        egress = inventory.get(host, "odoo_egress")
        if inventory.is_managed(server) and egress is not UNKNOWN and not boolean(egress, strict=False):
            yield Problem(
                host,
                f"its database server {server} is outside of the droplet, and it has no way out (odoo_egress).",
                "Use a database server on the droplet. Should it really reach the Internet, set odoo_egress to true.",
            )
    for server in servers:
        if not inventory.is_managed(server):
            continue
        for variable in ("postgres_host", "postgres_admin_password"):
            if inventory.get(server, variable) in (None, ""):
                yield Problem(
                    server,
                    f"it is managed by somebody else (postgres_mode: managed), and {variable} is missing.",
                    f"Set {variable} to what the provider says.",
                )
