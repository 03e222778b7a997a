# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads groups, variables and facts on the controller; the judgement is in the floor _preflight."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from pathlib import Path

import yaml
from ansible.plugins.action import ActionBase

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.checks import find_problems, report
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import ROLES, Host

ROLES_FOLDER = Path(__file__).resolve().parents[2] / "roles"
#: Beside the roles' variables, those that other checks ask for.
ALSO = ("ansible_host",)
FACTS = ("memtotal_mb", "processor_vcpus", "distribution", "distribution_version", "distribution_major_version")


def read_specs(roles: Path = ROLES_FOLDER) -> dict[str, dict[str, dict[str, t.Any]]]:
    """Role to entry point to options, from the argument_specs of the collection's roles."""
    specs: dict[str, dict[str, dict[str, t.Any]]] = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        entry_points = content.get("argument_specs") or {}
        specs[path.parent.parent.name] = {
            name: dict((entry or {}).get("options") or {}) for name, entry in entry_points.items()
        }
    return specs


def plain(value: t.Any) -> t.Any:
    """A value without what Ansible's templating hangs on it; nested templates are resolved on the way."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def reason_of(error: Exception) -> str:
    """The innermost sentence of an error; the outer ones tell of Ansible's own machinery."""
    seen: Exception = error
    while isinstance(seen.__cause__, Exception):
        seen = seen.__cause__
    text = getattr(seen, "message", None) or str(seen) or type(seen).__name__
    return str(text).strip().splitlines()[0]


def read_host(
    name: str, variables: Mapping[str, t.Any], prefixes: tuple[str, ...], template: t.Callable[[t.Any], t.Any]
) -> Host:
    """A host's variables, each templated by itself so that one that fails hides no other."""
    values: dict[str, t.Any] = {}
    broken: dict[str, str] = {}
    for variable in list(variables):
        if not variable.startswith(prefixes) and variable not in ALSO:
            continue
        try:
            values[variable] = plain(template(variables[variable]))
        except Exception as exc:  # a lookup may raise anything
            broken[variable] = reason_of(exc)
    known = variables.get("ansible_facts", {})
    return Host(name, values, broken, {key: plain(known[key]) for key in FACTS if key in known})


class ActionModule(ActionBase):
    """Entry point of Ansible."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _unused, arguments = self.validate_argument_spec(
            argument_spec={"allowed_variables": {"type": "list", "elements": "str", "default": []}}
        )
        variables = task_vars or {}
        specs = read_specs()
        prefixes = tuple(f"{role}_" for roles in ROLES.values() for role in roles)
        groups = {str(name): [str(host) for host in members] for name, members in variables["groups"].items()}
        names = {host for group in ROLES for host in groups.get(group, [])}
        hosts = {name: self._read_host(name, variables["hostvars"], prefixes) for name in sorted(names)}
        problems = find_problems(groups, hosts, specs, arguments["allowed_variables"])
        result.update(
            changed=False,
            problems=[vars(problem) for problem in problems],
            hosts=sorted(names),
        )
        if problems:
            result.update(failed=True, msg=report(problems))
        else:
            result["msg"] = f"{len(names)} hosts: nothing is wrong."
        return result

    def _read_host(self, name: str, hostvars: t.Any, prefixes: tuple[str, ...]) -> Host:
        # What hostvars hands out cannot itself refer to hostvars, and inventories do that for ansible_host.
        variables = {**hostvars.raw_get(name), "hostvars": hostvars}
        templar = self._templar.copy_with_new_env(available_variables=variables)
        return read_host(name, variables, prefixes, templar.template)
