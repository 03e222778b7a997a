# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.domains import domain_problem
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import Problem

from .conftest import Site


@pytest.mark.parametrize("value", [None, "", "absent"])
def test_missing_domain(site: Site, value: str | None) -> None:
    site.values["erp"]["odoo_domain"] = value
    if value == "absent":
        del site.values["erp"]["odoo_domain"]
    assert site.one() == Problem("erp", "it has no domain.", "Set odoo_domain, for example erp.example.com.")


@pytest.mark.parametrize("other", ["erp.example.com", "ERP.Example.COM"])
def test_two_with_one_domain(site: Site, other: str) -> None:
    site.values["erp-staging"]["odoo_domain"] = other
    problem = site.one()
    assert problem.host == "erp, erp-staging" and "erp.example.com is used 2 times" in problem.what


def test_alias_of_another(site: Site) -> None:
    site.values["erp-staging"]["odoo_domain_aliases"] = ["www.example.com", "Erp.example.com"]
    assert "erp.example.com is used 2 times" in site.one().what


def test_domain_of_the_mail_catcher(site: Site) -> None:
    site.values["erp"]["odoo_domain"] = "mail.example.com"
    assert site.one().host == "droplet (mail catcher), erp"


def test_own_alias(site: Site) -> None:
    site.values["erp"]["odoo_domain_aliases"] = ["erp.example.com"]
    assert "listed twice" in site.one().what


@pytest.mark.parametrize("domain", ["erp.example.com", "a.b-c.co", "xn--bcher-kva.example", "1.example.com"])
def test_good_domain(domain: str) -> None:
    assert domain_problem(domain) is None


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        ("https://erp.example.com", "URL"),
        ("erp.example.com/x", "URL"),
        ("erp.example.com:443", "port"),
        ("*.example.com", "wildcard"),
        ("erp.example.com.", "dot"),
        ("erp", "no dot"),
        ("bücher.example", "ASCII"),
        ("192.0.2.1", "address"),
        ("erp_1.example.com", "malformed"),
        ("-erp.example.com", "malformed"),
        ("erp..example.com", "malformed"),
        ("erp example.com", "malformed"),
        ("a" * 64 + ".com", "malformed"),
        (".".join(["abcdefgh"] * 30), "253"),
        (7, "not text"),
    ],
)
def test_bad_domain(site: Site, domain: t.Any, reason: str) -> None:
    assert reason in str(domain_problem(domain))
    if isinstance(domain, str):
        site.values["erp"]["odoo_domain_aliases"] = [domain]
        assert reason in site.one().what
