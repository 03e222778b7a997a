# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups and passes: when they are listed, how they are copied, and what is removed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import checked, listing, pairs, tidying
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings

from .fake_restic import FakeRepositories

NOW = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)
PARTS = {"database", "filestore", "manifest"}
GONE = RepositoryError("repository spaces does not answer")


def ids(found: pairs.Catalogue) -> list[str]:
    return [backup.id for backup in found.backups]


def lose(monkeypatch: pytest.MonkeyPatch, **snapshots: str) -> None:
    """A verification has found that these cannot be read."""
    found = {name: checked.Checked(lost=frozenset([one])) for name, one in snapshots.items()}
    monkeypatch.setattr(checked, "last", lambda _settings: found)


def test_a_backup_is_made_once_and_copied(erp: Settings, world: FakeRepositories) -> None:
    backup, problems = pairs.make(erp, label="before")
    assert problems == {}
    assert [tags["part"] for tags in (one.tags for one in world.snapshots["disk"])] == [*sorted(PARTS)]
    assert set(world.parts("spaces")) == {(part, backup.id) for part in PARTS}
    assert [method for name, method, _what in world.called if name == "spaces"].count("store_stream") == 0
    (listed,) = pairs.catalogue(erp).backups
    assert listed.id == backup.id and set(listed.places) == {"disk", "spaces"} and not listed.damaged
    assert listed.manifest["label"] == "before" and listed.at == NOW
    assert listed.manifest["dump"]["bytes"] == 5 and listed.manifest["filestore"]["bytes"] == 7


