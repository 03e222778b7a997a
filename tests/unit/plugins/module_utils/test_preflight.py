# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils import _preflight as preflight
from ansible_collections.ipai.odoo.plugins.module_utils._preflight import Host, Problem

ROOT = Path(__file__).resolve().parents[4]
FACTS = {
    "memtotal_mb": 7900,
    "processor_vcpus": 2,
    "distribution": "Debian",
    "distribution_version": "13.1",
    "distribution_major_version": "13",
}
SPECS: dict[str, dict[str, dict[str, t.Any]]] = {
    "hardening": {
        "main": {
            "hardening_admin_keys": {"type": "list", "elements": "str", "default": []},
            "hardening_admin_user": {"type": "str", "default": "ops"},
        }
    },
    "mail_catcher": {
        "main": {
            "mail_catcher_domain": {"type": "str"},
            "mail_catcher_memory_mb": {"type": "int", "default": 192},
            "mail_catcher_login_user": {"type": "str", "default": "mail"},
            "mail_catcher_login_password": {"type": "str"},
        }
    },
    "nginx": {
        "main": {"nginx_max_body_mb": {"type": "int", "default": 100}},
        "vhost": {
            "nginx_acme_email": {"type": "str", "required": True},
            "nginx_vhost_login": {"type": "list", "elements": "dict"},
        },
    },
    "postgres": {
        "main": {
            "postgres_mode": {"type": "str", "choices": ["container", "managed"], "default": "container"},
            "postgres_memory_mb": {"type": "int", "default": 1024},
            "postgres_max_connections": {"type": "int", "default": 100},
            "postgres_host": {"type": "str"},
            "postgres_admin_password": {"type": "str"},
            "postgres_license": {"type": "str", "required": True, "description": ["Says O(yes). More."]},
        },
        "database": {"postgres_database_name": {"type": "str", "default": "{{ inventory_hostname }}"}},
    },
    "odoo": {
        "main": {
            "odoo_droplet": {"type": "str", "required": True},
            "odoo_domain": {"type": "str", "required": True},
            "odoo_domain_aliases": {"type": "list", "elements": "str", "default": []},
            "odoo_version": {"type": "str", "default": "18.0", "choices": ["18.0", "19.0"]},
            "odoo_memory_mb": {"type": "int", "default": 2048},
            "odoo_cpus": {"type": "float", "default": 0},
            "odoo_workers": {"type": "str", "default": "{{ __odoo_stages[odoo_stage].workers }}"},
            "odoo_cron_threads": {"type": "str", "default": "auto"},
            "odoo_stage": {"type": "str", "default": ""},
            "odoo_config": {"type": "dict", "default": {}},
            "odoo_addon_config": {"type": "dict", "default": {}},
            "odoo_config_sections": {"type": "dict", "default": {}},
            "odoo_admin_login": {"type": "str", "default": "admin"},
            "odoo_admin_password": {"type": "str"},
            "odoo_smtp_password": {"type": "str"},
            "odoo_modules": {"type": "list", "elements": "str"},
            "odoo_crons": {"type": "bool", "default": "{{ __odoo_stages[odoo_stage].crons }}"},
            "odoo_addon_repositories": {"type": "list", "elements": "dict", "default": []},
            "odoo_pip_packages": {"type": "list", "elements": "str", "default": []},
        }
    },
}


class Site:
    """A sound inventory to spoil."""

    def __init__(self) -> None:
        self.groups: dict[str, list[str]] = {
            "droplets": ["droplet"],
            "databases": ["pg"],
            "environments": ["erp", "erp-staging"],
            "production": ["erp"],
            "staging": ["erp-staging"],
        }
        self.values: dict[str, dict[str, t.Any]] = {
            "droplet": {"ansible_host": "192.0.2.1", "mail_catcher_domain": "mail.example.com"},
            "pg": {"postgres_droplet": "droplet", "postgres_license": "yes"},
            "erp": self.environment("erp.example.com"),
            "erp-staging": self.environment("staging.example.com"),
        }
        self.broken: dict[str, dict[str, str]] = {}
        self.facts: dict[str, dict[str, t.Any]] = {"droplet": dict(FACTS)}

    @staticmethod
    def environment(domain: str) -> dict[str, t.Any]:
        return {"odoo_domain": domain, "odoo_droplet": "droplet", "odoo_database_server": "pg", "odoo_workers": 2}

    def problems(self, allowed: t.Collection[str] = ()) -> list[Problem]:
        hosts = {
            name: Host(name, values, self.broken.get(name, {}), self.facts.get(name, {}))
            for name, values in self.values.items()
        }
        before = copy.deepcopy(hosts)
        found = preflight.find_problems(self.groups, hosts, SPECS, allowed)
        assert hosts == before
        return found

    def one(self) -> Problem:
        found = self.problems()
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def site() -> Site:
    return Site()


