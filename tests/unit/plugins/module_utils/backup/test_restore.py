# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore refuses, and what the words of the program mean."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import restore, restore_commands, restore_plan, space
from ansible_collections.ipai.odoo.plugins.module_utils._backup.checks import Check
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.modules import odoo_restore

MIB = 2**20


@pytest.fixture
def settings(plain: Settings) -> Settings:
    return plain


@pytest.mark.parametrize("name", ["erp-restored-20261121T020000Z", "erp-before-1", "erp-restored-look"])
def test_names_of_restored_databases(settings: Settings, name: str) -> None:
    restore_plan.check_name(settings, name)


@pytest.mark.parametrize(
    "name",
    [
        "erp",
        "erp-staging",
        "erp-restored-",
        "erp-staging-restored-1",
        "postgres",
        "erp-restored-a/b",
        "erp-restored-a b",
        "erp-restored-x\n",
        "erp-restored-" + "x" * 51,
    ],
)
def test_other_names_are_refused(settings: Settings, name: str) -> None:
    """What may be removed by name can be nothing else than a restored or a former database."""
    with pytest.raises(
        BackupError, match=r"is no name for a restored database of erp: .*-restored-…, or erp-before-… "
    ):
        restore_plan.check_name(settings, name)


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_not_there_is_not_removed_in_silence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    databases = {name: {"oid": 1} for name in ("erp", "erp-before-2", "erp-staging")}
    monkeypatch.setattr(restore, "Server", lambda _name: SimpleNamespace(databases=lambda: databases))
    found = odoo_restore.absent(settings, "erp-before-3", dry_run)
    assert (found["changed"], found["msg"]) == (False, "there is no erp-before-3; there is: erp-before-2")
    assert "msg" not in odoo_restore.absent(settings, "erp-before-2", dry_run=True)


def container(stage: str) -> dict[str, Any]:
    return {"Config": {"Labels": {"ipai.odoo.stage": stage}}}


@pytest.mark.parametrize("document", [None, container("production")])
@pytest.mark.parametrize("given", ["", "yes", "erp-staging"])
def test_production_takes_its_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, document: dict[str, Any] | None, given: str
) -> None:
    monkeypatch.setattr(_stack, "container", lambda _name: document)
    monkeypatch.setattr(restore_plan, "live_is_empty", lambda _settings: False)
    with pytest.raises(BackupError, match=r"restore_confirm=erp.*Nothing was touched"):
        restore_plan.confirm(settings, restore_plan.Wish(publish=True, confirm=given))
    restore_plan.confirm(settings, restore_plan.Wish(publish=True, confirm="erp"))


def test_staging_does_not(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stack, "container", lambda _name: container("staging"))
    restore_plan.confirm(settings, restore_plan.Wish(publish=True))


def test_nor_does_a_production_without_data(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stack, "container", lambda _name: container("production"))
    monkeypatch.setattr(restore_plan, "live_is_empty", lambda _settings: True)
    restore_plan.confirm(settings, restore_plan.Wish(publish=True))


@pytest.mark.parametrize("files", [True, False])
def test_files_of_an_empty_database_are_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: bool
) -> None:
    """Of a server that was set up anew: they may be newer than those that were restored."""
    settings = dataclasses.replace(settings, directory=str(tmp_path))
    former = Path(settings.filestores) / "erp-before-1"
    (former / "00" if files else former).mkdir(parents=True)
    monkeypatch.setattr(restore, "live_is_empty", lambda _settings: True)
    monkeypatch.setattr(restore.publish, "publish", lambda *_which: False)
    monkeypatch.setattr(restore, "Server", lambda _name: mock.Mock(databases=lambda: {settings.database: {}}))
    details: dict[str, Any] = {}
    restore.take_place(settings, "erp-restored-1", "erp-before-1", details, lambda _text: None)
    assert former.exists() is files
    assert details.get("former") == ("erp-before-1" if files else None)


def test_managed_server_is_refused(settings: Settings) -> None:
    with pytest.raises(BackupError, match="provider's own means"):
        restore_plan.plan(dataclasses.replace(settings, server=""), restore_plan.Wish())


def test_one_failed_check_is_enough() -> None:
    planned = restore_plan.Plan(restore_plan.Wish(), "erp-restored-1", "erp-before-1", there=True)
    good = Check("tables", True, "219 tables")
    assert restore.judged(planned, [good]) == [good.plain()]
    with pytest.raises(BackupError, match=r"files: missing: aa/aaaa.*What is live is as it was"):
        restore.judged(planned, [good, Check("files", False, "missing: aa/aaaa")])


def test_words() -> None:
    wish = restore_commands.wish(["time=2026-11-21T10:00:00+08:00", "publish=yes", "confirm=erp", "repository=disk"])
    assert wish == restore_plan.Wish(
        moment=datetime(2026, 11, 21, 2, tzinfo=timezone.utc), publish=True, confirm="erp", repository="disk"
    )
    assert restore_commands.wish([]) == restore_plan.Wish()