def test_it_is_told_that_docker_does_not_answer(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conftest's Docker answers nobody; a second question to it must not hide what the first one met."""

    def dump(server: pairs.Server, *_what: str) -> None:
        server.execute("erp", "SELECT 1")

    monkeypatch.setattr(pairs.Server, "dump", dump)
    with pytest.raises(
        BackupError, match=r"database erp could not be backed up: .*Cannot connect to the Docker daemon"
    ):
        pairs.make(erp)
    assert world.parts("disk") == []


@pytest.mark.parametrize("part", sorted(PARTS))
def test_what_lacks_a_part_is_no_backup(erp: Settings, world: FakeRepositories, part: str) -> None:
    world.backup("disk", "whole", NOW)
    world.backup("disk", "half", NOW + timedelta(hours=1), without=part)
    found = pairs.catalogue(erp)
    assert ids(found) == ["whole"] and found.find("latest").id == "whole"
    with pytest.raises(BackupError, match="there is no backup half"):
        found.find("half")


@pytest.mark.parametrize("copied", range(6))
def test_a_copy_that_is_cut_short_is_not_listed(erp: Settings, world: FakeRepositories, copied: int) -> None:
    for name in ("one", "two"):
        world.backup("disk", name, NOW)
    world.left = copied
    with pytest.raises(RepositoryError):
        pairs.synchronise(*pairs.repositories(erp), lost=checked.lost(erp))
    for backup in pairs.catalogue(erp, "spaces").backups:
        held = {part for part, identifier in world.parts("spaces") if identifier == backup.id}
        assert held == PARTS, "a manifest came before what it stands for"
    world.left = 6
    pairs.synchronise(*pairs.repositories(erp), lost=checked.lost(erp))
    assert sorted(world.parts("spaces")) == sorted(world.parts("disk")), "the next run copies the rest, and only that"


def test_a_half_backup_is_not_copied(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "half", NOW, without="manifest")
    world.add("disk", {"part": "pass", "at": NOW.isoformat()})
    pairs.synchronise(*pairs.repositories(erp), lost=checked.lost(erp))
    assert world.parts("spaces") == [("pass", NOW.isoformat())]


def test_another_repository_takes_it(erp: Settings, world: FakeRepositories) -> None:
    world.fails["disk", "store_stream"] = RepositoryError("repository disk is full")
    backup, problems = pairs.make(erp)
    assert set(backup.places) == {"spaces"} and problems == {"disk": "repository disk is full"}
    world.fails.clear()
    newer, problems = pairs.make(erp)
    assert problems == {}
    assert {identifier for _part, identifier in world.parts("disk")} == {backup.id, newer.id}, "and it is caught up"


def test_no_repository_takes_it(erp: Settings, world: FakeRepositories) -> None:
    world.fails["disk", "store_stream"] = world.fails["spaces", "store_stream"] = GONE
    with pytest.raises(BackupError, match="spaces does not answer; repository spaces does not answer"):
        pairs.make(erp)


def test_a_repository_that_does_not_answer_hides_no_other(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "one", NOW)
    world.fails["spaces", "snapshots"] = GONE
    found = pairs.catalogue(erp)
    assert ids(found) == ["one"] and found.problems == {"spaces": str(GONE)}


def test_a_pass_rests_while_nothing_is_new(erp: Settings, world: FakeRepositories) -> None:
    assert pairs.make_pass(erp) == (True, {})
    assert world.parts("disk") == world.parts("spaces") == [("pass", NOW.isoformat())]
    world.now += timedelta(minutes=10)
    assert pairs.make_pass(erp) == (False, {})
    world.now += timedelta(minutes=50)
    assert pairs.make_pass(erp) == (True, {})
    assert list(pairs.catalogue(erp).passes["spaces"]) == [NOW, NOW + timedelta(hours=1)]


def test_a_pass_that_is_not_everywhere_does_not_rest(erp: Settings, world: FakeRepositories) -> None:
    world.fails["spaces", "copy"] = GONE
    assert pairs.make_pass(erp) == (True, {"spaces": str(GONE)})
    world.fails.clear()
    world.now += timedelta(minutes=10)
    assert pairs.make_pass(erp) == (True, {})
    assert len(world.parts("spaces")) == 2


# What is lost


def test_what_is_lost_is_the_latest_no_more(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.backup("disk", "old", NOW - timedelta(days=1))
    world.backup("disk", "new", NOW)
    world.add("disk", {"part": "pass", "at": NOW.isoformat()})
    dump = pairs.catalogue(erp).find("new").places["disk"]["database"]
    lose(monkeypatch, disk=dump)
    found = pairs.catalogue(erp)
    assert ids(found) == ["old", "new"] and [backup.damaged for backup in found.backups] == [False, True]
    assert found.find("latest").id == "old" and found.find("new").damaged
    pairs.synchronise(*pairs.repositories(erp), lost=checked.lost(erp))
    assert {identifier for part, identifier in world.parts("spaces") if part != "pass"} == {"old"}


def test_what_is_lost_in_one_repository_is_had_from_another(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("disk", "spaces"):
        world.backup(name, "one", NOW)
    lose(monkeypatch, disk=pairs.catalogue(erp).find("one").places["disk"]["filestore"])
    (backup,) = pairs.catalogue(erp).backups
    assert set(backup.places) == {"spaces"} and not backup.damaged


def test_what_was_imported_is_neither_the_latest_nor_a_pass(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "own", NOW)
    world.backup("disk", "zip", NOW + timedelta(hours=1), kind="imported")
    found = pairs.catalogue(erp)
    assert ids(found) == ["own", "zip"] and found.find("latest").id == "own" and found.find("zip").imported
    assert list(found.passes["disk"]) == [NOW]
    # Nothing but that: somebody moves in.
    world.snapshots["disk"][:] = [one for one in world.snapshots["disk"] if one.tags["backup"] == "zip"]
    assert pairs.catalogue(erp).find("latest").id == "zip"


def test_what_was_imported_takes_no_own_one_s_place(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "own", NOW - timedelta(days=90))
    world.backup("disk", "zip", NOW - timedelta(days=80), kind="imported")
    assert tidying.tidy(erp, NOW)["kept"] == ["own"]


def test_all_are_damaged(erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch) -> None:
    world.backup("disk", "one", NOW)
    lose(monkeypatch, disk=pairs.catalogue(erp).find("one").places["disk"]["filestore"])
    found = pairs.catalogue(erp)
    assert found.passes["disk"] == {}
    with pytest.raises(BackupError, match=r"all backups are damaged.*the last one is one"):
        found.find("latest")


def test_a_lost_manifest_is_in_nobody_s_way(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.backup("disk", "one", NOW)
    world.backup("disk", "two", NOW)
    manifest = next(one.id for one in world.snapshots["disk"] if one.tags["part"] == "manifest")
    world.files[manifest] = {}
    lose(monkeypatch, disk=manifest)
    assert ids(pairs.catalogue(erp)) == ["two"]


# Removing


def test_what_retention_keeps_stays(erp: Settings, world: FakeRepositories) -> None:
    for name in ("disk", "spaces"):
        for age in (1, 2, 400):
            world.backup(name, f"{age:03}", NOW - timedelta(days=age))
    world.backup("spaces", "250", NOW - timedelta(days=250))
    for minute in (0, 10, 20):
        at = NOW - timedelta(days=5, minutes=minute)
        world.add("disk", {"part": "pass", "at": at.isoformat()}, at)
    done = tidying.tidy(erp, NOW, "250")
    assert done == {"removed": ["400"], "kept": ["001", "002", "250"], "parts": 0}
    assert ids(pairs.catalogue(erp, "disk")) == ["002", "001"]
    assert ids(pairs.catalogue(erp, "spaces")) == ["250", "002", "001"]
    assert len([part for part, _name in world.parts("disk") if part == "pass"]) == 2, "of an hour, the last one"


def test_parts_of_killed_runs_are_removed(erp: Settings, world: FakeRepositories) -> None:
    world.backup("disk", "one", NOW)
    world.backup("disk", "killed", NOW, without="manifest")
    world.backup("spaces", "one", NOW, without="manifest")
    assert tidying.tidy(erp, NOW) == {"removed": [], "kept": ["one"], "parts": 4}
    assert {identifier for _part, identifier in world.parts("disk")} == {"one"}
    assert world.parts("spaces") == []


@pytest.mark.parametrize("name", ["disk", "spaces"])
def test_nothing_is_removed_while_one_does_not_answer(erp: Settings, world: FakeRepositories, name: str) -> None:
    for one in ("disk", "spaces"):
        world.backup(one, "old", NOW - timedelta(days=400))
        world.backup(one, "new", NOW)
    world.fails[name, "snapshots"] = GONE
    with pytest.raises(RepositoryError):
        tidying.tidy(erp, NOW)
    assert len(world.parts("disk")) == len(world.parts("spaces")) == 6


@pytest.mark.parametrize("removed", range(3))
def test_a_removal_that_is_cut_short_leaves_no_half_backup(
    erp: Settings, world: FakeRepositories, removed: int
) -> None:
    world.backup("disk", "old", NOW - timedelta(days=400))
    world.backup("disk", "new", NOW)
    world.left = removed
    with pytest.raises(RepositoryError):
        tidying.tidy(erp, NOW)
    assert ids(pairs.catalogue(erp)) == (["new"] if removed else ["old", "new"])
    assert ("manifest", "old") not in world.parts("disk") or removed == 0


def test_what_is_damaged_takes_no_good_one_s_place(
    erp: Settings, world: FakeRepositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age in (60, 61):
        world.backup("disk", str(age), NOW - timedelta(days=age))
    lose(monkeypatch, disk=pairs.catalogue(erp).find("60").places["disk"]["database"])
    assert tidying.tidy(erp, NOW)["kept"] == ["61"]


def test_the_listing_says_which_is_the_latest(erp: Settings, world: FakeRepositories) -> None:
    assert listing.latest(pairs.catalogue(erp)) == ""
    world.backup("disk", "own", NOW)
    world.backup("disk", "zip", NOW + timedelta(hours=1), kind="imported")
    assert listing.latest(pairs.catalogue(erp)) == "own"
