# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Odoo rests and serves again while odoo_database is at work."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._odoo import keeper

from .conftest import World, call


def test_odoo_rests_while_modules_are_installed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    assert call(capsys, world, modules=["crm", "sale"])["installed"] == ["sale"]
    assert world.log == ["stop", "install", "start"]


def test_old_release_stays_stopped(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")
    assert world.log == ["stop", "install"]


def test_failure_leaves_odoo_serving(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    result = call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")
    assert result["failed"]
    assert "Traceback" in result["msg"]
    assert world.serving
    assert world.policy == "unless-stopped"


def test_task_that_takes_too_long_is_ended_first(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()

    def slow(*arguments: t.Any, **options: t.Any) -> t.NoReturn:
        world.leftover = True
        raise CommandError(["odoo"], 124, reason="no end after 1 seconds")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_stack, "compose_run", slow)
        assert call(capsys, world, modules=["crm", "sale"])["failed"]
    assert world.log == ["stop", "stop task", "start"]


@pytest.mark.parametrize("broken", ["nothing happens", "shell fails", "shell says nothing", "database goes away"])
def test_whatever_fails_later_leaves_odoo_serving(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The new release is not there yet: what was stopped for it has to serve on."""
    call(capsys, world)
    world.serving = True
    world.log.clear()
    install = world.compose_run

    def run(directory: str, project: str, service: str, command: list[str], **options: t.Any) -> Result:
        if broken == "nothing happens":
            return Result(("odoo",), 0, "", "")
        if command[1] != "shell":
            result = install(directory, project, service, command, **options)
            if broken == "database goes away":
                world.state = None
            return result
        if broken == "shell fails":
            raise CommandError(command, 1, "", "Traceback")
        return Result(("odoo",), 0, "", "")

    monkeypatch.setattr(_stack, "compose_run", run)
    options = {"modules": ["crm", "sale"], "languages": ["en_US", "de_DE"], "image": "ipai/erp:2"}
    assert call(capsys, world, **options)["failed"]
    assert world.log in (["stop", "start"], ["stop", "install", "start"])
    assert world.serving
    assert world.policy == "unless-stopped"


def test_odoo_that_does_not_start_again_is_told(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call(capsys, world)
    world.serving = True
    world.broken = CommandError(["odoo"], 255, "", "Traceback")

    def start(name: str) -> None:
        raise CommandError(["docker", "start", name], 1, "", "no space left")

    monkeypatch.setattr(_stack, "container_start", start)
    result = call(capsys, world, modules=["crm", "sale"])
    assert "Traceback" in result["msg"]
    assert "no space left" in result["msg"]


def test_typo_stops_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    world.serving = True
    world.log.clear()
    result = call(capsys, world, modules=["crm", "sale", "sael"], image="ipai/erp:2")
    assert result["failed"]
    assert "does not find the modules sael:" in result["msg"]
    assert world.log == []
    # One that was uploaded in Odoo is in the data directory.
    (world.tmp_path / "data" / "addons" / "19.0" / "sael").mkdir(parents=True)
    assert call(capsys, world, modules=["crm", "sale", "sael"], image="ipai/erp:2")["installed"] == ["sale", "sael"]


def test_killed_between_stop_and_start(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine starts it when the machine does; should the next run fail without that, it does so itself."""
    call(capsys, world)
    world.serving = True
    world.broken = KeyboardInterrupt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeper.Keeper, "rescue", lambda self, reason: None)
        with pytest.raises(KeyboardInterrupt):
            call(capsys, world, modules=["crm", "sale"])
    assert not world.serving
    assert world.policy == "always"
    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    assert call(capsys, world, modules=["crm", "sale"])["failed"]
    assert world.serving
    assert world.policy == "unless-stopped", "as if nothing had happened"
    # Nor when there is nothing left to do for the next run.
    world.broken = None
    call(capsys, world, modules=["crm", "sale"])
    world.serving, world.policy = False, "always"
    result = call(capsys, world, modules=["crm", "sale"])
    assert result["changed"]
    assert (world.serving, world.policy) == (True, "unless-stopped")
    assert not call(capsys, world, modules=["crm", "sale"])["changed"]
    # One of another release gets a successor.
    world.serving, world.policy = False, "always"
    assert not call(capsys, world, modules=["crm", "sale"], image="ipai/erp:2")["changed"]
    assert not world.serving
    assert call(capsys, world, modules=["crm", "sael"])["failed"]
    assert world.serving


def test_data_changes_hands_while_odoo_rests(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base image of the new release has another user of Odoo."""
    data = world.tmp_path / "data"
    data.mkdir()
    former = (os.stat(data).st_uid, os.stat(data).st_gid)
    owners = [former]

    def give(path: str, uid: int, gid: int) -> None:
        assert path == str(data) and not world.serving
        owners.append((uid, gid))

    monkeypatch.setattr(keeper, "give", give)
    monkeypatch.setattr(keeper, "given", lambda path, uid, gid: owners[-1] == (uid, gid))
    call(capsys, world)
    world.serving = True
    release: dict[str, t.Any] = {"modules": ["crm", "sale"], "image": "ipai/erp:2", "uid": 4711, "gid": 4712}
    assert call(capsys, world, check=True, **release)["changed"]
    assert owners == [former]

    world.broken = CommandError(["odoo"], 255, "", "Traceback")
    assert call(capsys, world, **release)["failed"]
    assert world.serving
    assert owners == [former, (4711, 4712), former], "the former release has its data again"

    world.broken = None
    assert call(capsys, world, **release)["changed"]
    assert owners[-1] == (4711, 4712) and not world.serving, "its successor takes over"
    assert not call(capsys, world, **release)["changed"]


def test_nothing_is_done_between_two_halves_of_a_restore(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The database may have changed its name, and the filestore not yet."""
    call(capsys, world)
    world.serving = True
    world.log.clear()
    journal = world.tmp_path / "backup" / "publish.json"
    journal.parent.mkdir()
    journal.write_text("{}")
    result = call(capsys, world, modules=["crm", "sale"])
    assert result["failed"] and "ipai-odoo-backup mend erp" in result["msg"]
    assert world.log == []
    journal.unlink()
    assert call(capsys, world, modules=["crm", "sale"])["changed"]
