# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import Problem

from .conftest import Site


class TestVariables:
    def test_undefined(self, site: Site) -> None:
        site.broken["erp"] = {"odoo_domain": "'zone' is undefined"}
        del site.values["erp"]["odoo_domain"]
        problem = site.one()
        assert problem.what == "odoo_domain has no value: 'zone' is undefined" and problem.host == "erp"

    @pytest.mark.parametrize(
        ("host", "variable", "guess"),
        [
            ("erp", "odoo_memmory_mb", "odoo_memory_mb"),
            ("pg", "postgres_memory", "postgres_memory_mb"),
            ("droplet", "nginx_max_body", "nginx_max_body_mb"),
            ("droplet", "hardening_admin_key", "hardening_admin_keys"),
            ("droplet", "mail_catcher_domian", "mail_catcher_domain"),
        ],
    )
    def test_unknown_names_the_nearest(self, site: Site, host: str, variable: str, guess: str) -> None:
        site.values[host][variable] = 1
        assert site.one() == Problem(host, f"the variable {variable} is unknown.", f"Did you mean {guess}?")

    def test_unknown_but_broken_too(self, site: Site) -> None:
        site.broken["erp"] = {"odoo_memmory_mb": "x"}
        assert len(site.problems()) == 2

    def test_unknown_but_allowed(self, site: Site) -> None:
        site.values["droplet"]["nginx_of_somebody_else"] = 1
        assert site.problems(["nginx_of_somebody_else"]) == []

    def test_roles_without_specs_and_others_are_let_be(self, site: Site) -> None:
        site.values["droplet"].update(docker_anything=1, company_odoo_thing=2, odoo_droplet="droplet")
        assert site.problems() == []

    @pytest.mark.parametrize(
        ("variable", "value", "words"),
        [
            ("odoo_memory_mb", "lots", "odoo_memory_mb must be of type int, not 'lots'"),
            ("odoo_domain_aliases", {"a": 1}, "odoo_domain_aliases"),
            ("odoo_domain", ["a"], "odoo_domain must be text, not a list"),
            ("odoo_domain_aliases", "{}", "odoo_domain_aliases"),
            ("odoo_workers", "many", "odoo_workers must be 'auto' or a whole number from 0 on, not 'many'"),
            ("odoo_cpus", -1, "odoo_cpus must be at least 0"),
        ],
    )
    def test_wrong_type_is_said_once(self, site: Site, variable: str, value: t.Any, words: str) -> None:
        site.values["erp"][variable] = value
        problem = site.one()
        assert words in problem.what and problem.host == "erp"

    def test_choices(self, site: Site) -> None:
        site.values["pg"]["postgres_mode"] = "cloud"
        assert "must be one of container, managed, not 'cloud'" in site.one().what

    def test_required(self, site: Site) -> None:
        del site.values["pg"]["postgres_license"]
        assert site.one() == Problem("pg", "postgres_license is missing.", "Set postgres_license. Says yes. More.")

    def test_wrong_password_type_is_not_shown(self, site: Site) -> None:
        site.values["erp"]["odoo_admin_password"] = {"x": "my-secret-words"}
        problem = site.one()
        assert "my-secret" not in problem.what + problem.todo


class TestPasswords:
    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("admin", "well-known"),
            ("Summer2026", "too short"),
            ("erp-staging-2026", "made of"),
            ("password1234", "made of"),
        ],
    )
    def test_weak(self, site: Site, value: str, reason: str) -> None:
        site.values["erp-staging"]["odoo_admin_password"] = value
        problem = site.one()
        assert reason in problem.what and (value == "admin" or value not in problem.what + problem.todo)
        assert "odoo_admin_password" in problem.what

    def test_login_as_password(self, site: Site) -> None:
        site.values["erp"].update(odoo_admin_login="grace.hopper", odoo_admin_password="grace-hopper-1906")
        assert "names" in site.one().what

    @pytest.mark.parametrize("variable", ["mail_catcher_login_password"])
    def test_any_of_ours(self, site: Site, variable: str) -> None:
        site.values["droplet"][variable] = "changeme"
        assert variable in site.one().what

    def test_of_a_vhost(self, site: Site) -> None:
        site.values["droplet"]["nginx_vhost_login"] = [{"user": "guest", "password": "guest"}]
        assert "nginx_vhost_login" in site.one().what

    def test_number(self, site: Site) -> None:
        site.values["erp"]["odoo_admin_password"] = 123456789012
        problem = site.one()
        assert "not text" in problem.what and "123" not in problem.what

    def test_somebody_elses_is_taken_as_it_is(self, site: Site) -> None:
        site.values["erp"]["odoo_smtp_password"] = "short"
        assert site.problems() == []
        site.values["erp"]["odoo_smtp_password"] = ""
        assert site.problems() == []
        site.values["erp"]["odoo_smtp_password"] = "line\nbreak"
        assert "control character" in site.one().what

    def test_strong(self, site: Site) -> None:
        site.values["erp"]["odoo_admin_password"] = "tq7-Vd9x.Lm2Zr"
        assert site.problems() == []


@pytest.mark.parametrize(
    ("port", "good"),
    [
        ("80/tcp", True),
        ("6000:6010/udp", True),
        ("http", False),
        (8443, False),
        ("80/TCP", False),
        ("80,443/tcp", False),
    ],
)
def test_ports_of_the_firewall(site: Site, port: object, good: bool) -> None:
    site.values["droplet"]["hardening_firewall_allowed_ports"] = [port]
    assert any("is no port with its protocol" in problem.what for problem in site.problems()) is not good
