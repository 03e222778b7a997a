# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Variables by themselves: defined, known to a role, of the right type, there where they must be, no weak password."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping, Sequence

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleValidationError, ArgumentTypeError, ArgumentValueError, ElementError

from ansible_collections.ipai.odoo.plugins.module_utils import _secret
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.file import looks_secret
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import nearest
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    DROPLETS,
    ROLES,
    UNKNOWN,
    Inventory,
    Problem,
)

#: Where hosts are (read from the inventory, whatever the roles say), and a fact that the role postgres sets,
#: which is there when a second play asks.
ALWAYS_KNOWN = frozenset({"odoo_droplet", "odoo_database_server", "postgres_droplet", "postgres_database"})
#: Passwords that somebody else chose: they have to be taken as they are.
FOREIGN_PASSWORDS = frozenset({"odoo_smtp_password"})


def check_undefined(inventory: Inventory) -> Iterator[Problem]:
    """Variables that cannot be templated."""
    for host in inventory.everyone():
        entry = inventory.host(host)
        for variable, reason in sorted(entry.broken.items()):
            if variable == "ansible_host":
                continue  # see check_droplets
            todo = "Define what it refers to, or correct it where it is set (group_vars or host_vars)."
            if variable == "hardening_admin_keys":
                todo = (
                    "Make a key with ssh-keygen if you have none, and name the file of its public half there, or put"
                    " its text there (group_vars/droplets.yml)."
                )
            yield Problem(host, f"{variable} has no value: {reason}", todo)


def check_variable_names(inventory: Inventory) -> Iterator[Problem]:
    """Variables that begin like a role's and are no role's: most likely misspelt."""
    known = set(inventory.options) | ALWAYS_KNOWN | inventory.allowed
    prefixes = tuple(f"{role}_" for role in inventory.specs)
    for host in inventory.everyone():
        entry = inventory.host(host)
        for variable in sorted({*entry.values, *entry.broken}):
            if not prefixes or not variable.startswith(prefixes) or variable in known:
                continue
            guess = nearest(variable, known)
            todo = f"Did you mean {guess}?" if guess else "Remove it; docs/ lists the variables of each role."
            yield Problem(host, f"the variable {variable} is unknown.", todo)


def check_types(inventory: Inventory) -> Iterator[Problem]:
    """Values against the argument_specs of the roles.  A wrong one is judged no further."""
    for host in inventory.everyone():
        entry = inventory.host(host)
        for variable, value in sorted(entry.values.items()):
            spec = inventory.options.get(variable)
            if not spec or value is None or inventory.get(host, variable) is UNKNOWN:
                continue
            message = _type_problem(variable, value, spec)
            if message:
                inventory.mark_wrong(host, variable)
                yield Problem(host, message, "Correct it where it is set (group_vars or host_vars).")


def _type_problem(variable: str, value: t.Any, spec: Mapping[str, t.Any]) -> str | None:
    if spec.get("type") == "str" and isinstance(value, (dict, list)):
        return f"{variable} must be text, not a {'list' if isinstance(value, list) else 'dictionary'}."
    checked = {key: spec[key] for key in ("type", "elements", "choices", "options") if key in spec}
    result = ArgumentSpecValidator({variable: checked}).validate({variable: value})
    for error in result.errors:
        if looks_secret(variable):
            return f"{variable} must be of type {spec.get('type', 'str')}."
        return _describe(variable, value, spec, error)
    return None


def _describe(variable: str, value: t.Any, spec: Mapping[str, t.Any], error: AnsibleValidationError) -> str:
    kind = spec.get("type", "str")
    if isinstance(error, ArgumentValueError) and spec.get("choices") and not isinstance(value, (dict, list)):
        return f"{variable} must be one of {', '.join(map(str, spec['choices']))}, not {value!r}."
    if isinstance(error, ElementError):
        return f"{variable} must be a list of {spec.get('elements')}: {error.msg}."
    if isinstance(error, ArgumentTypeError) and not isinstance(value, (dict, list)):
        return f"{variable} must be of type {kind}, not {value!r}."
    return f"{variable}: {error.msg}."


def check_required(inventory: Inventory) -> Iterator[Problem]:
    """Variables that a role cannot do without and that no other check explains."""
    explained = {"odoo_domain", "odoo_droplet", "odoo_database_server", "postgres_droplet"}
    for group, roles in ROLES.items():
        for role in roles:
            for variable, spec in inventory.specs.get(role, {}).get("main", {}).items():
                if not spec.get("required") or variable in explained:
                    continue
                for host in inventory.members(group):
                    if not inventory.is_set(host, variable):
                        yield Problem(host, f"{variable} is missing.", f"Set {variable}. {_first_paragraph(spec)}")


def _first_paragraph(spec: Mapping[str, t.Any]) -> str:
    description = spec.get("description", "")
    text = description if isinstance(description, str) else " ".join(map(str, description[:1]))
    return re.sub(r"\b[A-Z]\(([^)]*)\)", r"\1", text)


def check_passwords(inventory: Inventory) -> Iterator[Problem]:
    """Passwords that are guessed in no time.  They are shown by no message."""
    for host in inventory.everyone():
        entry = inventory.host(host)
        logins = [str(value) for name, value in entry.values.items() if re.search(r"_(login|user)$", name)]
        for variable, value in sorted(entry.values.items()):
            if not variable.endswith("_password") or value is None or inventory.get(host, variable) is UNKNOWN:
                continue
            yield from _password_problem(host, variable, value, [host, *logins])
        for login in _logins(entry.values.get("nginx_vhost_login")):
            yield from _password_problem(host, "nginx_vhost_login", login["password"], [host, str(login.get("user"))])


def _logins(value: t.Any) -> list[Mapping[str, t.Any]]:
    entries = value if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping) and entry.get("password") is not None]


def _password_problem(host: str, variable: str, value: t.Any, names: Sequence[str]) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(host, f"the password in {variable} is not text.", "Put it in quotes.")
        return
    foreign = variable in FOREIGN_PASSWORDS
    if foreign and not value:
        return
    reason = _secret.unusable(value) if foreign else _secret.weakness(value, names)
    todo = f"Use a random one of at least {_secret.MIN_GIVEN_LENGTH} characters; left out, most are made for you."
    if foreign:
        todo = "Copy it again from where it was issued."
    if reason:
        yield Problem(host, f"the password in {variable} {reason}.", todo)


def check_ports(inventory: Inventory) -> Iterator[Problem]:
    """Ports in the firewall's own words: others it would take, show in different ones, and so be opened and closed."""
    for host in inventory.members(DROPLETS):
        ports = inventory.get(host, "hardening_firewall_allowed_ports")
        for port in ports if isinstance(ports, list) else []:
            if not re.fullmatch(r"\d{1,5}(:\d{1,5})?/(tcp|udp)", str(port)):
                yield Problem(
                    host,
                    f"hardening_firewall_allowed_ports: {port!r} is no port with its protocol.",
                    "Write it as 8443/tcp, a range as 6000:6010/udp.",
                )