def test_sound_inventory(site: Site) -> None:
    assert site.problems() == []


def test_no_facts_no_judgement_of_machines(site: Site) -> None:
    site.facts = {}
    assert site.problems() == []


def test_empty_inventory() -> None:
    (problem,) = preflight.find_problems({}, {}, SPECS)
    assert "no host in droplets" in problem.what


def test_defaults_of_stages_are_those_of_the_role() -> None:
    stages = yaml.safe_load((ROOT / "roles/odoo/vars/main/stages.yml").read_text(encoding="utf-8"))["__odoo_stages"]
    assert tuple(stages) == preflight.STAGES
    for variable, defaults in preflight.STAGE_DEFAULTS.items():
        assert {stage: values[variable.removeprefix("odoo_")] for stage, values in stages.items()} == defaults


class TestCredentials:
    @pytest.mark.parametrize(
        "url",
        [
            "https://ghp_0123456789@git.example.com/org/repo",
            "https://oauth2:glpat-x@git.example.com/org/repo.git",
            "HTTPS://x:@git.example.com/repo",
            "ssh://git:secret@git.example.com/repo",
        ],
    )
    def test_in_a_repository(self, site: Site, url: str) -> None:
        site.values["erp"]["odoo_addon_repositories"] = [{"name": "own", "url": url, "version": "main"}]
        problem = site.one()
        assert "url of own" in problem.what and "key_file" in problem.todo
        assert url.split("/")[2].partition("@")[0] not in str(problem)
        # The role's own guard says the same.
        assert re.search(no_log_pattern(), url)

    @pytest.mark.parametrize(
        "url",
        [
            "https://git.example.com/org/repo",
            "https://git.example.com/org/repo@1",
            "ssh://git@git.example.com:2222/org/repo",
            "git@git.example.com:org/repo.git",
            "/srv/mirror/repo@x",
        ],
    )
    def test_none_in_a_repository(self, site: Site, url: str) -> None:
        site.values["erp"]["odoo_addon_repositories"] = [{"name": "own", "url": url, "version": "main"}]
        assert site.problems() == []
        assert not re.search(no_log_pattern(), url)

    def test_in_a_python_package(self, site: Site) -> None:
        site.values["erp"]["odoo_pip_packages"] = [
            "lxml==5.2.1",
            "own @ git+ssh://git@git.example.com/own",
            "other @ https://user:t0ken@git.example.com/other.zip",
        ]
        problem = site.one()
        assert "entry 3" in problem.what and "t0ken" not in str(problem)


def no_log_pattern() -> str:
    """By what the role decides whether the address of a repository is shown."""
    text = (ROOT / "roles/odoo/tasks/addons.yml").read_text(encoding="utf-8")
    patterns = set(re.findall(r"no_log: .*regex\('(.*)'\)", text))
    assert len(patterns) == 1
    return patterns.pop()


