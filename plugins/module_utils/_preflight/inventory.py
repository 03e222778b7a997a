# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The inventory as the checks ask it: hosts with their variables, groups, and what holds where nobody says."""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils import _sizing

DROPLETS, DATABASES, ENVIRONMENTS = "droplets", "databases", "environments"
STAGES = ("production", "staging", "development", "preview", "ci")
#: Roles by the group whose hosts they set up.
ROLES = {
    DROPLETS: ("hardening", "docker", "nginx", "mail_catcher"),
    DATABASES: ("postgres",),
    ENVIRONMENTS: ("odoo", "backup"),
}
#: What holds where neither the inventory nor the role's argument_specs say.
DEFAULTS: dict[str, t.Any] = {
    "mail_catcher_memory_mb": 0,
    "odoo_cpus": 0,
    "odoo_cron_threads": "auto",
    "odoo_memory_mb": 2048,
    "odoo_version": "18.0",
    "odoo_workers": "auto",
    "postgres_cpus": 0,
    "postgres_max_connections": 100,
    "postgres_memory_mb": 1024,
    "postgres_mode": "container",
}
#: The same for what hangs on the stage, as in roles/odoo/vars/main/stages.yml.
STAGE_DEFAULTS: dict[str, dict[str, t.Any]] = {
    "odoo_backup": {"production": True, "staging": False, "development": False, "preview": False, "ci": False},
    "odoo_egress": {"production": True, "staging": False, "development": False, "preview": False, "ci": False},
    "odoo_crons": {"production": True, "staging": True, "development": False, "preview": False, "ci": False},
    "odoo_workers": {"production": "auto", "staging": "auto", "development": "0", "preview": "0", "ci": "0"},
}
#: role to entry point to option to its specification, as in meta/argument_specs.yml
Specs = Mapping[str, Mapping[str, Mapping[str, Mapping[str, t.Any]]]]


class _Unknown:
    """A value that cannot be judged, because it was already found wrong."""


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a host, and what to do about it: two sentences."""

    host: str
    what: str
    todo: str


@dataclass
class Host:
    """An inventory host: its templated variables, and those that could not be templated."""

    name: str
    values: Mapping[str, t.Any] = field(default_factory=dict)
    #: Variable to the reason why it has no value.
    broken: Mapping[str, str] = field(default_factory=dict)
    #: C(ansible_facts) of the machine it is on, empty if unknown.
    facts: Mapping[str, t.Any] = field(default_factory=dict)


class Inventory:
    """Groups and hosts, with the questions that the checks ask.

    Parameters as in :func:`checks.find_problems`.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[str]],
        hosts: Mapping[str, Host],
        specs: Specs,
        allowed: Collection[str] = (),
    ) -> None:
        self.groups = groups
        self.hosts = hosts
        self.specs = specs
        self.allowed = frozenset(allowed)
        #: Option to its specification, whichever role has it; that of the entry point C(main) counts first.
        self.options: dict[str, Mapping[str, t.Any]] = {}
        for entry_points in specs.values():
            for name in sorted(entry_points, key=lambda entry: entry != "main"):
                for option, spec in entry_points[name].items():
                    self.options.setdefault(option, spec)
        self._wrong: set[tuple[str, str]] = set()

    def members(self, group: str) -> list[str]:
        """The hosts of a group in alphabetical order, none if there is no such group."""
        return sorted(set(self.groups.get(group, ())))

    def everyone(self) -> list[str]:
        """All droplets, database servers and environments."""
        return sorted({name for group in ROLES for name in self.members(group)})

    def host(self, name: str) -> Host:
        """A host of the inventory; one that nothing is known of has no variables."""
        return self.hosts.get(name, Host(name))

    def mark_wrong(self, host: str, variable: str) -> None:
        """Let no later check judge this value again."""
        self._wrong.add((host, variable))

    def is_set(self, host: str, variable: str) -> bool:
        """Whether the inventory says something of it, right or wrong."""
        entry = self.host(host)
        return variable in entry.values or variable in entry.broken

    def get(self, host: str, variable: str) -> t.Any:
        """The variable's value, its default, or UNKNOWN when it is already known to be wrong."""
        entry = self.host(host)
        if variable in entry.broken or (host, variable) in self._wrong:
            return UNKNOWN
        if variable in entry.values:
            return entry.values[variable]
        default = self.options.get(variable, {}).get("default")
        if default is None or (isinstance(default, str) and "{{" in default):
            return STAGE_DEFAULTS.get(variable, {}).get(self.stage_of(host), DEFAULTS.get(variable))
        return default

    def stage_of(self, host: str) -> str:
        """The stage that an environment says, else that of its group; empty if it is in none."""
        said = self.host(host).values.get("odoo_stage")
        if isinstance(said, str) and said in STAGES:
            return said
        return next((stage for stage in STAGES if host in self.members(stage)), "")

    def droplet_of(self, host: str) -> t.Any:
        """The droplet that an environment or a database server names; UNKNOWN if it is none."""
        variable = "odoo_droplet" if host in self.members(ENVIRONMENTS) else "postgres_droplet"
        droplet = self.get(host, variable)
        return droplet if isinstance(droplet, str) and droplet in self.members(DROPLETS) else UNKNOWN

    def residents(self, droplet: str) -> list[str]:
        """Database servers and environments on a droplet."""
        return [
            name for name in [*self.members(DATABASES), *self.members(ENVIRONMENTS)] if self.droplet_of(name) == droplet
        ]

    def facts(self, droplet: t.Any) -> Mapping[str, t.Any]:
        """Facts of a droplet; a resident's will do, since it is the same machine."""
        if not isinstance(droplet, str):
            return {}
        for name in [droplet, *self.residents(droplet)]:
            facts = self.host(name).facts
            if facts:
                return facts
        return {}

    def cpus(self, host: str, variable: str) -> float | None:
        """CPUs that a host may use: asked, or all of the droplet's; None when that is unknown."""
        asked = self.get(host, variable)
        try:
            number = _sizing.to_number(variable, asked, 0)
        except _sizing.SizingError:
            return None
        if number:
            return number
        count = self.facts(self.droplet_of(host)).get("processor_vcpus")
        return float(count) if isinstance(count, int) and count > 0 else None

    def is_managed(self, server: str) -> bool:
        """Whether somebody else runs the database server."""
        return bool(self.get(server, "postgres_mode") == "managed")


#: Finds the problems of one kind.
Check = t.Callable[[Inventory], Iterator[Problem]]