@pytest.mark.parametrize("word", ["publish", "publish=1", "backups=latest", "latest", "time=yesterday"])
def test_words_that_mean_nothing(word: str) -> None:
    with pytest.raises(BackupError):
        restore_commands.wish([word])


def test_room_is_looked_for_before(tmp_path: Path) -> None:
    space.check([(str(tmp_path), 0)])
    with pytest.raises(BackupError, match=r"the restore takes 1073741824 MiB.*Nothing was touched"):
        space.check([(str(tmp_path), 2**49), (str(tmp_path), 2**49)])


def test_room_is_counted_by_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts that each fit may not fit together."""
    free = space.RESERVE + 100 * MIB

    class Found:
        f_bavail = free // 4096
        f_frsize = 4096

    monkeypatch.setattr("os.statvfs", lambda _path: Found)
    space.check([(str(tmp_path), 60 * MIB)])
    with pytest.raises(BackupError, match="the restore takes 120 MiB"):
        space.check([(str(tmp_path), 60 * MIB), (str(tmp_path), 60 * MIB)])


class Databases:
    """A server that only knows its databases."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, _name: str) -> Databases:
        return self

    def databases(self) -> dict[str, dict[str, Any]]:
        return {name: {} for name in self.names}


def test_what_was_published_is_not_replaced_by_a_backup(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Published once, a copy has lost its name; the same words again must not mean the newest backup."""
    monkeypatch.setattr(restore_plan, "Server", Databases("erp", "erp-before-2", "erp-staging"))
    again = restore_commands.wish(["name=erp-restored-1", "publish=yes", "confirm=erp"])
    said = r"no erp-restored-1 that could be published; there is: erp-before-2\. Nothing was touched"
    with pytest.raises(BackupError, match=said):
        restore_plan.plan(settings, again)


@pytest.mark.parametrize("word", ["backup=20261121T020304Z-5f2c", "backup=latest", "time=2026-11-21T02:00:00Z"])
@pytest.mark.parametrize("publish", ["yes", "no"])
def test_a_copy_that_is_there_is_not_taken_for_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, word: str, publish: str
) -> None:
    monkeypatch.setattr(restore_plan, "Server", Databases("erp", "erp-restored-1"))
    wish = restore_commands.wish(["name=erp-restored-1", word, f"publish={publish}", "confirm=erp"])
    with pytest.raises(BackupError, match=r"erp-restored-1 is there already, and .* would not be restored to it"):
        restore_plan.plan(settings, wish)


def test_a_copy_that_is_there_is_put_to_use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore_plan, "Server", Databases("erp", "erp-before-2"))
    monkeypatch.setattr(_stack, "container", lambda _name: container("production"))
    wish = restore_plan.Wish(name="erp-before-2", publish=True, confirm="erp")
    assert restore_plan.plan(settings, wish).there


@pytest.mark.parametrize(
    "wish",
    [
        restore_plan.Wish(),
        restore_plan.Wish(publish=True),
        restore_plan.Wish(name="erp-restored-1"),
        restore_plan.Wish(name="erp-restored-1", backup="latest", publish=True),
        restore_plan.Wish(name="erp-restored-1", moment=datetime(2026, 11, 21, tzinfo=timezone.utc), publish=True),
    ],
)
def test_what_has_one_meaning(settings: Settings, wish: restore_plan.Wish) -> None:
    restore_plan.check_meant(settings, wish, ["erp", "erp-before-2"])


def test_a_backup_and_a_moment_are_two_wishes(settings: Settings) -> None:
    wish = restore_plan.Wish(backup="latest", moment=datetime(2026, 11, 21, tzinfo=timezone.utc))
    with pytest.raises(BackupError, match="latest and the moment 2026-11-21T00:00:00Z are two wishes"):
        restore_plan.check_meant(settings, wish, [])


def test_what_was_being_published_is_brought_to_its_end_before_anything_is_removed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between the databases' change of names and that of their files, the live files have the other name."""
    settings = dataclasses.replace(settings, directory=str(tmp_path))
    done: list[str] = []
    monkeypatch.setattr(restore.publish, "mend_held", lambda _settings: done.append("mended") or "")
    monkeypatch.setattr(restore.odoo_probe, "tidy", lambda _settings: None)
    monkeypatch.setattr(restore, "_end", lambda _folder: None)
    monkeypatch.setattr(restore, "remove_held", lambda _settings, name: done.append(f"removed {name}"))

    def publishing() -> None:
        with restore.making(settings, "erp-restored-1"):
            (Path(settings.home) / restore.publish.JOURNAL).touch()
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        publishing()
    assert done == ["mended", "removed erp-restored-1"]