class TestEnvironment:
    @pytest.mark.parametrize(
        "option", ["list_db", "proxy_mode", "db_sslmode", "smtp_server", "smtp_port", "smtp_user", "smtp_ssl"]
    )
    def test_option_that_is_a_wall(self, site: Site, option: str) -> None:
        site.values["erp"]["odoo_config"] = {option: {"smtp_port": 25, "db_sslmode": "require"}.get(option, True)}
        if option in ("smtp_server", "smtp_user"):
            site.values["erp"]["odoo_config"] = {option: "x"}
        assert f"Option '{option}' is not for you to set" in site.one().what

    def test_previews_count_as_what_they_are(self, site: Site) -> None:
        site.groups["production"], site.groups["preview"] = [], ["erp"]
        del site.values["erp"]["odoo_workers"]
        site.values["pg"]["postgres_max_connections"] = 20
        few = preflight._sizing.odoo_sizing(2048, 2, "0", 0).connections
        many = preflight._sizing.odoo_sizing(2048, 2, "auto", "auto").connections
        assert few != many
        assert f"(erp {few}, " in site.one().what
        site.values["erp"].update(odoo_workers="auto", odoo_crons="yes")
        assert f"(erp {many}, " in site.one().what

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

    @pytest.mark.parametrize("version", ["17.0", 17.0, "master", "", True, 20])
    def test_unknown_series(self, site: Site, version: object) -> None:
        site.values["erp"]["odoo_version"] = version
        problem = site.one()
        assert problem.host == "erp" and "is not supported" in problem.what and "18.0, 19.0" in problem.todo

    @pytest.mark.parametrize("version", ["18.0", "19.0", 18.0, 19.0])
    def test_known_series(self, site: Site, version: object) -> None:
        site.values["erp"]["odoo_version"] = version
        assert site.problems() == []

    @pytest.mark.parametrize("value", [None, "", "absent"])
    def test_missing_domain(self, site: Site, value: str | None) -> None:
        site.values["erp"]["odoo_domain"] = value
        if value == "absent":
            del site.values["erp"]["odoo_domain"]
        assert site.one() == Problem("erp", "it has no domain.", "Set odoo_domain, for example erp.example.com.")

    @pytest.mark.parametrize("other", ["erp.example.com", "ERP.Example.COM"])
    def test_two_with_one_domain(self, site: Site, other: str) -> None:
        site.values["erp-staging"]["odoo_domain"] = other
        problem = site.one()
        assert problem.host == "erp, erp-staging" and "erp.example.com is used 2 times" in problem.what

    def test_alias_of_another(self, site: Site) -> None:
        site.values["erp-staging"]["odoo_domain_aliases"] = ["www.example.com", "Erp.example.com"]
        assert "erp.example.com is used 2 times" in site.one().what

    def test_domain_of_the_mail_catcher(self, site: Site) -> None:
        site.values["erp"]["odoo_domain"] = "mail.example.com"
        assert site.one().host == "droplet (mail catcher), erp"

    def test_own_alias(self, site: Site) -> None:
        site.values["erp"]["odoo_domain_aliases"] = ["erp.example.com"]
        assert "listed twice" in site.one().what

    @pytest.mark.parametrize("domain", ["erp.example.com", "a.b-c.co", "xn--bcher-kva.example", "1.example.com"])
    def test_good_domain(self, domain: str) -> None:
        assert preflight.domain_problem(domain) is None

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
    def test_bad_domain(self, site: Site, domain: t.Any, reason: str) -> None:
        assert reason in str(preflight.domain_problem(domain))
        if isinstance(domain, str):
            site.values["erp"]["odoo_domain_aliases"] = [domain]
            assert reason in site.one().what

    def test_stages(self, site: Site) -> None:
        site.groups["staging"] = ["erp"]
        none, two = sorted(site.problems(), key=lambda problem: problem.host, reverse=True)
        assert none.host == "erp-staging" and "no stage" in none.what
        assert two.host == "erp" and "production and staging" in two.what

    def test_stage_against_the_group(self, site: Site) -> None:
        site.values["erp"]["odoo_stage"] = "ci"
        assert "odoo_stage says ci" in site.one().what

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

    def test_name_of_a_container(self, site: Site) -> None:
        site.groups["databases"] = ["erp-odoo"]
        site.values["erp-odoo"] = site.values.pop("pg")
        for name in ("erp", "erp-staging"):
            site.values[name]["odoo_database_server"] = "erp-odoo"
        assert "erp has a container of this name" in site.one().what

    def test_odoo_config(self, site: Site) -> None:
        site.values["erp"].update(
            odoo_version="19.0",
            odoo_config={
                "longpolling_port": 1,
                "limit_time_rael": 1,
                "log_level": "loud",
                "workers": 3,
                "dbfilter": ".*",
            },
            odoo_addon_config={"workers": 3},
            odoo_config_sections={"options": {}},
        )
        found = [problem.what + problem.todo for problem in site.problems()]
        assert len(found) == 7
        text = "\n".join(found)
        for part in (
            "'longpolling_port' is called 'gevent_port' in Odoo 19.0",
            "Did you mean 'limit_time_real'?",
            "'log_level' must be one of info",
            "Use odoo_workers.",
            "Option 'dbfilter' is not for you to set",
            "odoo_addon_config: Option 'workers' is Odoo's own",
            "odoo_config_sections: Section name 'options'",
        ):
            assert part in text

    def test_odoo_config_of_the_series(self, site: Site) -> None:
        site.values["erp"]["odoo_config"] = {"without_demo": "all"}
        assert site.problems() == []
        site.values["erp"]["odoo_version"] = 19.0
        assert "with_demo" in site.one().what

    def test_odoo_config_is_no_dictionary(self, site: Site) -> None:
        site.values["erp"]["odoo_config"] = ["workers"]
        assert "odoo_config" in site.one().what


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
        site.values["pg"].update(postgres_mode="managed", postgres_host="db.example.com")
        site.values["pg"]["postgres_admin_password"] = "tq7-Vd9x.Lm2Zr"
        assert site.problems() == []

    def test_managed_without_host_or_credentials(self, site: Site) -> None:
        site.values["pg"]["postgres_mode"] = "managed"
        assert ["postgres_host" in problem.what for problem in site.problems()] == [True, False]


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

    def test_same_words_for_several_hosts(self, site: Site) -> None:
        for host in ("erp", "erp-staging"):
            site.values[host]["odoo_memmory_mb"] = 1
        assert site.one().host == "erp, erp-staging"


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


