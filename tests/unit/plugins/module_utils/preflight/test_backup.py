# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from .conftest import Site

BUCKET = {
    "name": "spaces",
    "endpoint": "sgp1.digitaloceanspaces.com",
    "bucket": "backups",
    "access_key": "AK",
    "secret_key": "s3cret",
}


def test_production_without_a_place(site: Site) -> None:
    del site.values["erp"]["backup_repositories"]
    del site.values["erp-staging"]["backup_repositories"]
    problem = site.one()
    assert problem.host == "erp" and "backup_repositories" in problem.todo
    site.values["erp"]["odoo_backup"] = False
    assert site.problems() == []


def test_both_kinds_of_repositories(site: Site) -> None:
    site.values["erp"]["backup_repositories"].append(BUCKET)
    assert site.problems() == []


@pytest.mark.parametrize(
    ("repositories", "words"),
    [
        ([{"name": "Disk 1", "path": "/srv/backup"}], "no good name"),
        ([{"name": "disk"}], "has no place"),
        ([{"name": "disk", "path": "backup"}], "has no place"),
        ([{"name": "disk", "path": "/root/backup"}], "do not belong"),
        ([{"name": "disk", "path": "/"}], "do not belong"),
        ([{**BUCKET, "bucket": ""}], "lacks bucket"),
        ([{key: BUCKET[key] for key in ("name", "endpoint", "bucket")}], "lacks access_key and secret_key"),
        ([{**BUCKET, "endpoint": "https://sgp1.digitaloceanspaces.com"}], "as its endpoint"),
        ([{**BUCKET, "path": "/srv/backup"}], "has a path and is in a bucket"),
        ([BUCKET, {**BUCKET, "prefix": "two"}], "twice"),
        ([BUCKET, {**BUCKET, "name": "other"}], "same place as spaces"),
        ([BUCKET, {**BUCKET, "name": "far", "bucket": "b", "secret_key": "s3cret-2"}], "different keys"),
    ],
)
def test_repositories(site: Site, repositories: list[dict[str, t.Any]], words: str) -> None:
    site.values["erp"]["backup_repositories"] = repositories
    problem = site.one()
    assert problem.host == "erp" and words in problem.what
    assert "s3cret" not in str(problem)


def test_a_controller_without_a_disk_needs_the_key(site: Site) -> None:
    site.values["erp"]["backup_recovery_kit"] = ""
    assert "backup_key" in site.one().todo
    site.values["erp"]["backup_key"] = "0123456789abcdef0123"
    assert site.problems() == []
    site.values["erp"]["backup_key"] = "0123456789abcdef0123\n"
    assert "0123456789" not in str(site.one())


def test_the_same_for_an_archived_server(site: Site) -> None:
    site.values["pg"].update(postgres_archive=True, postgres_archive_recovery_kit="")
    problem = site.one()
    assert problem.host == "pg" and "postgres_archive_key" in problem.todo
    site.values["pg"]["postgres_archive_key"] = "0123456789abcdef0123"
    assert site.problems() == []


def test_a_managed_server_is_not_backed_up_silently(site: Site) -> None:
    site.manage()
    site.values["erp"]["odoo_backup"] = site.values["erp-staging"]["odoo_egress"] = True
    problem = site.one()
    assert "managed" in problem.what and "odoo_backup" in problem.todo


def test_the_webhook_s_address(site: Site) -> None:
    site.values["erp"]["backup_webhook"] = "mattermost/hooks/s3cret"
    assert "s3cret" not in str(site.one())


@pytest.mark.parametrize(
    "text",
    [
        *("*-*-* 02:00:00", "02:00", "hourly", "Sun *-*-* 06:00:00", "Mon..Fri 22:30", "Sat,Sun 03:00", "*-*-01 04:00"),
        *("*:0/10", "*-*-* 00/6:30:00", "Sun", "*-01,07-01"),
    ],
)
def test_schedules(site: Site, text: str) -> None:
    site.values["erp"]["backup_schedule"] = text
    assert site.problems() == []


@pytest.mark.parametrize(
    "text", ["", "nightly", "25:00", "02:60", "0 2 * * *", "02:00 Asia/Singapore", "750", "sun 06:00", "2 o'clock"]
)
def test_bad_schedules(site: Site, text: str) -> None:
    site.values["erp"]["backup_schedule"] = text
    assert "backup_schedule" in site.one().what


@pytest.mark.parametrize("value", [1320, 2.5])
def test_a_schedule_without_quotes(site: Site, value: t.Any) -> None:
    site.values["erp"]["backup_schedule"] = value
    problem = site.one()
    assert f"backup_schedule is {value!r}" in problem.what and "in quotes" in problem.todo


def test_time_zone(site: Site) -> None:
    site.values["erp"]["backup_timezone"] = "Asia/Singapur"
    assert "Asia/Singapur" in site.one().what


@pytest.mark.parametrize(
    ("variable", "value"),
    [("backup_filestore_interval", 0), ("backup_filestore_interval", 60), ("backup_keep_days", 0)],
)
def test_numbers(site: Site, variable: str, value: int) -> None:
    site.values["erp"][variable] = value
    assert variable in site.one().what
