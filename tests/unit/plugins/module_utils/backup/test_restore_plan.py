# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which repository a moment comes, what room it takes, and what a restore leaves in the record."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_copy,
    archive_settings,
    drill,
    instant,
    moment,
    pairs,
    restore,
    restore_plan,
    runs,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup import settings as places
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Repository, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=timezone.utc)


def backup(number: int, *repositories: str) -> pairs.Backup:
    parts = {part: f"{part}-{number}" for part in (pairs.DATABASE, pairs.FILESTORE, pairs.MANIFEST)}
    manifest = {"database": {"version": "17.6", "bytes": 1000}, "filestore": {"missing": ["aa/aaaa"]}}
    return pairs.Backup(f"backup-{number}", day(number), dict.fromkeys(repositories, parts), manifest)


def catalogue(*backups: pairs.Backup, **days: list[int]) -> pairs.Catalogue:
    passes = {name: {day(number): f"{name}-{number}" for number in numbers} for name, numbers in days.items()}
    return pairs.Catalogue(list(backups), passes)


@pytest.fixture
def settings(plain: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(places, "STATE", str(tmp_path / "state"))
    (tmp_path / "data").mkdir()
    return dataclasses.replace(
        plain,
        repositories=(Repository("disk", "/srv/disk"), Repository("spaces", "/srv/spaces")),
        archive=True,
    )


# Where from


def test_the_newest_comes_from_where_it_is(settings: Settings) -> None:
    place, last = restore_plan.newest_pass(settings, catalogue(disk=[16, 18], spaces=[16, 21]))
    assert (place.repository.name, last) == ("spaces", day(21))
    assert restore_plan.newest_pass(settings, catalogue(disk=[18], spaces=[18]))[0].repository.name == "disk"


def test_a_moment_comes_from_where_its_files_are(settings: Settings) -> None:
    found = catalogue(disk=[16, 18], spaces=[15, 21])
    chosen = [restore_plan.enclosing(settings, found, day(number)).repository.name for number in (15, 17, 18, 20)]
    assert chosen == ["spaces", "disk", "disk", "spaces"]


def test_nobody_has_them(settings: Settings) -> None:
    found = catalogue(disk=[16, 18], spaces=[])
    found.problems["spaces"] = "spaces does not answer"
    with pytest.raises(BackupError, match=r"from before and after 2026-11-20T00:00:00Z; spaces does not answer"):
        restore_plan.enclosing(settings, found, day(20))
    for empty in (catalogue(), catalogue(disk=[])):
        with pytest.raises(BackupError, match="no repository of erp has a pass over its filestore"):
            restore_plan.newest_pass(settings, empty)


def test_nothing_was_new_since_the_last_pass(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a repository that has that last pass has those files."""
    monkeypatch.setattr(instant, "stored", lambda _settings: instant.Stored(day(20), day(22)))
    found = catalogue(disk=[16, 18], spaces=[16, 20])
    assert restore_plan.enclosing(settings, found, day(21)).repository.name == "spaces"


@pytest.fixture
def found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pairs.Catalogue:
    """Backups and passes that the second repository alone has until the end, and an archive without gaps."""
    found = catalogue(backup(16, "disk", "spaces"), backup(19, "spaces"), disk=[16, 18], spaces=[16, 19, 21])
    monkeypatch.setattr(pairs, "catalogue", lambda *_: found)
    monkeypatch.setattr(runs, "database_spans", lambda _settings: [window.Span(day(1), day(30))])
    return found


def plan(settings: Settings, **wish: Any) -> restore_plan.Plan:
    wanted = restore_plan.Wish(**{"freshen": False, **wish})
    return restore_plan._find(settings, restore_plan.Plan(wanted, "erp-restored-1", "erp-before-1"), day(24))


@pytest.mark.usefixtures("found")
def test_what_is_planned(settings: Settings) -> None:
    newest = plan(settings, newest=True)
    assert (newest.files, newest.files_until, newest.later) == (["spaces-21"], day(21), True)
    assert newest.backup and newest.backup.id == "backup-19"
    late, early = plan(settings, moment=day(20)), plan(settings, moment=day(17))
    assert (late.files, late.backup and late.backup.id) == (["spaces-21", "spaces-19"], "backup-19")
    assert (early.files, early.backup and early.backup.id) == (["disk-18", "disk-16"], "backup-16")
    last = plan(settings)
    assert (last.files, last.backup and last.backup.id, last.later) == (["filestore-19"], "backup-19", False)


@pytest.mark.parametrize("wish", [{}, {"moment": day(20)}])
def test_a_mistyped_source_is_told_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, found: pairs.Catalogue, wish: dict[str, Any]
) -> None:
    """One that is not on this droplet may have backups in its folder of the repositories."""
    (tmp_path / "disk" / "shop" / "restic").mkdir(parents=True)
    (tmp_path / "disk" / "pg" / "pgbackrest").mkdir(parents=True)
    monkeypatch.setattr(restore_plan, "known", lambda: ["erp"])
    disk = dataclasses.replace(settings, repositories=(Repository("disk", str(tmp_path / "disk")),))
    if not wish:
        assert plan(settings, source="shop").backup == found.backups[-1]
    nothing = pairs.Catalogue(problems={"disk": "there are no backups in repository disk"})
    monkeypatch.setattr(pairs, "catalogue", lambda *_: nothing)
    with pytest.raises(BackupError, match=r"no environment epr is .* in disk; known are: erp, shop; there are no"):
        plan(disk, source="epr", **wish)


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(
    ("freshen", "fails", "said"),
    [
        (False, None, "what is newer is yet to come"),
        (True, BackupError("disk is full"), "what is newer could not be stored: disk is full"),
        (True, None, "all until now has just been stored: what is newer is yet to come"),
    ],
)
def test_the_refusal_of_a_newer_moment_says_what_was_done_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, freshen: bool, fails: Exception | None, said: str
) -> None:
    monkeypatch.setattr(runs, "freshen", mock.Mock(side_effect=fails))
    with pytest.raises(BackupError, match=rf"share 2026-11-16T00:00:00Z to 2026-11-21T00:00:00Z.*; {said}$"):
        plan(settings, freshen=freshen, moment=day(25))
    with pytest.raises(BackupError, match=r"share 2026-11-16T00:00:00Z to 2026-11-21T00:00:00Z"):
        plan(settings, moment=day(2))
    assert runs.freshen.called is freshen


@pytest.mark.usefixtures("found")
def test_a_moment_that_has_to_be_stored_first_is_planned(settings: Settings) -> None:
    """In check mode; what is not yet, or cannot be had from an archive, is refused as in a run."""
    recent = plan(settings, moment=day(24))
    assert (recent.unstored, recent.files, recent.place and recent.place.repository.name) == (
        True,
        ["spaces-21"],
        "spaces",
    )
    assert recent.origin == {"repository": "spaces", "base": "backup-19", "at": "2026-11-24T00:00:00Z"}
    assert not plan(settings, moment=day(20)).unstored
    with pytest.raises(BackupError, match=r"2026-11-26T00:00:00Z cannot be restored"):
        plan(settings, moment=day(26))
    with pytest.raises(BackupError, match=r"2026-11-02T00:00:00Z cannot be restored"):
        plan(settings, moment=day(2))
    with (
        mock.patch.object(runs, "database_spans", return_value=[]),
        pytest.raises(BackupError, match="no moment can be"),
    ):
        plan(settings, moment=day(24))


# Room


@pytest.mark.parametrize("wish", [{"newest": True}, {"moment": day(20)}])
def test_room_for_the_copy_of_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, wish: dict[str, Any]
) -> None:
    bases = [SimpleNamespace(bytes=1000), SimpleNamespace(bytes=900)]
    monkeypatch.setattr(archive_settings, "load", lambda _name: SimpleNamespace(home="/srv/postgres/pg"))
    monkeypatch.setattr(restore_plan, "Archive", mock.MagicMock())
    monkeypatch.setattr(moment, "newest_of_former", lambda *_: [bases])
    monkeypatch.setattr(archive_copy, "choose", lambda *_: bases)
    assert restore_plan.of_copy(settings, restore_plan.Wish(**wish)) == ("/srv/postgres/pg", 1200)


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(("wish", "counted"), [({"moment": day(20)}, True), ({"newest": True}, True), ({}, False)])
def test_room_is_looked_for_before_anything_is_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, wish: dict[str, Any], counted: bool
) -> None:
    needs: list[tuple[str, int]] = []
    monkeypatch.setattr(restore_plan, "Server", mock.MagicMock())
    monkeypatch.setattr(restore_plan, "refuse_newer", lambda *_: None)
    monkeypatch.setattr(restore_plan, "of_copy", lambda *_: ("/srv/postgres/pg", 1200))
    monkeypatch.setattr(restore_plan.Restic, "size", lambda *_: 10)
    monkeypatch.setattr(restore_plan.space, "of_server", lambda _name: "/srv/postgres/pg/data")
    monkeypatch.setattr(restore_plan.space, "check", needs.extend)
    restore_plan.plan(settings, restore_plan.Wish(freshen=False, **wish))
    assert (("/srv/postgres/pg", 1200) in needs) is counted


# Restoring

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="files are root's")


@needs_root
@pytest.mark.parametrize(
    ("wish", "recorded", "proven"),
    [({}, {"id": "backup-19"}, ["backup-19"]), ({"moment": day(20)}, {"base": "backup-19"}, [])],
)
@pytest.mark.usefixtures("found")
def test_a_moment_proves_no_backup(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    wish: dict[str, Any],
    recorded: dict[str, str],
    proven: list[str],
) -> None:
    monkeypatch.setattr(restore, "lock", lambda _settings: contextlib.nullcontext())
    monkeypatch.setattr(restore, "Server", mock.MagicMock())
    monkeypatch.setattr(restore, "_fetch", lambda *_: [])
    monkeypatch.setattr(restore, "_look", lambda *_: None)
    done = restore.restore(settings, plan(settings, **wish))
    assert {name: done[name] for name in ("id", "base") if name in done} == recorded
    assert done["repository"] == "spaces"
    assert list(runs.verified(settings)) == proven


@needs_root
def test_files_are_not_waited_for_when_the_database_does_not_come(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore.guest.Server, "restore", lambda *_to, **_how: Program(["true"]))
    place = mock.MagicMock()
    place.restore_folder = lambda _snapshot, folder: subprocess.run(
        [sys.executable, "-c", "import time; time.sleep(60)", folder], check=True
    )
    place.read_stream.side_effect = CommandError(["pg_restore"], 1)
    planned = restore_plan.Plan(
        restore_plan.Wish(), "erp-restored-1", "erp-before-1", place=place, backup=mock.MagicMock(), files=["one"]
    )
    start = time.monotonic()
    with pytest.raises(CommandError, match="pg_restore"):
        restore._fetch(settings, planned, mock.MagicMock(), lambda _text: None)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("wish", "there", "strict"), [({}, False, True), ({}, True, False), ({"newest": True}, False, False)]
)
def test_what_may_lack_files(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, wish: dict[str, Any], there: bool, strict: bool
) -> None:
    """A copy was looked at when it was restored, and a former one may lack what production has always lacked."""
    asked: list[Any] = []
    monkeypatch.setattr(restore.checks, "run", lambda restored, _invariants: asked.append(restored) or [])
    one = restore_plan.Plan(
        restore_plan.Wish(**wish), "erp-restored-1", "erp-before-1", there, backup=backup(19, "disk")
    )
    restore._checked(settings, one, mock.MagicMock(), lambda _text: None)
    assert asked[0].strict is strict and asked[0].later is bool(wish)
    assert asked[0].manifest["filestore"] == {"missing": ["aa/aaaa"]}


def test_a_drill_knows_what_production_lacks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    archived = SimpleNamespace(repositories=[SimpleNamespace(name="spaces")])
    monkeypatch.setattr(archive_settings, "load", lambda _name: archived)
    monkeypatch.setattr(drill, "Archive", mock.MagicMock())
    monkeypatch.setattr(drill.archive_window, "spans", lambda *_: {"spaces": [window.Span(day(1), day(30))]})
    monkeypatch.setattr(archive_copy, "at", lambda *_a, **_k: contextlib.nullcontext(mock.MagicMock()))
    monkeypatch.setattr(moment, "lived", lambda *_: drill.checks.Check("heartbeat", True, ""))
    monkeypatch.setattr(restore_plan.Restic, "restore_folder", lambda *_: None)
    monkeypatch.setattr(drill.checks, "run", lambda restored, _invariants: asked.append(restored) or [])
    found = catalogue(backup(16, "spaces"), backup(19, "spaces"), disk=[16, 18], spaces=[16, 18])
    assert drill.rehearse_moment(settings, found, lambda _text: None)[0] == day(18)
    assert asked[0].manifest["filestore"] == {"missing": ["aa/aaaa"]} and asked[0].later and asked[0].strict
