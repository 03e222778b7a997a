# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expired backups go; the last good one and the last one that was proven stay, whatever else there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lab.broken import ENDPOINT, BrokenS3
from lab.faults import NAME, STATE, Faults, half, lacking

pytestmark = pytest.mark.nightly

# Backups of so many days ago, whole or without their manifest; prints their names.
OLD = """
made = {}
for age, complete in json.loads(sys.argv[1]):
    at = datetime.now(timezone.utc) - timedelta(days=age)
    name = f"{at:%Y%m%dT%H%M%SZ}-0000"
    made[str(age)] = name
    manifest = json.dumps({"id": name, "at": at.isoformat(), "format": 1})
    for part, file in (("database", "database.dump"), ("filestore", "x"), ("manifest", "manifest.json")):
        if complete or part != "manifest":
            tags = places["disk"]._tags({"backup": name, "part": part})
            when = f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
            argv = ["backup", "--quiet", "--stdin", "--stdin-filename", file, "--time", when]
            places["disk"].call(*argv, *tags, stdin=manifest)
pairs.synchronise(places["disk"], places["spaces"], checked.lost(found))
print(json.dumps(made))
"""
SHORT = {"days": 10, "daily": 0, "weekly": 0, "monthly": 0}
TIDY = "print(json.dumps(tidying.tidy(found, datetime.now(timezone.utc), sys.argv[1] or None)))"


@pytest.fixture(autouse=True)
def short(faults: Faults) -> Iterator[None]:
    faults.configure(retention=SHORT)
    yield
    faults.configure()


def old(faults: Faults, *ages: tuple[int, bool]) -> dict[str, str]:
    return faults.ask(OLD, json.dumps(ages))


def proven(faults: Faults, name: str) -> None:
    """A drill has restored it."""
    entry: dict[str, Any] = {"kind": "drill", "host": NAME, "result": "good", "seconds": 1, "details": {"id": name}}
    entry["start"] = entry["end"] = "2026-01-01T00:00:00Z"
    faults.droplet.console(f"cat >>{STATE}/runs.jsonl", stdin=json.dumps(entry) + "\n")


def test_expired_backups_go_and_a_proven_one_stays(faults: Faults) -> None:
    made = old(faults, (200, True), (100, True), (40, True), (5, True), (3, False))
    proven(faults, made["100"])
    ran = faults.program()
    assert ran.code == 0, ran.said
    listed = faults.listed()
    assert {made["100"], made["5"]} < set(listed["backups"])
    assert not {made["200"], made["40"], made["3"]} & set(listed["backups"])
    assert half(listed) == [] and lacking(listed) == []
    assert faults.status("tidy")["last_good"]["details"]["removed"] == sorted([made["200"], made["40"]])


def test_an_unreachable_repository_keeps_all(faults: Faults, s3: BrokenS3) -> None:
    made = old(faults, (50, True))
    faults.configure(retention=SHORT, repositories=faults.repositories(spaces={"endpoint": ENDPOINT}))
    s3.broken("refuse")
    try:
        assert faults.program().code == 1
        assert made["50"] in faults.listed()["backups"]
    finally:
        s3.broken()
    assert faults.program().code == 0
    assert made["50"] not in faults.listed()["backups"]


def test_the_last_good_one_stays_when_all_newer_ones_are_half(faults: Faults) -> None:
    faults.renew()
    faults.configure(retention=SHORT)
    made = old(faults, (300, True), (250, True), (4, False), (2, False))
    done = faults.ask(TIDY, "")
    assert done["removed"] == [made["300"]] and done["kept"] == [made["250"]]
    assert done["parts"] == 4
    listed = faults.listed()
    assert list(listed["backups"]) == [made["250"]]
    assert half(listed) == [] and lacking(listed) == []
