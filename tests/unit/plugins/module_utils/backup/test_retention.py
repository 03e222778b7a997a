# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.retention import keep, thin
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Retention

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=timezone.utc)


def daily(count: int, hour: int = 18) -> dict[str, datetime]:
    """A backup for each of the last days, named by its age in days; the youngest is of yesterday."""
    start = NOW.replace(hour=hour)
    return {str(age): start - timedelta(days=age) for age in range(1, count + 1)}


def names(backups: dict[str, datetime], policy: Retention, **options: str) -> dict[str, str]:
    return {one.id: one.reason for one in keep(backups, policy, NOW, **options)}


def test_everything_of_the_last_days() -> None:
    found = names(daily(60), Retention(days=30, daily=0, weekly=0, monthly=0))
    assert sorted(found, key=int) == [str(age) for age in range(1, 31)]


def test_tiers_reach_beyond_the_days() -> None:
    found = names(daily(200), Retention(days=2, daily=7, weekly=4, monthly=3))
    assert [age for age in map(str, range(1, 8)) if age not in found] == []
    # The last days of weeks (today is a Saturday) and of months, as far as the days do not keep them.
    assert {name for name, reason in found.items() if reason == "weekly"} == {"13", "20"}
    assert {name for name, reason in found.items() if reason == "monthly"} == {"21", "52"}


def test_a_day_ends_at_midnight_of_the_zone() -> None:
    at = datetime(2026, 11, 1, 15, 0, tzinfo=timezone.utc)  # 23:00 in Singapore
    backups = {"evening": at, "night": at + timedelta(hours=2)}  # 01:00 of the next day there
    policy = Retention(days=0, daily=2, weekly=0, monthly=0)
    assert set(names(backups, policy, zone="Asia/Singapore")) == {"evening", "night"}
    assert set(names(backups, policy, zone="UTC")) == {"night"}


def test_the_last_one_stays_however_old() -> None:
    old = {"old": NOW - timedelta(days=4000), "older": NOW - timedelta(days=4001)}
    assert names(old, Retention(days=1, daily=0, weekly=0, monthly=0)) == {"old": "last"}


def test_the_last_proven_one_stays() -> None:
    found = names(daily(60), Retention(days=3, daily=0, weekly=0, monthly=0), verified="50")
    assert set(found) == {"1", "2", "3", "50"}
    assert found["50"] == "verified"
    assert "gone" not in names(daily(3), Retention(), verified="gone")


def test_what_is_damaged_stays_for_the_days_and_counts_for_nothing() -> None:
    policy = Retention(days=3, daily=2, weekly=0, monthly=0)
    kept = {one.id: one.reason for one in keep(daily(9), policy, NOW, lesser={"1", "2", "5"}, verified="5")}
    assert kept == {"1": "days", "2": "days", "3": "days", "4": "daily"}
    kept = {one.id: one.reason for one in keep(daily(9), Retention(0, 0, 0, 0), NOW, lesser=daily(9))}
    assert kept == {"1": "last"}, "there is nothing better"


def test_a_clock_that_was_wrong_costs_nothing() -> None:
    backups = {"tomorrow": NOW + timedelta(days=400), "1": NOW - timedelta(days=1)}
    assert names(backups, Retention(days=2, daily=0, weekly=0, monthly=0)) == {"tomorrow": "future", "1": "days"}


def test_nothing_to_keep() -> None:
    assert names({}, Retention()) == {}


@pytest.mark.parametrize("seed", range(20))
def test_what_was_kept_is_kept_by_the_same_rules_again(seed: int) -> None:
    chance = random.Random(seed)
    backups = {str(number): NOW - timedelta(hours=chance.random() * 4000) for number in range(100)}
    policy = Retention(days=chance.randint(0, 40), daily=chance.randint(0, 9), weekly=chance.randint(0, 5), monthly=3)
    once = names(backups, policy)
    assert names({name: backups[name] for name in once}, policy).keys() == once.keys()
    assert max(backups, key=lambda name: backups[name]) in once


def test_passes_are_thinned_to_one_an_hour_and_end() -> None:
    passes = {str(number): NOW - timedelta(minutes=10 * number) for number in range(6 * 24 * 40)}
    gone = set(thin(passes, Retention(days=30), NOW))
    left = {name: at for name, at in passes.items() if name not in gone}
    assert all(name in left for name, at in passes.items() if at > NOW - timedelta(hours=48))
    assert min(left.values()) >= NOW - timedelta(days=30)
    older = [at for at in left.values() if at <= NOW - timedelta(hours=49)]
    assert len(older) == len({at.replace(minute=0) for at in older}) == pytest.approx(28 * 24, abs=26)
    # The last one of its hour stays: it has what the others had, and more.
    assert all(at.minute == 50 for at in older)
    assert thin(left, Retention(days=30), NOW) == []


def test_the_last_pass_stays() -> None:
    assert thin({"old": NOW - timedelta(days=400)}, Retention(days=1), NOW) == []
