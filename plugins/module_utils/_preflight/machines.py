# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the machines can carry: operating system, CPUs, memory, and connections between environments and servers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ipai.odoo.plugins.module_utils import _sizing
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    DATABASES,
    DROPLETS,
    ENVIRONMENTS,
    UNKNOWN,
    Inventory,
    Problem,
)

#: Distribution to the releases that the roles support.
SYSTEMS = {"Debian": ("12", "13"), "Ubuntu": ("22", "24")}


def check_systems(inventory: Inventory) -> Iterator[Problem]:
    """Operating systems of the droplets."""
    supported = ", ".join(f"{name} {' and '.join(versions)}" for name, versions in SYSTEMS.items())
    for host in inventory.members(DROPLETS):
        facts = inventory.facts(host)
        if not facts.get("distribution"):
            continue
        name, version = str(facts["distribution"]), str(facts.get("distribution_major_version", ""))
        if version not in SYSTEMS.get(name, ()):
            shown = facts.get("distribution_version", version)
            yield Problem(
                host, f"its operating system, {name} {shown}, is not supported.", f"Use {supported} (LTS releases)."
            )


def check_cpus(inventory: Inventory) -> Iterator[Problem]:
    """CPUs that environments and servers ask for, and that their droplet has."""
    for group, variable in ((DATABASES, "postgres_cpus"), (ENVIRONMENTS, "odoo_cpus")):
        for host in inventory.members(group):
            have = inventory.facts(inventory.droplet_of(host)).get("processor_vcpus")
            asked = inventory.get(host, variable)
            if asked is UNKNOWN:
                continue
            try:
                number = _sizing.to_number(variable, asked, 0)
            except _sizing.SizingError as exc:
                yield Problem(host, str(exc), "Write a number, 0 for all of the droplet's.")
                continue
            if isinstance(have, int) and number > have:
                yield Problem(
                    host,
                    f"{variable} asks for {number:g} CPUs, and the droplet {inventory.droplet_of(host)} has {have}.",
                    f"Ask for at most {have}, or 0 for all of them.",
                )


def check_sizes(inventory: Inventory) -> Iterator[Problem]:
    """Memory of each environment and server, and connections between them."""
    connections: dict[str, dict[str, int]] = {}
    for host in inventory.members(ENVIRONMENTS):
        asked = [inventory.get(host, name) for name in ("odoo_memory_mb", "odoo_workers", "odoo_cron_threads")]
        if UNKNOWN in asked:
            continue
        memory, workers, crons = asked
        runs_crons = inventory.get(host, "odoo_crons")
        if runs_crons is not UNKNOWN and runs_crons is not None and not boolean(runs_crons, strict=False):
            crons = 0
        try:
            sizing = _sizing.odoo_sizing(memory, inventory.cpus(host, "odoo_cpus") or 1, workers, crons)
        except _sizing.SizingError as exc:
            yield Problem(host, _own_words(str(exc)), _size_todo(exc))
            continue
        server = inventory.get(host, "odoo_database_server")
        if server in inventory.members(DATABASES):
            connections.setdefault(server, {})[host] = sizing.connections
    for server in inventory.members(DATABASES):
        if inventory.is_managed(server):
            continue
        limit, memory = inventory.get(server, "postgres_max_connections"), inventory.get(server, "postgres_memory_mb")
        if UNKNOWN in (limit, memory):
            continue
        try:
            _sizing.postgres_sizing(memory, inventory.cpus(server, "postgres_cpus") or 1, limit)
            accepted = int(_sizing.to_number("postgres_max_connections", limit, 1))
        except _sizing.SizingError as exc:
            yield Problem(server, str(exc), "Change postgres_memory_mb or postgres_max_connections.")
            continue
        users = connections.get(server, {})
        if sum(users.values()) > accepted:
            listed = ", ".join(f"{name} {count}" for name, count in sorted(users.items()))
            yield Problem(
                server,
                f"its environments may open {sum(users.values())} connections ({listed}), and it accepts {accepted}.",
                f"Set postgres_max_connections to {sum(users.values())} (needs at least"
                f" {_sizing.postgres_needed_mb(sum(users.values()) + _sizing.POSTGRES_RESERVED)} MiB of"
                " postgres_memory_mb), or give the environments fewer workers.",
            )


def _own_words(message: str) -> str:
    """The floor's names of values as the inventory has them."""
    for name in ("memory_mb", "workers", "cron_threads"):
        message = re.sub(rf"(?<![\w]){name}(?= must)", f"odoo_{name}", message)
    return message.replace("(workers: ", "(odoo_workers: ")


def _size_todo(error: _sizing.SizingError) -> str:
    if error.needed_mb is None:
        return "Correct it where it is set (group_vars or host_vars)."
    return f"Set odoo_memory_mb to at least {error.needed_mb}, or lower odoo_workers."


def check_memory(inventory: Inventory) -> Iterator[Problem]:
    """Memory of all that runs on a droplet, in MiB, and that the droplet has."""
    for droplet in inventory.members(DROPLETS):
        have = inventory.facts(droplet).get("memtotal_mb")
        if not isinstance(have, int):
            continue
        shares: dict[str, float] = {}
        wanted = [(droplet, "mail_catcher_memory_mb", "mail catcher")]
        for host in inventory.residents(droplet):
            if host in inventory.members(ENVIRONMENTS):
                wanted.append((host, "odoo_memory_mb", host))
            elif not inventory.is_managed(host):
                wanted.append((host, "postgres_memory_mb", host))
        for host, variable, name in wanted:
            try:
                shares[name] = _sizing.to_number(variable, inventory.get(host, variable), 0)
            except _sizing.SizingError:
                continue  # said by check_sizes or check_types
        total = sum(shares.values())
        if total > have:
            listed = ", ".join(f"{name} {share:.0f}" for name, share in shares.items() if share)
            yield Problem(
                droplet,
                f"what runs on it may use {total:.0f} MiB of memory together ({listed}), and it has {have} MiB.",
                "Lower odoo_memory_mb or postgres_memory_mb, move something to another droplet, or take a larger one.",
            )
