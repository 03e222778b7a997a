# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Everything that can be known to be wrong before a machine is touched.

Pure: hosts with their variables go in, problems come out.  All of them, since
an operator wants to correct an inventory once.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import AnsibleValidationError, ArgumentTypeError, ArgumentValueError, ElementError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ipai.odoo.plugins.module_utils import _odoo_conf, _secret, _sizing

DROPLETS, DATABASES, ENVIRONMENTS = "droplets", "databases", "environments"
STAGES = ("production", "staging", "development", "preview", "ci")
#: Roles by the group whose hosts they set up.
ROLES = {
    DROPLETS: ("hardening", "docker", "nginx", "mail_catcher"),
    DATABASES: ("postgres",),
    ENVIRONMENTS: ("odoo",),
}
#: Distribution to the releases that the roles support.
SYSTEMS = {"Debian": ("12", "13"), "Ubuntu": ("22", "24")}

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
#: Names that PostgreSQL or this collection use for something else.
RESERVED_NAMES = frozenset({"postgres", "template0", "template1", "mail-catcher", "all", "ungrouped", "localhost"})
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
#: Where hosts are (read from the inventory, whatever the roles say), and a fact that the role postgres sets,
#: which is there when a second play asks.
ALWAYS_KNOWN = frozenset({"odoo_droplet", "odoo_database_server", "postgres_droplet", "postgres_database"})
#: Passwords that somebody else chose: they have to be taken as they are.
FOREIGN_PASSWORDS = frozenset({"odoo_smtp_password"})
#: Options of odoo.conf that follow from something else, and what to set instead.
OWN_OPTIONS = {
    "addons_path": "odoo_addon_repositories",
    "data_dir": None,
    "db_host": "odoo_database_server",
    "db_name": None,
    "db_port": "odoo_database_server",
    "db_sslmode": "postgres_sslmode",
    "db_user": None,
    "dbfilter": None,
    "gevent_port": None,
    "http_port": None,
    "list_db": None,
    "max_cron_threads": "odoo_cron_threads",
    "proxy_mode": None,
    "server_wide_modules": "odoo_server_wide_modules",
    "smtp_port": "odoo_smtp_port",
    "smtp_server": "odoo_smtp_host",
    "smtp_ssl": "odoo_smtp_ssl",
    "smtp_user": "odoo_smtp_user",
    "workers": "odoo_workers",
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
    "odoo_crons": {"production": True, "staging": True, "development": False, "preview": False, "ci": False},
    "odoo_workers": {"production": "auto", "staging": "auto", "development": "0", "preview": "0", "ci": "0"},
}
#: Somebody's name or password in a URL. With ssh, a mere name is the address of an account, nothing secret.
CREDENTIAL = re.compile(r"(?<![a-z0-9+.-])(?!(git\+)?ssh://[^/:@]*@)[a-z][a-z0-9+.-]*://[^/@\s]*@", re.IGNORECASE)

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
    """Groups and hosts, with the questions that the checks ask."""

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
        self.options: dict[str, Mapping[str, t.Any]] = {}
        for entry_points in specs.values():
            for name in sorted(entry_points, key=lambda entry: entry != "main"):
                for option, spec in entry_points[name].items():
                    self.options.setdefault(option, spec)
        self._wrong: set[tuple[str, str]] = set()

    def members(self, group: str) -> list[str]:
        return sorted(set(self.groups.get(group, ())))

    def everyone(self) -> list[str]:
        return sorted({name for group in ROLES for name in self.members(group)})

    def mark_wrong(self, host: str, variable: str) -> None:
        """Let no later check judge this value again."""
        self._wrong.add((host, variable))

    def is_set(self, host: str, variable: str) -> bool:
        entry = self.hosts.get(host, Host(host))
        return variable in entry.values or variable in entry.broken

    def get(self, host: str, variable: str) -> t.Any:
        """The variable's value, its default, or UNKNOWN when it is already known to be wrong."""
        entry = self.hosts.get(host, Host(host))
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
        said = self.hosts.get(host, Host(host)).values.get("odoo_stage")
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
            facts = self.hosts.get(name, Host(name)).facts
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
        return bool(self.get(server, "postgres_mode") == "managed")


Check = t.Callable[[Inventory], Iterator[Problem]]


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


# Variables -------------------------------------------------------------------


