# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs from beginning to end, with repositories in memory: what is told of them, and who waits for whom."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock
from ansible_collections.ipai.odoo.plugins.module_utils._backup import drill, mending, pairs, record, runs
from ansible_collections.ipai.odoo.plugins.module_utils._backup.checks import Check
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

from .fake_restic import FakeRepositories, FakeRestic

NOW = datetime(2026, 11, 21, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
DAMAGE = RepositoryError("repository disk is damaged", damage="pack 1 contains 2 errors")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock."""
    wait = _lock._wait
    monkeypatch.setattr(_lock, "_wait", lambda handle, path, _timeout, kind: wait(handle, path, -1, kind))


def last(erp: Settings, kind: str) -> record.Entry:
    return next(entry for entry in reversed(record.read_runs(erp.state)) if entry["kind"] == kind)


def read(world: FakeRepositories, name: str = "disk") -> list[str]:
    """The parts of a repository that were read."""
    return [what[0] for place, method, what in world.called if (place, method) == (name, "check")]


def pruned(world: FakeRepositories) -> int:
    return len([method for name, method, _what in world.called if (name, method) == ("disk", "prune")])


# Backups


def test_a_backup_is_good_although_nothing_could_be_removed(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "half", NOW, without="manifest")
    world.fails["disk", "forget"] = RepositoryError("another program works in repository disk")
    with pytest.raises(runs.Partial, match="is whole, but what has expired could not be removed: another") as caught:
        runs.make_backup(erp)
    assert last(erp, "pair")["result"] == "good" and last(erp, "pair")["details"]["id"] == caught.value.backup.id
    failed = last(erp, "tidy")
    assert failed["result"] == "failed"
    status = record.read_status(erp.state)
    text = record.notice({"pair": status["pair"]}, failed, "droplet") or ""
    assert "the removal of expired backups has failed" in text
    assert f"Still safe: the backup of database and filestore {caught.value.backup.id}" in text
    assert "systemctl start ipai-backup-pair@erp" in text
    world.fails.clear()
    runs.make_backup(erp)
    assert last(erp, "tidy")["details"]["parts"] == 2


def test_a_file_that_production_loses_is_told_of_until_it_is_back(erp: Settings, world: FakeRepositories) -> None:
    def lacks(day: int, *names: str) -> list[str]:
        at = NOW + day * DAY
        world.backup("disk", f"{at:%Y%m%d}", at, missing=names)
        found = pairs.catalogue(erp)
        runs.watch_files(erp, found, found.backups[-1])
        entries = [one for one in record.read_runs(erp.state) if one["kind"] == "files"]
        return [entry["result"] for entry in entries]

    assert lacks(0, "aa/old") == lacks(1, "aa/old") == []
    assert lacks(2, "aa/old", "bb/new") == ["failed"]
    failed = last(erp, "files")
    assert "bb/new" in failed["message"] and "aa/old" not in failed["message"] and "20261122" in failed["message"]
    assert lacks(3, "aa/old", "bb/new") == ["failed", "failed"]
    assert lacks(4, "aa/old") == lacks(5, "aa/old") == ["failed", "failed", "good"]
    text = record.notice({}, failed, "droplet") or ""
    assert "the comparison of the database with the filestore has failed" in text and "Files are missing" in text


def test_nothing_is_removed_under_who_reads(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "half", NOW, without="manifest")
    with pairs.reading(erp, "a restore of erp"):
        backup = runs.make_backup(erp)
        assert runs.make_pass(erp), "what only adds goes on"
    assert last(erp, "pair")["details"]["id"] == backup.id
    assert last(erp, "tidy")["result"] == "skipped" and "a restore of erp" in last(erp, "tidy")["message"]
    assert ("database", "half") in world.parts("disk")


def test_a_drill_keeps_nobody_but_removals_waiting(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = runs.make_backup(erp)

    def rehearse(*_words: Any) -> list[Check]:
        world.now += 2 * DAY
        assert runs.make_pass(erp)
        runs.make_backup(erp)
        with pairs.reading(erp, "a restore of erp"):
            pass
        with pytest.raises(CommandError, match="has had it"), pairs.removing(erp, "removal"):
            pass
        with pytest.raises(CommandError, match="drill of erp"):
            drill.drill(erp)
        return [Check("tables", True, "1 table")]

    monkeypatch.setattr(drill, "rehearse", rehearse)
    assert drill.drill(erp)["id"] == backup.id
    entries = record.read_runs(erp.state)
    assert [entry["result"] for entry in entries if entry["kind"] in ("pass", "pair")] == ["good"] * 3


def test_a_mistyped_id_is_no_drill_that_failed(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "first", NOW)
    with pytest.raises(BackupError, match="there is no backup frist"):
        drill.drill(erp, backup="frist")
    assert record.read_runs(erp.state) == []


# Verification


@pytest.mark.parametrize("step", [DAY, 7 * DAY])
def test_each_verification_reads_the_next_part(erp: Settings, world: FakeRepositories, step: timedelta) -> None:
    for number in range(8):
        runs.verify(erp, NOW + number * step)
    assert read(world) == read(world, "spaces") == [f"{part}/7" for part in (1, 2, 3, 4, 5, 6, 7, 1)]
    assert pruned(world) == (2 if step == DAY else 8), "once in a week, whatever its days are"


def test_a_part_that_was_not_read_comes_again(erp: Settings, world: FakeRepositories) -> None:
    runs.verify(erp, NOW)
    world.fails["disk", "check"] = RepositoryError("repository disk does not answer")
    with pytest.raises(BackupError, match="disk does not answer"):
        runs.verify(erp, NOW + DAY)
    world.fails.clear()
    runs.verify(erp, NOW + 2 * DAY)
    assert read(world) == ["1/7", "2/7", "2/7"] and read(world, "spaces") == ["1/7", "2/7", "3/7"]


def test_space_is_freed_when_nobody_reads(erp: Settings, world: FakeRepositories) -> None:
    with pairs.reading(erp, "a restore of erp"):
        runs.verify(erp, NOW)
    assert pruned(world) == 0 and last(erp, "verify")["result"] == "good"
    runs.verify(erp, NOW + DAY)
    assert pruned(world) == 1


def test_what_is_lost_is_remembered_until_it_is_back(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.backup("disk", "old", NOW - DAY)
    world.backup("disk", "new", NOW)
    dump = pairs.catalogue(erp).find("new").places["disk"]["database"]
    monkeypatch.setattr(mending, "version", lambda: (0, 18))
    monkeypatch.setattr(FakeRestic, "repair", lambda _self, _damage: {dump[:8]}, raising=False)
    world.fails["disk", "check"] = DAMAGE
    with pytest.raises(BackupError, match="lost here: new"):
        runs.verify(erp, NOW)
    assert pairs.catalogue(erp).find("latest").id == "old"
    world.fails["disk", "check"] = RepositoryError("repository disk does not answer")
    with contextlib.suppress(BackupError):
        runs.verify(erp, NOW + DAY)
    assert pairs.catalogue(erp).find("new").damaged, "nobody knows better"
    world.fails.clear()
    runs.verify(erp, NOW + 2 * DAY)
    assert pairs.catalogue(erp).find("latest").id == "new", "a later backup has brought it back"


def test_what_another_repository_has_is_brought_back(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.backup("disk", "lost", NOW)
    for name in ("disk", "spaces"):
        world.backup(name, "one", NOW)
    damaged = {one.id[:8] for one in world.snapshots["disk"] if one.tags["part"] == "filestore"}
    monkeypatch.setattr(mending, "version", lambda: (0, 18))
    monkeypatch.setattr(FakeRestic, "repair", lambda _self, _damage: damaged, raising=False)
    world.fails["disk", "check"] = DAMAGE
    with pytest.raises(BackupError, match="1 snapshots were copied again from the other repositories; lost here: lost"):
        runs.verify(erp, NOW)
    found = pairs.catalogue(erp)
    assert set(found.find("one").places) == {"disk", "spaces"} and found.find("lost").damaged
    assert {identifier for _part, identifier in world.parts("spaces")} == {"one"}


def test_an_old_restic_repairs_nothing(erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "version", lambda: (0, 14))
    world.fails["disk", "check"] = DAMAGE
    with pytest.raises(BackupError, match="this restic cannot repair it"):
        runs.verify(erp, NOW)
    with pairs.reading(erp, "a restore of erp"), pytest.raises(BackupError, match="not be repaired: a restore of erp"):
        runs.verify(erp, NOW)
    assert read(world) == ["1/7", "2/7"]
