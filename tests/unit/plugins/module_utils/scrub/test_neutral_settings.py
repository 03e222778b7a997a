# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a database, and how its answers are read."""

from __future__ import annotations

import re

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import neutral_settings, neutral_switches
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_switches import SWITCHES, Switch

WISH = Wish("erp-staging", "https://staging.example.com", crons=("mail.ir_cron_mail_scheduler_action",))
VARIABLE = re.compile(r":['\"](\w+)['\"]")


class Asked:
    """A server that has the tables given, and answers nothing else."""

    def __init__(self, columns=(), unknown=()):
        self.columns = [{"table": table, "column": column} for table, column in columns]
        self.unknown = [{"id": name} for name in unknown]
        self.scripts = []

    def rows(self, _database, sql, **variables):
        return self.columns if "tables" in variables else self.unknown

    def execute(self, _database, sql, **variables):
        self.scripts.append((sql, variables))
        return type("Result", (), {"stdout": "mail servers|3\nmail servers|1\nqueue a|b|2\nrobots|0\n"})()


def test_every_variable_of_every_statement_is_given():
    server = Asked([(one.table, column) for one in SWITCHES for column in [*one.columns, "id"]])
    neutral_settings.apply(server, "clone", WISH)
    neutral_settings.check(server, "clone", WISH)
    neutral_settings.prepare(server, "clone", WISH)
    assert len(server.scripts) == 3
    for sql, variables in server.scripts:
        assert set(VARIABLE.findall(sql)) <= set(variables)
        assert sql.startswith(neutral_settings.BEGIN) and sql.endswith("COMMIT;")


def test_set_and_check_ask_the_same():
    for one in SWITCHES:
        assert one.wrong in one.set and one.wrong in one.check, one
        assert "|" not in one.name


def test_what_any_login_leaves_is_not_wrong():
    server = Asked([("bus_bus", "id"), ("res_device_log", "id"), ("ir_cron", "id")])
    neutral_settings.apply(server, "clone", WISH)
    neutral_settings.check(server, "clone", WISH)
    assert 'DELETE FROM public."bus_bus"' in server.scripts[0][0]
    assert "bus_bus" not in server.scripts[1][0] and "crons" in server.scripts[1][0]


def test_only_tables_and_columns_that_are_there_are_asked():
    server = Asked([("website", "id"), ("website", "domain"), ("ir_cron", "id")])
    neutral_settings.apply(server, "clone", WISH)
    sql = server.scripts[0][0]
    assert "domains of websites" in sql and "'crons'" in sql
    assert "CDN of websites" not in sql and "payment_provider" not in sql


def test_counts_are_added_up_and_nothings_left_out():
    assert neutral_settings.apply(Asked(), "clone", WISH) == {"mail servers": 4, "queue a|b": 2}


def test_autovacuum_always_runs():
    assert WISH.variables["crons"] == "{base.autovacuum_job,mail.ir_cron_mail_scheduler_action}"


def test_unknown_cron_is_refused_by_name():
    with pytest.raises(BackupError, match=r"no cron mail\.typo"):
        neutral_settings.prepare(Asked(unknown=["mail.typo"]), "clone", WISH)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a'b", "a<b", "a\\1", 'a"b'])
def test_environment_that_could_not_stand_in_a_view(name):
    with pytest.raises(BackupError, match="name of an environment"):
        Wish(name, "https://x.example.com")


@pytest.mark.parametrize("name", ["ir_cron_x", "a.b,c.d", "a.b}", 'a."b"'])
def test_what_is_no_external_identifier(name):
    with pytest.raises(BackupError, match="no external identifier"):
        Wish("x", "https://x.example.com", crons=(name,))


def test_parameters_of_the_environment_win():
    wish = Wish("x", "https://x.example.com", parameters={"report.url": "http://127.0.0.1:8069", "gone": None})
    assert wish.all_parameters == {
        "web.base.url": "https://x.example.com",
        "web.base.url.freeze": "True",
        "report.url": "http://127.0.0.1:8069",
        "gone": None,
    }
    server = Asked()
    neutral_settings.apply(server, "clone", wish)
    neutral_settings.check(server, "clone", wish)
    (done, variables), (asked, _more) = server.scripts
    assert variables["key3"] == "gone" and "DELETE FROM ir_config_parameter WHERE key = :'key3'" in done
    assert "IS DISTINCT FROM NULL" in asked and "IS DISTINCT FROM :'value0'" in asked


def test_password_of_nobody_is_a_hash_that_odoo_leaves_alone():
    """Otherwise it would be hashed at the next start, and be a password."""
    assert re.search(r"^\$[^$]+\$[^$]+\$.", neutral_switches.NOBODY)
    assert len(neutral_switches.NOBODY.rsplit("$", maxsplit=1)[-1]) == 86


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        ("example.com", True),
        ("alias1.example.com", True),
        ("shop.test", True),
        ("somebody@example.org", True),
        ("myexample.com", False),
        ("example.com.ph", False),
        ("contest", False),
    ],
)
def test_reserved_domains(domain, reserved):
    assert bool(re.search(neutral_switches.RESERVED, domain)) is reserved


def test_without_what_is_right_rows_go():
    switch = Switch("keys", "res_users_apikeys", (), "true")
    assert 'DELETE FROM public."res_users_apikeys" WHERE true' in switch.set
    assert switch.exists({"res_users_apikeys": {"id"}}) and not switch.exists({})
