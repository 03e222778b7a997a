# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import functools
import json
import os
import shutil
import stat
import typing as t
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import preparation, settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic, Snapshot
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result

KEY = "kT7mQw3zR8vN2xB9"


class Repositories:
    """Repositories that remember the key they were made with; restic itself is asked in the integration tests."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.asked: list[str] = []
        self.held: dict[str, list[Snapshot]] = {}

    def exists(self, restic: Restic) -> bool:
        self.asked.append(restic.key_file)
        assert stat.S_IMODE(os.stat(restic.key_file).st_mode) == 0o600
        name = restic.repository.name
        if name not in self.keys:
            return False
        if self.keys[name] != Path(restic.key_file).read_text():
            raise RepositoryError(f"{name} was made with another key")
        return True

    def snapshots(self, restic: Restic) -> list[Snapshot]:
        assert self.exists(restic)
        return self.held.get(restic.repository.name, [])

    def initialise(self, restic: Restic, _like: Restic | None = None) -> None:
        self.keys[restic.repository.name] = Path(restic.key_file).read_text()


@pytest.fixture
def repositories(monkeypatch: pytest.MonkeyPatch) -> Repositories:
    fake = Repositories()
    monkeypatch.setattr(Restic, "exists", functools.partialmethod(lambda restic, of: of.exists(restic), fake))
    monkeypatch.setattr(Restic, "snapshots", functools.partialmethod(lambda restic, of: of.snapshots(restic), fake))
    monkeypatch.setattr(Restic, "initialise", lambda restic, like=None: fake.initialise(restic, like))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(preparation, "run", lambda *_a, **_k: Result(("restic",), 0, "restic 0.18.0 compiled", ""))
    return fake


@pytest.fixture
def etc(tmp_path: Path) -> str:
    return str(tmp_path / "etc")


def wish(home: Path, *, key: str | None = None, webhook: str = "", names: t.Sequence[str] = ("disk",)) -> t.Any:
    document = {
        **dict.fromkeys(("server", "host", "database", "user", "sslmode", "container", "restart"), "erp"),
        "environment": "erp",
        "directory": str(home / "srv"),
        "port": 5432,
        "password_file": "/password",
        "key_file": "",
        "repositories": [
            {"name": name, "path": "odoo", "endpoint": "s3.example.com", "bucket": "b"}
            if name.startswith("spaces")
            else {"name": name, "path": f"/srv/{name}"}
            for name in names
        ],
    }
    secrets = {name: ("AK", "s3cret-2" if name == "spaces-2" else "s3cret") for name in names}
    found = preparation.with_files(settings.parse(document), secrets, webhook)
    return preparation.Wish(found, secrets, key, webhook)


def prepare(wanted: preparation.Wish, etc: str) -> preparation.Plan:
    found = preparation.plan(wanted, etc)
    preparation.carry_out(wanted, found)
    return found


def prepare_settings(wanted: preparation.Wish, etc: str) -> t.Sequence[settings.Repository]:
    """The repositories that are in the settings afterwards."""
    found = preparation.plan(wanted, etc)
    preparation.carry_out(wanted, found)
    return settings.load("erp", etc).repositories


pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="files are root's")


def test_everything_is_made_once(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    wanted = wish(tmp_path, names=("disk", "spaces"), webhook="https://example.com/s3cret")
    first = prepare(wanted, etc)
    assert first.changed and first.key is None and first.missing == ["disk", "spaces"]
    key = Path(wanted.settings.key_file).read_text()
    assert len(key) >= 24 and repositories.keys == {"disk": key, "spaces": key}
    assert settings.load("erp", etc) == wanted.settings
    assert "s3cret" not in (Path(etc) / "erp.json").read_text()
    credentials = Path(wanted.settings.repositories[1].credentials_file)
    assert credentials.read_text() == "[default]\naws_access_key_id = AK\naws_secret_access_key = s3cret\n"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert not preparation.plan(wanted, etc).changed


def test_a_repository_that_has_vanished_is_not_made_anew(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    wanted = wish(tmp_path, names=("disk", "spaces"))
    prepare(wanted, etc)
    key = repositories.keys.pop("disk")
    with pytest.raises(BackupError, match=r"/srv/disk any more.*not mounted.*another path"):
        preparation.plan(wanted, etc)
    elsewhere = wish(tmp_path, names=("other", "spaces"))
    assert prepare(elsewhere, etc).missing == ["other"] and repositories.keys["other"] == key


def test_backups_of_a_lost_droplet_are_not_gone_on_with(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    """Its empty Odoo would become the newest backup."""
    wanted = wish(tmp_path, names=("disk", "spaces"), key=KEY)
    repositories.keys["spaces"] = KEY
    assert preparation.plan(wanted, etc).missing == ["disk"], "a repository without backups is no matter"
    repositories.held["spaces"] = [
        Snapshot("a" * 64, datetime(2026, 11, day, 2, tzinfo=timezone.utc), {}) for day in (3, 4)
    ]
    for dry_run in (True, False):
        with pytest.raises(
            BackupError, match=r"in spaces that .* of 2026-11-04 02:00 UTC.*ipai\.odoo\.recover.*backup_adopt"
        ):
            preparation.plan(wanted, etc, dry_run=dry_run)
    assert not Path(etc).exists() and "disk" not in repositories.keys
    recovering = dataclasses.replace(wanted, make=False)
    assert [one.name for one in prepare_settings(recovering, etc)] == ["spaces"], "the playbook recover looks itself"
    assert prepare(wanted, etc).missing == ["disk"], "and then they are this droplet's"


def test_somebody_else_s_backups_are_gone_on_with_when_asked(
    tmp_path: Path, etc: str, repositories: Repositories
) -> None:
    wanted = wish(tmp_path, key=KEY)
    repositories.keys["disk"] = KEY
    repositories.held["disk"] = [Snapshot("a" * 64, datetime(2026, 11, 3, tzinfo=timezone.utc), {})]
    prepare(dataclasses.replace(wanted, adopt=True), etc)
    assert not preparation.plan(wanted, etc).changed, "for one run is enough"


def test_a_run_that_was_killed_before_its_repositories_goes_on(
    tmp_path: Path, etc: str, repositories: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = wish(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Restic, "initialise", mock.Mock(side_effect=RepositoryError("no space")))
        with pytest.raises(RepositoryError):
            prepare(wanted, etc)
    assert prepare(wanted, etc).missing == ["disk"] and not preparation.plan(wanted, etc).changed


def test_a_recovery_looks_before_a_repository_is_made(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    """A wrong prefix must not become a fresh repository that has nothing to recover."""
    repositories.keys["spaces"] = KEY
    wanted = wish(tmp_path, key=KEY, names=("disk", "spaces"))
    first = prepare(dataclasses.replace(wanted, make=False), etc)
    assert first.missing == [] and repositories.keys == {"spaces": KEY}
    assert [one.name for one in settings.load("erp", etc).repositories] == ["spaces"]
    assert prepare(wanted, etc).missing == ["disk"] and repositories.keys["disk"] == KEY
    assert settings.load("erp", etc) == wanted.settings
    assert not preparation.plan(dataclasses.replace(wanted, make=False), etc).changed


def test_buckets_of_one_key_pair_share_its_file(tmp_path: Path) -> None:
    wanted = wish(tmp_path, names=("spaces", "spaces-1", "spaces-2", "disk"))
    files = [one.credentials_file.rpartition("/")[2] for one in wanted.settings.repositories]
    assert files == ["backup_s3_spaces", "backup_s3_spaces", "backup_s3_spaces-2", ""]


def test_no_diff_shows_a_secret(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    prepare(wish(tmp_path, names=("spaces",), webhook="https://example.com/s3cret"), etc)
    wanted = wish(tmp_path, names=("spaces",), webhook="https://example.com/other-s3cret")
    shown = json.dumps(preparation.plan(wanted, etc).diff(preparation.hidden(wanted.settings)))
    assert "not shown" in shown and "s3cret" not in shown


def test_a_given_key_is_taken(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    repositories.keys["disk"] = KEY
    wanted = wish(tmp_path, key=KEY)
    assert prepare(wanted, etc).missing == []
    assert Path(wanted.settings.key_file).read_text() == KEY


@pytest.mark.parametrize("key", [None, KEY])
def test_a_repository_of_another_key_is_refused(
    tmp_path: Path, etc: str, repositories: Repositories, key: str | None
) -> None:
    repositories.keys["disk"] = "another"
    with pytest.raises(RepositoryError, match="another key"):
        preparation.plan(wish(tmp_path, key=key), etc)
    assert not (tmp_path / "srv").exists() and not Path(etc).exists()


def test_the_droplet_s_key_is_never_exchanged(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    wanted = wish(tmp_path)
    prepare(wanted, etc)
    before = Path(wanted.settings.key_file).read_text()
    with pytest.raises(BackupError, match="not the one of backup_key") as caught:
        preparation.plan(wish(tmp_path, key=KEY), etc)
    assert KEY not in str(caught.value) and before not in str(caught.value)
    assert Path(wanted.settings.key_file).read_text() == before


def test_a_webhook_goes(tmp_path: Path, etc: str, repositories: Repositories) -> None:
    prepare(wish(tmp_path, webhook="https://example.com/s3cret"), etc)
    path = tmp_path / "srv" / "secrets" / "backup_webhook"
    assert path.exists()
    prepare(wish(tmp_path), etc)
    assert not path.exists()


def test_check_mode_before_restic_is_there(tmp_path: Path, etc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    found = preparation.plan(wish(tmp_path), etc, dry_run=True)
    assert found.changed and found.missing == ["disk"]


@pytest.mark.parametrize("said", ["restic 0.14.0 (v0.14.0)", "restic 0.18.0 compiled with go", "restic 1.0.0", "built"])
def test_versions_that_will_do(said: str) -> None:
    preparation.check_version(said)


def test_a_version_that_is_too_old() -> None:
    with pytest.raises(BackupError, match=r"restic 0\.12 is too old"):
        preparation.check_version("restic 0.12.1 compiled with go1.17")
