# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import Problem

from .conftest import Site


class TestNames:
    @pytest.mark.parametrize("name", ["Erp", "1erp", "erp.prod", "e" * 41, "erp prod"])
    def test_bad_name(self, site: Site, name: str) -> None:
        site.values[name] = site.values.pop("erp")
        site.groups["environments"] = [name, "erp-staging"]
        site.groups["production"] = [name]
        assert "no name for an environment" in site.one().what

    @pytest.mark.parametrize("name", ["postgres", "template1", "mail-catcher"])
    def test_reserved_name(self, site: Site, name: str) -> None:
        site.values[name] = site.values.pop("erp")
        site.groups["environments"] = [name, "erp-staging"]
        site.groups["production"] = [name]
        assert "reserved" in site.one().what

    def test_two_kinds(self, site: Site) -> None:
        site.groups["droplets"].append("pg")
        assert "droplets and databases" in site.one().what

    @pytest.mark.parametrize("name", ["erp_staging", "erp-staging-websocket", "mail_catcher"])
    def test_names_too_much_alike_for_nginx(self, site: Site, name: str) -> None:
        site.groups["environments"].append(name)
        site.groups["staging"].append(name)
        site.values[name] = site.environment("other.example.com")
        assert "too much alike" in site.one().what
        # On another machine it disturbs nobody.
        if name != "mail_catcher":
            site.groups["droplets"].append("second")
            site.groups["databases"].append("pg2")
            site.values["second"] = {"ansible_host": "192.0.2.2"}
            site.values["pg2"] = {"postgres_droplet": "second", "postgres_license": "yes"}
            site.values[name].update(odoo_droplet="second", odoo_database_server="pg2")
            assert site.problems() == []

    @pytest.mark.parametrize("name", ["erp-odoo", "erp-task"])
    def test_server_with_the_name_of_a_container(self, site: Site, name: str) -> None:
        site.groups["databases"].append(name)
        site.values[name] = {"postgres_droplet": "droplet", "postgres_license": "yes"}
        assert "erp has a container of this name" in site.one().what

    @pytest.mark.parametrize("group", ["databases", "environments"])
    def test_name_of_a_network(self, site: Site, group: str) -> None:
        site.groups[group].append("erp-egress")
        site.groups["staging" if group == "environments" else "databases"].append("erp-egress")
        site.values["erp-egress"] = site.environment("other.example.com")
        site.values["erp-egress"]["postgres_droplet"] = "droplet"
        assert any("erp has a network of this name" in problem.what for problem in site.problems())

    def test_name_of_a_container(self, site: Site) -> None:
        site.groups["databases"] = ["erp-odoo"]
        site.values["erp-odoo"] = site.values.pop("pg")
        for name in ("erp", "erp-staging"):
            site.values[name]["odoo_database_server"] = "erp-odoo"
        assert "erp has a container of this name" in site.one().what


class TestStages:
    def test_stages(self, site: Site) -> None:
        site.groups["staging"] = ["erp"]
        none, two = sorted(site.problems(), key=lambda problem: problem.host, reverse=True)
        assert none.host == "erp-staging" and "no stage" in none.what
        assert two.host == "erp" and "production and staging" in two.what

    def test_stage_against_the_group(self, site: Site) -> None:
        site.values["erp"]["odoo_stage"] = "ci"
        assert "odoo_stage says ci" in site.one().what


class TestPlaces:
    def test_without_database_server(self, site: Site) -> None:
        del site.values["erp"]["odoo_database_server"]
        problem = site.one()
        assert problem.what == "no database server is named." and "odoo_database_server" in problem.todo

    def test_unknown_database_server(self, site: Site) -> None:
        site.values["erp"]["odoo_database_server"] = "pgg"
        assert site.one() == Problem(
            "erp", "odoo_database_server is 'pgg', which is not in the group databases.", "Did you mean pg?"
        )

    def test_unknown_and_missing_droplet(self, site: Site) -> None:
        site.values["erp"]["odoo_droplet"] = "nowhere"
        del site.values["pg"]["postgres_droplet"]
        site.broken["erp"] = {"ansible_host": "'nowhere' is undefined"}
        found = {problem.host: problem for problem in site.problems()}
        assert set(found) == {"erp", "pg"}
        assert "not in the group droplets" in found["erp"].what and "droplet" in found["erp"].todo
        assert "no droplet is named" in found["pg"].what

    def test_droplet_without_address(self, site: Site) -> None:
        site.broken["droplet"] = {"ansible_host": "'address' is undefined"}
        assert "ansible_host has no value" in site.one().what

    def second_droplet(self, site: Site) -> None:
        site.groups["droplets"].append("other")
        site.values["other"] = {"ansible_host": "192.0.2.2"}
        site.values["pg"]["postgres_droplet"] = "other"

    def test_container_on_another_droplet(self, site: Site) -> None:
        self.second_droplet(site)
        problem = site.one()
        assert problem.host == "erp, erp-staging" and "cannot be reached" in problem.what and "managed" in problem.todo

    def test_managed_server_may_be_anywhere(self, site: Site) -> None:
        self.second_droplet(site)
        site.manage()
        problem = site.one()
        assert problem.host == "erp-staging" and "no way out" in problem.what
        site.values["erp-staging"]["odoo_egress"] = True
        assert site.problems() == []

    def test_managed_without_host_or_credentials(self, site: Site) -> None:
        site.manage()
        del site.values["pg"]["postgres_host"], site.values["pg"]["postgres_admin_password"]
        site.values["erp-staging"]["odoo_egress"] = True
        assert ["postgres_host" in problem.what for problem in site.problems()] == [True, False]
