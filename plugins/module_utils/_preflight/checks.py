# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Everything that can be known to be wrong before a machine is touched.

Pure: hosts with their variables go in, problems come out.  All of them, since
an operator wants to correct an inventory once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ansible_collections.ipai.odoo.plugins.module_utils._preflight import (
    backup,
    domains,
    machines,
    odoo,
    places,
    variables,
)
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    Check,
    Host,
    Inventory,
    Problem,
    Specs,
)

#: In this order: what is found wrong first is not judged again, and explains what follows.
CHECKS: tuple[Check, ...] = (
    places.check_groups,
    variables.check_undefined,
    variables.check_variable_names,
    odoo.check_series,
    variables.check_types,
    variables.check_required,
    places.check_names,
    places.check_stages,
    places.check_droplets,
    places.check_database_servers,
    domains.check_domains,
    odoo.check_odoo_config,
    odoo.check_credentials,
    variables.check_passwords,
    variables.check_ports,
    backup.check_backups,
    machines.check_systems,
    machines.check_cpus,
    machines.check_sizes,
    machines.check_memory,
)


def find_problems(
    groups: Mapping[str, Sequence[str]],
    hosts: Mapping[str, Host],
    specs: Specs,
    allowed: Collection[str] = (),
) -> list[Problem]:
    """All problems of an inventory, those that explain others first.

    :param groups: group to its hosts, whether or not ``--limit`` leaves them out.
    :param specs: argument specifications of the collection's roles.
    :param allowed: variables that look like ours and are somebody else's.
    """
    inventory = Inventory(groups, hosts, specs, allowed)
    found: list[Problem] = []
    for check in CHECKS:
        found.extend(check(inventory))
    return _merge(found)


def _merge(problems: Sequence[Problem]) -> list[Problem]:
    """One entry for what is wrong with several hosts in the same words."""
    hosts: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        names = hosts.setdefault((problem.what, problem.todo), [])
        if problem.host not in names:
            names.append(problem.host)
    return [Problem(", ".join(names), what, todo) for (what, todo), names in hosts.items()]


def report(problems: Sequence[Problem]) -> str:
    """The numbered message for the operator."""
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    lines = [f"The inventory has {count}. Nothing was touched."]
    for number, problem in enumerate(problems, start=1):
        lines.append(f"{number}. {problem.host}: {problem.what}\n   {problem.todo}")
    return "\n".join(lines)
