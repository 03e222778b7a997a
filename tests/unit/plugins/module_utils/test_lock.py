# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lock, "PAUSE", 0.01)


def test_free(locks: Path) -> None:
    for _unused in range(2):
        with _lock.hold("network") as waited:
            assert not waited
    assert stat.S_IMODE(locks.stat().st_mode) == 0o700
    assert stat.S_IMODE((locks / "network.lock").stat().st_mode) == 0o600


def test_lets_one_in_and_then_the_next() -> None:
    with _lock.hold(_lock.environment("erp")):
        with pytest.raises(CommandError, match=r"environment-erp\.lock: another run"), _lock.hold("environment-erp", 0):
            pass
        with _lock.hold(_lock.environment("staging")) as waited:
            assert not waited, "another environment has another lock"
    with _lock.hold("environment-erp", 0) as waited:
        assert not waited


def test_says_that_it_waited() -> None:
    said = []

    def second() -> None:
        with _lock.hold("nginx", 10) as waited:
            said.append(waited)

    thread = threading.Thread(target=second)
    with _lock.hold("nginx"):
        thread.start()
        thread.join(0.1)
        assert said == []
    thread.join(10)
    assert said == [True]


def test_says_who_has_it() -> None:
    with (
        _lock.hold("archive-pg", what="full backup"),
        pytest.raises(CommandError, match=rf"full backup has had it .* \(process {os.getpid()}\)"),
        _lock.hold("archive-pg", 0),
    ):
        pass


def test_some_locks_are_shared() -> None:
    with _lock.hold("snapshots-erp", 0, "a drill", shared=True):
        with _lock.hold("snapshots-erp", 0, "a restore", shared=True) as waited:
            assert not waited
        with pytest.raises(CommandError, match="has had it"), _lock.hold("snapshots-erp", 0):
            pass
    with (
        _lock.hold("snapshots-erp", 0, "the removal"),
        pytest.raises(CommandError, match="the removal has had it"),
        _lock.hold("snapshots-erp", 0, shared=True),
    ):
        pass
