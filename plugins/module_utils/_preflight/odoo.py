# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What an environment asks of Odoo itself: its series, odoo.conf, and addons without a credential in their URL."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import options
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    ENVIRONMENTS,
    UNKNOWN,
    Inventory,
    Problem,
)

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
    "logfile": None,
    "max_cron_threads": "odoo_cron_threads",
    "pidfile": None,
    "proxy_mode": None,
    "server_wide_modules": "odoo_server_wide_modules",
    "smtp_port": "odoo_smtp_port",
    "smtp_server": "odoo_smtp_host",
    "smtp_ssl": "odoo_smtp_ssl",
    "smtp_user": "odoo_smtp_user",
    "workers": "odoo_workers",
}
#: Somebody's name or password in a URL. With ssh, a mere name is the address of an account, nothing secret.
CREDENTIAL = re.compile(r"(?<![a-z0-9+.-])(?!(git\+)?ssh://[^/:@]*@)[a-z][a-z0-9+.-]*://[^/@\s]*@", re.IGNORECASE)


def check_series(inventory: Inventory) -> Iterator[Problem]:
    """Series that this collection knows.  A wrong one is judged no further."""
    for host in inventory.members(ENVIRONMENTS):
        version = inventory.get(host, "odoo_version")
        if version is UNKNOWN:
            continue
        if options.series_name(version) not in options.SERIES:
            inventory.mark_wrong(host, "odoo_version")
            yield Problem(
                host,
                f"the series {version!r} (odoo_version) is not supported.",
                f"Use one of {', '.join(sorted(options.SERIES))}.",
            )


def check_odoo_config(inventory: Inventory) -> Iterator[Problem]:
    """Options of odoo.conf, by the rules of the environment's series."""
    for host in inventory.members(ENVIRONMENTS):
        version = inventory.get(host, "odoo_version")
        if version is UNKNOWN:
            continue
        series = options.get_series(version)
        for variable, validate in (
            ("odoo_config", lambda value, series=series: options.validate(series, value)),
            ("odoo_addon_config", lambda value, series=series: options.validate_addon_options(series, value)),
            (
                "odoo_secret_addon_config",
                lambda value, series=series: options.validate_addon_options(series, value, secret=True),
            ),
            ("odoo_config_sections", options.validate_sections),
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
    except options.ConfigError as exc:
        return [message.replace("under 'secrets'", "with its own variable") for message in exc.problems]
    return []


def _own_options(host: str, given: Mapping[str, t.Any]) -> Iterator[Problem]:
    for name in sorted(set(given) & set(OWN_OPTIONS)):
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
