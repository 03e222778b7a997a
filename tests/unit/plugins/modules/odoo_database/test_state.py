# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What odoo_database does to a database."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import State

from .conftest import PASSWORD, World, call


def test_check_make_check_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    planned = call(capsys, world, check=True)
    assert planned["changed"]
    assert planned["initialised"]
    assert world.log == []
    made = call(capsys, world)
    assert made["diff"] == planned["diff"]
    assert made["installed"] == ["base", "crm"]
    assert made["administrator"]
    assert world.log == ["install", "shell"]
    for check in (True, False):
        again = call(capsys, world, check=check)
        assert not again["changed"]
        assert again["diff"]["before"] == again["diff"]["after"] == {}
    assert world.log == ["install", "shell"]


def test_one_at_a_time(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with _lock.hold(_lock.environment("erp")):
        result = call(capsys, world, timeout=0)
        assert result["failed"] and "another run has had it" in result["msg"] and world.log == []
        # Nothing is changed: nobody to wait for.
        assert "failed" not in call(capsys, world, check=True, timeout=0)
    assert call(capsys, world)["changed"]


def test_only_a_given_password_is_set_again(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, world)
    (world.tmp_path / "admin").write_text(PASSWORD + "x")
    changed = call(capsys, world)
    assert changed["administrator"]
    assert world.log == ["install", "shell", "shell"]
    assert not call(capsys, world)["changed"]
    # Another database behind the same name has not got it.
    assert world.state is not None
    world.state = dataclasses.replace(world.state, uuid="other")
    assert call(capsys, world)["administrator"]


def test_module_of_another_series_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said = (
        "2026-11-21 05:04:27,589 7 CRITICAL erp odoo.service.server: Failed to initialize database `erp`.\n"
        "ValueError: Invalid version '19.0.1.0.0'. Modules should have a version in format `x.y`, `x.y.z`, `18.0.x.y`"
        " or `18.0.x.y.z`.\n\nThe above exception was the direct cause of the following exception:\n\n"
        "ValueError: Module ipai_demo: invalid manifest\n"
    )
    world.broken = CommandError(["odoo"], 255, "", said)
    result = call(capsys, world)
    assert result["failed"]
    assert result["msg"].startswith(
        "module ipai_demo has version 19.0.1.0.0, which this series of Odoo does not accept"
    )
    assert "odoo_addon_repositories" in result["msg"]
    assert "Traceback" not in result["msg"]


def test_what_a_person_has_marked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Odoo would carry it out with the next installation: an uninstallation that nobody has confirmed."""
    call(capsys, world)
    assert world.state is not None
    marked = {**world.state.modules, "stock": "to remove", "crm": "to upgrade"}
    world.state = dataclasses.replace(world.state, modules=marked)
    world.serving = True
    world.log.clear()
    for check in (True, False):
        assert not call(capsys, world, check=check)["changed"]
        result = call(capsys, world, check=check, modules=["crm", "sale"])
        assert result["failed"]
        assert "crm (to upgrade), stock (to remove)" in result["msg"]
    assert world.log == []
    assert call(capsys, world, parameters={"a": "b"})["parameters"] == ["a"]
    assert world.log == ["shell"]


def test_container_of_somebody_else(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leftover = True
    container = world.container

    def foreign(name: str) -> dict[str, t.Any] | None:
        document = container(name)
        if document and name == "erp-task":
            document["Config"]["Labels"]["com.docker.compose.project"] = "erp-task"
        return document

    monkeypatch.setattr(_stack, "container", foreign)
    result = call(capsys, world)
    assert result["failed"]
    assert "erp-task" in result["msg"]
    assert world.leftover


def test_interrupted_run_is_finished(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.state = State(begun=True, modules={"base": "installed", "crm": "to install", "mail": "to install"})
    result = call(capsys, world)
    assert result["initialised"]
    assert result["resumed"] == ["mail"]
    assert world.state.modules["crm"] == "installed"
    assert not call(capsys, world)["changed"]


def test_unknown_module(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    call(capsys, world)
    monkeypatch.setattr(_stack, "compose_run", lambda *arguments, **options: Result(("odoo",), 0, "", ""))
    result = call(capsys, world, modules=["crm", "nowhere"])
    assert result["failed"]
    assert "nowhere" in result["msg"]


def test_database_that_does_not_answer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    known = world.state
    world.state = None
    assert call(capsys, world, check=True)["initialised"]
    result = call(capsys, world)
    assert result["failed"]
    assert result["msg"] == "nobody there"
    # A database that was there once is not taken for one that will be made.
    world.state = known
    call(capsys, world)
    world.state = None
    assert call(capsys, world, check=True)["msg"] == "nobody there"
