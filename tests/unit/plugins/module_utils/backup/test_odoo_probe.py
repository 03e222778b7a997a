# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Odoo is told when it is started on restored data."""

from __future__ import annotations

import configparser

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.odoo_probe import Login, configuration

LOGIN = Login("pg", 5432, "erp-restored-1", "ipai_restore_erp", "secret")


def configured(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(configuration(text, LOGIN))
    return parser


def test_it_serves_the_restored_database_and_does_nothing_by_itself() -> None:
    text = "[options]\ndb_name = erp\ndbfilter = ^erp$\nmax_cron_threads = 2\nproxy_mode = True\n"
    found = configured(text)["options"]
    assert (found["db_name"], found["db_user"], found["max_cron_threads"]) == (LOGIN.database, LOGIN.user, "0")
    assert "dbfilter" not in found and found["proxy_mode"] == "True"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("base,web,queue_job", "base,web"),
        ("base, queue_job ,web", "base,web"),
        ("base,queue_job_x", "base,queue_job_x"),
    ],
)
def test_a_queue_does_not_go_on(given: str, left: str) -> None:
    found = configured(f"[options]\nserver_wide_modules = {given}\n[queue_job]\nchannels = root:2\n")
    assert not found.has_section("queue_job")
    assert found["options"]["server_wide_modules"] == left


def test_where_nothing_is_said_odoo_decides() -> None:
    assert "server_wide_modules" not in configured("[options]\ndb_name = erp\n")["options"]
