# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Site


class TestSeries:
    @pytest.mark.parametrize("version", ["17.0", 17.0, "master", "", True, 20])
    def test_unknown_series(self, site: Site, version: object) -> None:
        site.values["erp"]["odoo_version"] = version
        problem = site.one()
        assert problem.host == "erp" and "is not supported" in problem.what and "18.0, 19.0" in problem.todo

    @pytest.mark.parametrize("version", ["18.0", "19.0", 18.0, 19.0])
    def test_known_series(self, site: Site, version: object) -> None:
        site.values["erp"]["odoo_version"] = version
        assert site.problems() == []


class TestConfig:
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

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ({"live": "c4nary"}, "dictionary"),
            (["c4nary,x"], "list"),
            ("c4nary\nx", "text"),
            ([["c4nary"]], "list"),
            (None, "something else"),
        ],
    )
    def test_secrets_are_not_shown(self, site: Site, value: object, kind: str) -> None:
        site.values["erp"]["odoo_secret_addon_config"] = {"payment_keys": value}
        problem = site.one()
        assert "Option 'payment_keys' of 'secret_addon_options' must be" in problem.what and f"({kind}," in problem.what
        assert "c4nary" not in str(problem)

    def test_odoo_config_is_no_dictionary(self, site: Site) -> None:
        site.values["erp"]["odoo_config"] = ["workers"]
        assert "odoo_config" in site.one().what

    @pytest.mark.parametrize(
        "option", ["list_db", "proxy_mode", "db_sslmode", "smtp_server", "smtp_port", "smtp_user", "smtp_ssl"]
    )
    def test_option_that_is_a_wall(self, site: Site, option: str) -> None:
        site.values["erp"]["odoo_config"] = {option: {"smtp_port": 25, "db_sslmode": "require"}.get(option, True)}
        if option in ("smtp_server", "smtp_user"):
            site.values["erp"]["odoo_config"] = {option: "x"}
        assert f"Option '{option}' is not for you to set" in site.one().what


@pytest.fixture
def hidden(root: Path) -> re.Pattern[str]:
    """By what the role decides that the address of a repository is not shown."""
    text = (root / "roles/odoo/tasks/addons.yml").read_text(encoding="utf-8")
    (pattern,) = set(re.findall(r"no_log: .*regex\('(.*)'\)", text))
    return re.compile(pattern)


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
    def test_in_a_repository(self, site: Site, url: str, hidden: re.Pattern[str]) -> None:
        site.values["erp"]["odoo_addon_repositories"] = [{"name": "own", "url": url, "version": "main"}]
        problem = site.one()
        assert "url of own" in problem.what and "key_file" in problem.todo
        assert url.split("/")[2].partition("@")[0] not in str(problem)
        # The role's own guard says the same.
        assert hidden.search(url)

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
    def test_none_in_a_repository(self, site: Site, url: str, hidden: re.Pattern[str]) -> None:
        site.values["erp"]["odoo_addon_repositories"] = [{"name": "own", "url": url, "version": "main"}]
        assert site.problems() == []
        assert not hidden.search(url)

    def test_in_a_python_package(self, site: Site) -> None:
        site.values["erp"]["odoo_pip_packages"] = [
            "lxml==5.2.1",
            "own @ git+ssh://git@git.example.com/own",
            "other @ https://user:t0ken@git.example.com/other.zip",
        ]
        problem = site.one()
        assert "entry 3" in problem.what and "t0ken" not in str(problem)
