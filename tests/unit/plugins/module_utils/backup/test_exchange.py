# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import server
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result

#: No process has it: the kernel's greatest number is 2**22.
NOBODY = 2**22 + 1


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"Source": "/srv/data", "Destination": "/var/lib/postgresql/data"}]
    monkeypatch.setattr(_stack, "container", lambda _name: {"Mounts": found})
    monkeypatch.setattr(_stack, "container_exec", lambda *_a, **_k: Result(("id",), 0, "101\n", ""))
    return found


def test_a_container_from_before_has_docker_carry_the_stream(mounts: list[dict[str, Any]]) -> None:
    program = server.Server("pg").dump("erp")
    assert program.fifo == ""
    assert list(program.argv[:6]) == ["docker", "exec", "--interactive", "--user", "postgres", "pg"]
    assert program.argv[6] == "pg_dump"


def test_both_sides_name_the_same_fifo(mounts: list[dict[str, Any]], tmp_path: Path) -> None:
    option, volume = server.exchange(str(tmp_path))
    folder, inside, mode = volume.split(":")
    mounts.append({"Source": folder, "Destination": inside})
    assert (option, mode) == ("--volume", "ro")
    assert os.stat(folder).st_mode & 0o777 == 0o711
    for program in (server.Server("pg").dump("erp"), server.Server("pg").restore("erp")):
        assert os.path.dirname(program.fifo) == folder
        assert program.owner == 101
        assert f"{inside}/{os.path.basename(program.fifo)}" in program.argv


def test_what_a_killed_run_left_is_removed_and_what_is_in_use_is_not(
    mounts: list[dict[str, Any]], tmp_path: Path
) -> None:
    mounts.append({"Source": str(tmp_path), "Destination": server.EXCHANGE})
    for name in (f"{NOBODY}-0a", f"{os.getpid()}-0b"):
        os.mkfifo(tmp_path / name)
    server.Server("pg").dump("erp")
    assert os.listdir(tmp_path) == [f"{os.getpid()}-0b"]
