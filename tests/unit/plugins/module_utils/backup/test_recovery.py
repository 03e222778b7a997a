# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lost environment gets back, and that none begins empty by mistake."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_settings,
    moment,
    pairs,
    private,
    recovery,
    restore,
    restore_plan,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Repository, Settings
from ansible_collections.ipai.odoo.plugins.modules import odoo_recover

AT = datetime(2026, 11, 21, tzinfo=timezone.utc)
PARTS = {part: part for part in (pairs.DATABASE, pairs.FILESTORE, pairs.MANIFEST)}
BACKUP = pairs.Backup("one", AT, {"spaces": PARTS}, {})


@pytest.fixture
def settings(plain: Settings) -> Settings:
    return dataclasses.replace(
        plain,
        repositories=(Repository("disk", "/srv/disk"), Repository("spaces", "/srv/spaces")),
        archive=True,
    )


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> pairs.Catalogue:
    """What the repositories hold; the archive has a former server."""
    found = pairs.Catalogue()
    monkeypatch.setattr(pairs, "catalogue", lambda *_: found)
    monkeypatch.setattr(archive_settings, "load", lambda _name: None)
    monkeypatch.setattr(recovery, "Archive", mock.MagicMock())
    monkeypatch.setattr(moment, "newest_of_former", lambda *_: [["base"]])
    return found


@pytest.mark.parametrize("asked", [None, "", "latest"])
def test_a_wrong_prefix_is_no_new_environment(settings: Settings, found: pairs.Catalogue, asked: str | None) -> None:
    found.passes = {"disk": {}, "spaces": {}}
    assert recovery.wish(settings, asked, None, None) is None
    with pytest.raises(BackupError, match=r"nothing is in disk, spaces\..*odoo_recover_empty=true"):
        recovery.wish(settings, asked, None, None, required=True)
    with pytest.raises(BackupError, match=r"nothing is in spaces\."):
        recovery.wish(settings, asked, None, "spaces", required=True)


def test_nor_are_repositories_that_are_not_there(settings: Settings, found: pairs.Catalogue) -> None:
    bare = Settings(**{**vars(settings), "repositories": ()})
    assert recovery.wish(bare, None, None, None) is None
    with pytest.raises(BackupError, match="none of its repositories is there"):
        recovery.wish(bare, None, None, None, required=True)


@pytest.mark.parametrize("asked", [None, "latest"])
def test_nobody_knows_the_newest_while_a_repository_is_silent(
    settings: Settings, found: pairs.Catalogue, asked: str | None
) -> None:
    found.backups, found.problems = [BACKUP], {"spaces": "spaces does not answer"}
    with pytest.raises(BackupError, match=r"spaces does not answer.*recover_repository"):
        recovery.wish(settings, asked, None, None)


def test_what_is_wanted(settings: Settings, found: pairs.Catalogue) -> None:
    found.backups = [BACKUP]
    assert recovery.wish(settings, None, None, None, required=True) == restore_plan.Wish(newest=True, publish=True)
    assert recovery.wish(settings, "latest", None, None) == restore_plan.Wish(publish=True)
    assert recovery.wish(settings, "one", None, "disk") == restore_plan.Wish(
        backup="one", repository="disk", publish=True
    )
    assert recovery.wish(settings, None, AT, None) == restore_plan.Wish(moment=AT, publish=True)


def test_passwords_come_from_where_the_backup_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest files may be in another repository than the newest backup."""
    disk, spaces = pairs.repositories(settings)
    planned = restore_plan.Plan(restore_plan.Wish(newest=True), "r", "b", place=disk, backup=BACKUP)
    monkeypatch.setattr(restore_plan, "plan", lambda *_: planned)
    monkeypatch.setattr(restore, "restore", lambda *_: {})
    monkeypatch.setattr(private, "restore", lambda _settings, place, snapshot: [str(place), snapshot])
    done = recovery.recover(settings, planned.wish, secrets=True, say=lambda _text: None)
    assert done["secrets"] == [str(spaces), pairs.MANIFEST]


def test_check_mode_of_an_empty_droplet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there are settings, nobody can be asked; afterwards, check mode asks as usual."""
    params = dict.fromkeys(("backup", "target_time", "repository")) | {"environment": "erp", "required": True}
    module = SimpleNamespace(params=params, check_mode=True, _diff=False, exit_json=mock.Mock(side_effect=SystemExit))
    module.fail_json = mock.Mock(side_effect=SystemExit)
    monkeypatch.setattr(odoo_recover, "AnsibleModule", lambda **_: module)
    known: list[str] = []
    monkeypatch.setattr(odoo_recover.settings, "known", lambda: known)
    with pytest.raises(SystemExit):
        odoo_recover.main()
    module.exit_json.assert_called_once_with(left=False, changed=False)

    known.append("erp")
    asked: list[Any] = []
    monkeypatch.setattr(odoo_recover.settings, "load", lambda _name: None)
    monkeypatch.setattr(odoo_recover.recovery, "needed", lambda _settings: True)
    monkeypatch.setattr(odoo_recover.recovery, "wish", lambda *_a, **more: asked.append(more) or restore_plan.Wish())
    with pytest.raises(SystemExit):
        odoo_recover.main()
    module.exit_json.assert_called_with(changed=True, left=False)
    assert asked == [{"required": True}]
