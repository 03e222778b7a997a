# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.checks import find_problems, report
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import Problem

from .conftest import SPECS, Site


def test_sound_inventory(site: Site) -> None:
    assert site.problems() == []


def test_no_facts_no_judgement_of_machines(site: Site) -> None:
    site.facts = {}
    assert site.problems() == []


def test_empty_inventory() -> None:
    (problem,) = find_problems({}, {}, SPECS)
    assert "no host in droplets" in problem.what


def test_same_words_for_several_hosts(site: Site) -> None:
    for host in ("erp", "erp-staging"):
        site.values[host]["odoo_memmory_mb"] = 1
    assert site.one().host == "erp, erp-staging"


def test_report() -> None:
    text = report([Problem("a", "x is wrong.", "Mend x."), Problem("b, c", "y.", "Mend y.")])
    assert text == (
        "The inventory has 2 problems. Nothing was touched.\n1. a: x is wrong.\n   Mend x.\n2. b, c: y.\n   Mend y."
    )
    assert "has 1 problem." in report([Problem("a", "x", "y")])
