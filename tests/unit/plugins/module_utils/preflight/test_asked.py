# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts and variables that a playbook cannot mean."""

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.asked import refused_hosts, refused_variables

GROUPS = {
    "all": ["droplet", "pg", "erp", "erp-staging"],
    "droplets": ["droplet"],
    "databases": ["pg"],
    "environments": ["erp", "erp-staging"],
    "production": ["erp"],
    "preview": [],
}
RESTORE = ["restore_backup", "restore_confirm", "restore_name", "restore_publish", "restore_target_time"]


def refused(limit: list[str], *chosen: str) -> str:
    return refused_hosts(["environments"], GROUPS, chosen, limit)


@pytest.mark.parametrize(
    "limit", [[], ["erp"], ["production"], ["all", "!erp-staging"], ["erp", "!pg"], ["er*"], ["@again.retry"], ["~e.p"]]
)
def test_environments_may_be_named(limit: list[str]) -> None:
    assert refused(limit, "erp") == ""


@pytest.mark.parametrize("strange", ["typo", "pg", "databases", "preview", "!typo", "&typo"])
def test_what_is_no_environment_is_refused_also_beside_one(strange: str) -> None:
    told = f"--limit {strange} names no host in environments. There are: erp, erp-staging. Nothing was touched."
    assert refused(["erp", strange], "erp") == told


def test_nothing_is_left() -> None:
    assert refused(["p*"], "pg").startswith("--limit p* names no host in environments.")
    assert refused(["all", "!environments"], "pg", "droplet").startswith("--limit all, !environments names no host")


@pytest.mark.parametrize("groups", [{}, {"all": [], "environments": []}])
def test_no_inventory(groups: dict[str, list[str]]) -> None:
    told = refused_hosts(["droplets", "databases", "environments"], groups, [], ["erp"])
    assert told.startswith("There is nothing to do: the inventory has no host in droplets, databases or environments.")


def test_all_of_the_house_may_be_named() -> None:
    wanted = ["droplets", "databases", "environments"]
    assert refused_hosts(wanted, GROUPS, GROUPS["all"], ["droplet", "pg", "erp"]) == ""
    assert "typo names no host in droplets, databases or environments" in refused_hosts(wanted, GROUPS, [], ["typo"])


@pytest.mark.parametrize(
    "name",
    [
        *("restore_bakcup", "restor_backup", "restore_id", "recover_backup", "export_folder"),
        *("time", "repository", "source", "id", "backup", "backup_id", "name", "publish", "confirm", "confrim"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(name: str) -> None:
    told = refused_variables(["restore_backup", name], RESTORE)
    assert told == f"{name} means nothing here. There are: {', '.join(RESTORE)}. Nothing was touched."


@pytest.mark.parametrize(
    "name", ["odoo_recover_empty", "backup_key", "ansible_user", "vault_x", "region", "awx_job_id"]
)
def test_variables_of_others_are_not_ours_to_refuse(name: str) -> None:
    assert refused_variables([*RESTORE, name], RESTORE) == ""


def test_each_playbook_has_its_own() -> None:
    assert refused_variables(["label"], ["label", "reason"]) == ""
    assert refused_variables(["lable"], ["label", "reason"]).startswith(
        "lable means nothing here. There are: label, reason."
    )
    assert (
        refused_variables(["time", "name"], []) == "name, time mean nothing here. There is none. Nothing was touched."
    )
