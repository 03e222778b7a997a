# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Domains: each one that a certificate can be had for, and used once."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    DROPLETS,
    ENVIRONMENTS,
    UNKNOWN,
    Inventory,
    Problem,
)

LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)


def check_domains(inventory: Inventory) -> Iterator[Problem]:
    """A domain of its own for each environment; aliases and the mail catcher's count, too."""
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