class TestMachines:
    def test_too_little_memory_for_the_workers(self, site: Site) -> None:
        site.values["erp"].update(odoo_memory_mb=1024, odoo_workers=4)
        problem = site.one()
        assert "4 workers and 1 cron worker need 2075 MiB" in problem.what and "1024 MiB are given" in problem.what
        assert "at least 2075" in problem.todo

    def test_from_the_command_line(self, site: Site) -> None:
        site.values["erp"].update(odoo_memory_mb="1024", odoo_workers="4")
        assert "need 2075 MiB" in site.one().what

    def test_shares_larger_than_the_droplet(self, site: Site) -> None:
        site.facts["droplet"]["memtotal_mb"] = 3900
        problem = site.one()
        assert problem.host == "droplet"
        assert "5312 MiB of memory together (mail catcher 192, pg 1024, erp 2048, erp-staging 2048)" in problem.what
        assert "it has 3900 MiB" in problem.what

    def test_facts_of_a_resident_will_do(self, site: Site) -> None:
        site.facts = {"erp": {**FACTS, "memtotal_mb": 3900}}
        assert "it has 3900 MiB" in site.one().what

    def test_managed_server_takes_no_memory_here(self, site: Site) -> None:
        site.facts["droplet"]["memtotal_mb"] = 4300
        site.values["pg"].update(
            postgres_mode="managed", postgres_host="db.example.com", postgres_admin_password="tq7-Vd9x.Lm2Zr"
        )
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
    def test_systems(self, site: Site, name: str, version: str, good: bool) -> None:
        site.facts["droplet"].update(
            distribution=name, distribution_major_version=version, distribution_version=version + ".7"
        )
        if good:
            assert site.problems() == []
        else:
            problem = site.one()
            assert f"{name} {version}.7, is not supported" in problem.what and "Debian 12 and 13" in problem.todo

    def test_more_cpus_than_there_are(self, site: Site) -> None:
        site.values["erp"]["odoo_cpus"] = 4
        assert "asks for 4 CPUs, and the droplet droplet has 2" in site.one().what

    def test_connections(self, site: Site) -> None:
        site.values["erp"].update(odoo_memory_mb=4096, odoo_workers=9)
        problem = site.one()
        assert problem.host == "pg" and "102 connections (erp 72, erp-staging 30), and it accepts 100" in problem.what
        assert "postgres_max_connections to 102" in problem.todo

    def test_too_small_a_database_server(self, site: Site) -> None:
        site.values["pg"]["postgres_memory_mb"] = 300
        assert "connections need" in site.one().what


def test_report() -> None:
    text = preflight.report([Problem("a", "x is wrong.", "Mend x."), Problem("b, c", "y.", "Mend y.")])
    assert text == (
        "The inventory has 2 problems. Nothing was touched.\n1. a: x is wrong.\n   Mend x.\n2. b, c: y.\n   Mend y."
    )
    assert "has 1 problem." in preflight.report([Problem("a", "x", "y")])
