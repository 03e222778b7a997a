# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _sizing

from .conftest import FACTS, Site


def test_too_little_memory_for_the_workers(site: Site) -> None:
    site.values["erp"].update(odoo_memory_mb=1024, odoo_workers=4)
    problem = site.one()
    assert "4 workers and 1 cron worker need 2075 MiB" in problem.what and "1024 MiB are given" in problem.what
    assert "at least 2075" in problem.todo


def test_from_the_command_line(site: Site) -> None:
    site.values["erp"].update(odoo_memory_mb="1024", odoo_workers="4")
    assert "need 2075 MiB" in site.one().what


def test_shares_larger_than_the_droplet(site: Site) -> None:
    site.facts["droplet"]["memtotal_mb"] = 3900
    problem = site.one()
    assert problem.host == "droplet"
    assert "5312 MiB of memory together (mail catcher 192, pg 1024, erp 2048, erp-staging 2048)" in problem.what
    assert "it has 3900 MiB" in problem.what


def test_facts_of_a_resident_will_do(site: Site) -> None:
    site.facts = {"erp": {**FACTS, "memtotal_mb": 3900}}
    assert "it has 3900 MiB" in site.one().what


def test_managed_server_takes_no_memory_here(site: Site) -> None:
    site.facts["droplet"]["memtotal_mb"] = 4300
    site.manage()
    site.values["erp-staging"]["odoo_egress"] = True
    assert site.problems() == []


@pytest.mark.parametrize(
    ("name", "version", "good"),
    [
        ("Debian", "12", True),
        ("Debian", "13", True),
        ("Ubuntu", "22", True),
        ("Ubuntu", "24", True),
        ("Debian", "11", False),
        ("Ubuntu", "20", False),
        ("Rocky", "9", False),
        ("Alpine", "3", False),
    ],
)
def test_systems(site: Site, name: str, version: str, good: bool) -> None:
    site.facts["droplet"].update(
        distribution=name, distribution_major_version=version, distribution_version=version + ".7"
    )
    if good:
        assert site.problems() == []
    else:
        problem = site.one()
        assert f"{name} {version}.7, is not supported" in problem.what and "Debian 12 and 13" in problem.todo


def test_more_cpus_than_there_are(site: Site) -> None:
    site.values["erp"]["odoo_cpus"] = 4
    assert "asks for 4 CPUs, and the droplet droplet has 2" in site.one().what


def test_connections(site: Site) -> None:
    site.values["erp"].update(odoo_memory_mb=4096, odoo_workers=9)
    problem = site.one()
    assert problem.host == "pg" and "102 connections (erp 72, erp-staging 30), and it accepts 100" in problem.what
    assert "postgres_max_connections to 102" in problem.todo


def test_too_small_a_database_server(site: Site) -> None:
    site.values["pg"]["postgres_memory_mb"] = 300
    assert "connections need" in site.one().what


def test_previews_count_as_what_they_are(site: Site) -> None:
    site.groups["production"], site.groups["preview"] = [], ["erp"]
    del site.values["erp"]["odoo_workers"]
    site.values["pg"]["postgres_max_connections"] = 20
    few = _sizing.odoo_sizing(2048, 2, "0", 0).connections
    many = _sizing.odoo_sizing(2048, 2, "auto", "auto").connections
    assert few != many
    assert f"(erp {few}, " in site.one().what
    site.values["erp"].update(odoo_workers="auto", odoo_crons="yes")
    assert f"(erp {many}, " in site.one().what
