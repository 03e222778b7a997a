# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import options
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import ConfigError, get_series, validate
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.values import convert

BOTH = ["18.0", "19.0"]


def problems(series: str, **given: t.Any) -> str:
    with pytest.raises(ConfigError) as caught:
        validate(get_series(series), given)
    return "\n".join(caught.value.problems)


class TestSeries:
    @pytest.mark.parametrize("value", ["18.0", 18.0, 18])
    def test_numbers_are_series_too(self, value: object) -> None:
        assert get_series(value).name == "18.0"

    @pytest.mark.parametrize("value", ["17.0", "master", "", None, True, 20, "19"])
    def test_unknown_series_names_the_known(self, value: object) -> None:
        with pytest.raises(ConfigError, match=r"not supported; choose one of 18\.0, 19\.0"):
            get_series(value)

    @pytest.mark.parametrize("name", BOTH)
    def test_tables_are_consistent(self, name: str) -> None:
        series = get_series(name)
        known = set(series.options)
        assert not known & set(series.renamed)
        assert not known & set(series.removed)
        assert not known & series.command_only
        assert set(series.renamed.values()) <= known
        for option in series.options.values():
            if option.default is not None and not option.secret:
                default = list(option.default) if isinstance(option.default, tuple) else option.default
                assert convert(option, default) == default, option.name

    def test_what_differs(self) -> None:
        old, new = get_series("18.0").options, get_series("19.0").options
        assert set(new) - set(old) == {
            "db_app_name", "dev_mode", "import_file_maxbytes", "import_file_timeout", "import_url_regex", "with_demo",
        }  # fmt: skip
        assert set(old) - set(new) == {
            "import_image_maxbytes", "import_image_regex", "import_image_timeout", "import_partial", "test_file",
            "test_tags", "without_demo",
        }  # fmt: skip
        assert old["server_wide_modules"].default == ("base", "web")
        assert new["server_wide_modules"].default == ("base", "rpc", "web")
        assert {name for name, option in old.items() if option.secret} == {
            "admin_passwd", "db_password", "proxy_access_token", "smtp_password",
        }  # fmt: skip


class TestKeys:
    @pytest.mark.parametrize("series", BOTH)
    def test_unknown_names_the_nearest(self, series: str) -> None:
        assert problems(series, limit_memory_sotf=1) == (
            f"Option 'limit_memory_sotf' is unknown to Odoo {series}. Did you mean 'limit_memory_soft'?"
        )
        assert "Did you mean 'db_maxconn'?" in problems(series, **{"DB-maxconn": 1})
        assert "addon_options" in problems(series, frobnicate=1)

    @pytest.mark.parametrize("series", BOTH)
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("longpolling_port", "gevent_port"),
            ("xmlrpc_port", "http_port"),
            ("osv_memory_age_limit", "transient_age_limit"),
            ("geoip_database", "geoip_city_db"),
        ],
    )
    def test_renamed(self, series: str, old: str, new: str) -> None:
        assert problems(series, **{old: 1}) == f"Option '{old}' is called '{new}' in Odoo {series}."

    def test_demo_data_of_each_series(self) -> None:
        assert "demo data is off unless with_demo = True" in problems("19.0", without_demo="all")
        assert "without_demo = all" in problems("18.0", with_demo=True)
        assert validate(get_series("18.0"), {"without_demo": "all"}) == {"without_demo": ["all"]}
        assert validate(get_series("19.0"), {"with_demo": False}) == {"with_demo": False}

    def test_command_line_only(self) -> None:
        assert "belongs on a command line" in problems("18.0", dev_mode="all")
        for series in BOTH:
            assert "belongs on a command line" in problems(series, stop_after_init=True)
            assert "belongs on a command line" in problems(series, test_enable=True)

    def test_secrets_do_not_come_as_values(self) -> None:
        text = problems("19.0", db_password="hunter2hunter2", admin_passwd="x")
        assert "hunter2" not in text and text.count("is a secret") == 2

    def test_all_problems_at_once(self) -> None:
        assert problems("19.0", a=1, b=2, workers="many").count("\n") == 2