def check_undefined(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.everyone():
        entry = inventory.hosts.get(host, Host(host))
        for variable, reason in sorted(entry.broken.items()):
            if variable == "ansible_host":
                continue  # see check_droplets
            yield Problem(
                host,
                f"{variable} has no value: {reason}",
                "Define what it refers to, or correct it where it is set (group_vars or host_vars).",
            )


def check_variable_names(inventory: Inventory) -> Iterator[Problem]:
    known = set(inventory.options) | ALWAYS_KNOWN | inventory.allowed
    prefixes = tuple(f"{role}_" for role in inventory.specs)
    for host in inventory.everyone():
        entry = inventory.hosts.get(host, Host(host))
        for variable in sorted({*entry.values, *entry.broken}):
            if not prefixes or not variable.startswith(prefixes) or variable in known:
                continue
            guess = _odoo_conf.nearest(variable, known)
            todo = f"Did you mean {guess}?" if guess else "Remove it; docs/ lists the variables of each role."
            yield Problem(host, f"the variable {variable} is unknown.", todo)


def check_types(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.everyone():
        entry = inventory.hosts.get(host, Host(host))
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
        if _odoo_conf.looks_secret(variable):
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
    explained = {"odoo_domain", "odoo_droplet", "odoo_database_server", "postgres_droplet"}
    for group, roles in ROLES.items():
        for role in roles:
            for variable, spec in inventory.specs.get(role, {}).get("main", {}).items():
                if not spec.get("required") or variable in explained:
                    continue
                for host in inventory.members(group):
                    if not inventory.is_set(host, variable):
                        yield Problem(host, f"{variable} is missing.", f"Set {variable}. {_first_sentence(spec)}")


def _first_sentence(spec: Mapping[str, t.Any]) -> str:
    description = spec.get("description", "")
    text = description if isinstance(description, str) else " ".join(map(str, description[:1]))
    return re.sub(r"\b[A-Z]\(([^)]*)\)", r"\1", text)


def check_passwords(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.everyone():
        entry = inventory.hosts.get(host, Host(host))
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


# Places ----------------------------------------------------------------------


def check_groups(inventory: Inventory) -> Iterator[Problem]:
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
    for server in inventory.members(DATABASES):
        for suffix in ("-odoo", "-task"):
            owner = server[: -len(suffix)] if server.endswith(suffix) else ""
            if owner in inventory.members(ENVIRONMENTS):
                yield Problem(
                    server,
                    f"the environment {owner} has a container of this name.",
                    "Give the database server another name.",
                )
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
            broken = inventory.hosts.get(host, Host(host)).broken.get("ansible_host")
            if broken:
                yield Problem(
                    host,
                    f"ansible_host has no value: {broken}",
                    f"Set ansible_host of the droplet {droplet}.",
                )
    for host in known:
        broken = inventory.hosts.get(host, Host(host)).broken.get("ansible_host")
        if broken:
            yield Problem(host, f"ansible_host has no value: {broken}", "Set it to the droplet's address.")


def _reference(inventory: Inventory, host: str, variable: str, group: str) -> Problem | None:
    """The problem of a variable that must name a host of ``group``, if it has one."""
    thing = {DROPLETS: "droplet", DATABASES: "database server"}[group]
    known, value = inventory.members(group), inventory.get(host, variable)
    if value is None or value == "":
        return Problem(host, f"no {thing} is named.", f"Set {variable} to one of the group {group}: {_choice(known)}.")
    if value not in known:
        guess = _odoo_conf.nearest(str(value), known)
        hint = f"Did you mean {guess}?" if guess else f"The group has: {_choice(known)}."
        return Problem(host, f"{variable} is {value!r}, which is not in the group {group}.", hint)
    return None


def _choice(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "nobody yet"


def check_database_servers(inventory: Inventory) -> Iterator[Problem]:
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


def check_domains(inventory: Inventory) -> Iterator[Problem]:
    seen: dict[str, list[str]] = {}
    for host in inventory.members(ENVIRONMENTS):
        domain = inventory.get(host, "odoo_domain")
        if domain is None or domain == "":
            yield Problem(host, "it has no domain.", "Set odoo_domain, for example erp.example.com.")
        elif domain is not UNKNOWN:
            yield from _domain_problem(host, "odoo_domain", domain)
            seen.setdefault(str(domain).lower(), []).append(host)
        aliases = inventory.get(host, "odoo_domain_aliases")
        if aliases is UNKNOWN or aliases is None:
            continue
        if not isinstance(aliases, list):
            yield Problem(host, "odoo_domain_aliases is not a list.", "Write it as a list of domains.")
            continue
        for alias in aliases:
            yield from _domain_problem(host, "odoo_domain_aliases", alias)
            seen.setdefault(str(alias).lower(), []).append(host)
    for host in inventory.members(DROPLETS):
        domain = inventory.get(host, "mail_catcher_domain")
        if isinstance(domain, str) and domain:
            yield from _domain_problem(host, "mail_catcher_domain", domain)
            seen.setdefault(domain.lower(), []).append(f"{host} (mail catcher)")
    for domain, hosts in sorted(seen.items()):
        others = sorted(set(hosts))
        if len(others) > 1:
            yield Problem(
                ", ".join(others),
                f"the domain {domain} is used {len(hosts)} times.",
                "Give each a domain of its own; capital letters make no difference.",
            )
        elif len(hosts) > 1:
            yield Problem(others[0], f"the domain {domain} is listed twice.", "Leave one of them out.")


def _domain_problem(host: str, variable: str, domain: t.Any) -> Iterator[Problem]:
    reason = domain_problem(domain)
    if reason:
        yield Problem(host, f"{variable} is {domain!r}, which {reason}.", "Write it as erp.example.com.")


def domain_problem(domain: t.Any) -> str | None:
    """Why this is no domain that a certificate can be had for (RFC 1123, section 2.1), or None."""
    if not isinstance(domain, str):
        return "is not text"
    findings = (
        ("://" in domain or "/" in domain, "is a URL, not a domain"),
        (":" in domain, "has a port"),
        (domain.startswith("*."), "is a wildcard"),
        (domain.endswith("."), "ends with a dot"),
        (not domain.isascii(), "has letters beyond ASCII (write it as xn--…)"),
        (re.fullmatch(r"[0-9.]+", domain) is not None, "is an address"),
        ("." not in domain, "has no dot"),
        (len(domain) > 253, "is longer than 253 characters"),
        (not all(LABEL.fullmatch(label) for label in domain.split(".")), "is malformed"),
    )
    return next((reason for found, reason in findings if found), None)


# Odoo ------------------------------------------------------------------------


def check_series(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.members(ENVIRONMENTS):
        version = inventory.get(host, "odoo_version")
        if version is UNKNOWN:
            continue
        if _odoo_conf.series_name(version) not in _odoo_conf.SERIES:
            inventory.mark_wrong(host, "odoo_version")
            yield Problem(
                host,
                f"the series {version!r} (odoo_version) is not supported.",
                f"Use one of {', '.join(sorted(_odoo_conf.SERIES))}.",
            )


def check_odoo_config(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.members(ENVIRONMENTS):
        version = inventory.get(host, "odoo_version")
        if version is UNKNOWN:
            continue
        series = _odoo_conf.get_series(version)
        for variable, validate in (
            ("odoo_config", lambda value, series=series: _odoo_conf.validate(series, value)),
            ("odoo_addon_config", lambda value, series=series: _odoo_conf.validate_addon_options(series, value)),
            ("odoo_config_sections", _odoo_conf.validate_sections),
        ):
            value = inventory.get(host, variable)
            if value is UNKNOWN or value is None:
                continue
            if not isinstance(value, Mapping):
                yield Problem(host, f"{variable} is not a dictionary.", "Write it as names and values.")
                continue
            for message in _config_messages(validate, value):
                yield Problem(host, f"{variable}: {message}", f"Correct {variable} where it is set.")
            if variable == "odoo_config":
                yield from _own_options(host, value)


def _config_messages(validate: t.Callable[[t.Any], object], value: Mapping[str, t.Any]) -> list[str]:
    try:
        validate(value)
    except _odoo_conf.ConfigError as exc:
        return [message.replace("under 'secrets'", "with its own variable") for message in exc.problems]
    return []


def _own_options(host: str, options: Mapping[str, t.Any]) -> Iterator[Problem]:
    for name in sorted(set(options) & set(OWN_OPTIONS)):
        instead = OWN_OPTIONS[name]
        yield Problem(
            host,
            f"odoo_config: Option '{name}' is not for you to set: isolation and sizes of the environment hang on it.",
            f"Use {instead}." if instead else "Leave it out.",
        )


def check_credentials(inventory: Inventory) -> Iterator[Problem]:
    """Credentials in URLs: every user of the machine sees them in the list of processes, and they stay in images."""
    for host in inventory.members(ENVIRONMENTS):
        repositories = inventory.get(host, "odoo_addon_repositories")
        for entry in repositories if isinstance(repositories, list) else []:
            if isinstance(entry, Mapping) and CREDENTIAL.match(str(entry.get("url", "")).strip()):
                yield Problem(
                    host,
                    f"odoo_addon_repositories: the url of {entry.get('name')} has a user or a token in it, which would"
                    " get into logs and the list of processes.",
                    "Use the repository's SSH address with a key_file: a deploy key on the droplet that may only read.",
                )
        packages = inventory.get(host, "odoo_pip_packages")
        for number, package in enumerate(packages if isinstance(packages, list) else [], start=1):
            if CREDENTIAL.search(str(package)):
                yield Problem(
                    host,
                    f"odoo_pip_packages: the URL in entry {number} has a user or a token in it, which would stay in"
                    " the image of the release.",
                    "Put the package into an addon repository with a key_file, or where no login is asked for.",
                )


# Machines --------------------------------------------------------------------


def check_systems(inventory: Inventory) -> Iterator[Problem]:
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


CHECKS: tuple[Check, ...] = (
    check_groups,
    check_undefined,
    check_variable_names,
    check_series,
    check_types,
    check_required,
    check_names,
    check_stages,
    check_droplets,
    check_database_servers,
    check_domains,
    check_odoo_config,
    check_credentials,
    check_passwords,
    check_systems,
    check_cpus,
    check_sizes,
    check_memory,
)