class TestTypes:
    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("workers", 4, 4),
            ("workers", "4", 4),
            ("workers", 4.0, 4),
            ("limit_time_real_cron", -1, -1),
            ("list_db", False, False),
            ("list_db", "no", False),
            ("proxy_mode", "True", True),
            ("transient_age_limit", 2, 2.0),
            ("websocket_rate_limit_delay", "0.5", 0.5),
            ("db_host", "pg-production", "pg-production"),
            ("db_user", 42, "42"),
            ("data_dir", "/var/lib/odoo", "/var/lib/odoo"),
            ("db_name", "erp", ["erp"]),
            ("server_wide_modules", "base, web,", ["base", "web"]),
            ("server_wide_modules", ["base", "queue_job"], ["base", "queue_job"]),
            ("log_handler", [":INFO", "odoo.sql_db:DEBUG"], [":INFO", "odoo.sql_db:DEBUG"]),
            ("dbfilter", "^%d$", "^%d$"),
            ("db_sslmode", "verify-full", "verify-full"),
        ],
    )
    @pytest.mark.parametrize("series", BOTH)
    def test_good(self, series: str, name: str, value: t.Any, expected: t.Any) -> None:
        result = validate(get_series(series), {name: value})[name]
        assert result == expected and type(result) is type(expected)

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("workers", "many", "must be an integer, not 'many' (text)"),
            ("workers", True, "must be an integer, not True (boolean)"),
            ("workers", 1.5, "must be an integer, not 1.5 (number)"),
            ("workers", -1, "must be at least 0, not -1"),
            ("http_port", 70000, "must be at most 65535, not 70000"),
            ("list_db", 1, "must be true or false, not 1 (integer)"),
            ("list_db", "maybe", "must be true or false, not 'maybe' (text)"),
            ("transient_age_limit", "long", "must be a number, not 'long' (text)"),
            ("db_host", ["a"], "must be text, not ['a'] (list)"),
            ("db_host", True, "must be text, not True (boolean)"),
            ("db_host", "False", "must not be the word False"),
            ("db_host", "a\nb", "one line"),
            ("db_host", " a", "begin or end with a space"),
            ("data_dir", 7, "must be a path, not 7 (integer)"),
            ("addons_path", {"a": 1}, "must be a list, not {'a': 1} (dictionary)"),
            ("addons_path", ["/a,b"], "comma inside an element"),
            ("db_sslmode", "yes", "must be one of disable, allow, prefer, require, verify-ca, verify-full, not 'yes'"),
            ("log_level", "loud", "must be one of info"),
            ("dbfilter", "^(", "not a regular expression"),
            ("log_handler", "odoo.sql_db", "odoo.sql_db:DEBUG"),
            ("log_handler", [], "odoo.sql_db:DEBUG"),
        ],
    )
    @pytest.mark.parametrize("series", BOTH)
    def test_bad_names_option_and_expected_type(self, series: str, name: str, value: t.Any, message: str) -> None:
        text = problems(series, **{name: value})
        assert f"Option '{name}'" in text and message in text

    def test_list_choices(self) -> None:
        assert validate(get_series("19.0"), {"dev_mode": ["reload", "xml"]}) == {"dev_mode": ["reload", "xml"]}
        assert "must be one of all" in problems("19.0", dev_mode=["pdb"])

    def test_nothing_leaves_the_option_out(self) -> None:
        assert validate(get_series("19.0"), {"db_port": None, "db_password": None}) == {}

    def test_contradictions(self) -> None:
        assert "must not be above" in problems("19.0", limit_memory_soft=3, limit_memory_hard=2)
        assert "exclude each other" in problems("19.0", syslog=True, logfile="/x")
        assert "different ports" in problems("18.0", http_port=8069, gevent_port=8069)
        assert validate(get_series("19.0"), {"limit_memory_soft": 3, "limit_memory_hard": 0})


def test_sections_and_addon_options_refused() -> None:
    series = get_series("19.0")
    for sections in ({"options": {}}, {"a]b": {}}, {"x": 1}, {"x": {"A B": 1}}, {"x": {"a": "1\n2"}}):
        with pytest.raises(ConfigError):
            options.validate_sections(t.cast("t.Any", sections))
    for name in ("workers", "longpolling_port", "without_demo", "init"):
        with pytest.raises(ConfigError, match="Odoo's own"):
            options.validate_addon_options(series, {name: 1})
    with pytest.raises(ConfigError, match="must have a name"):
        options.validate_addon_options(series, {"Sentry": 1})


def test_secret_names() -> None:
    series = get_series("19.0")
    options.validate_secrets(series, ["db_password", "admin_passwd", "smtp_user"], {})
    for names, given, message in (
        (["db_pasword"], {}, "Did you mean 'db_password'"),
        (["workers"], {}, "it is no text"),
        (["smtp_user"], {"smtp_user": "me"}, "given twice"),
    ):
        with pytest.raises(ConfigError, match=message):
            options.validate_secrets(series, names, given)
