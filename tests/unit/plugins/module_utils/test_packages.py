# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dpkg says, and the commands that follow from it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._packages import Packages, missing, parse

LISTING = "ii |nginx\nrc |openssl\nhi |util-linux\nun |exim4\n"
HALF = "iU |a\niF |b\niH |c\niW |man-db\nit |libc-bin\n"


def test_installed() -> None:
    assert parse(LISTING, []).installed == {"nginx", "util-linux"}
    assert parse(HALF, []).installed == {"man-db", "libc-bin"}, "these wait for triggers alone"


@pytest.mark.parametrize(
    ("updates", "listing", "interrupted"),
    [
        ([], LISTING, False),
        (["tmp.i"], LISTING, False),
        (["0001"], LISTING, True),
        ([], "ii |a\niU |b\n", True),
        ([], "iF |a\n", True),
        ([], "it |a\n", True),
        ([], "", False),
    ],
)
def test_what_was_cut_off(updates: list[str], listing: str, interrupted: bool) -> None:
    assert parse(listing, updates).interrupted is interrupted


def test_missing() -> None:
    have = {"nginx", "chrony"}
    assert missing(["nginx", "openssl", "openssl", "python3-venv"], have) == ["openssl", "python3-venv"]
    assert missing(["systemd-timesyncd | chrony | ntpsec"], have) == []
    assert missing(["ntpsec | openntpd"], have) == ["ntpsec"]


class Machine:
    """Writes down what is run; fails as often as it is told."""

    def __init__(self, updates: Path, failures: int = 0, said: str = "") -> None:
        self.calls: list[str] = []
        self.pauses: list[float] = []
        self.failures, self.said = failures, said
        self.packages = Packages(self.run, str(updates), self.pauses.append)

    def run(self, argv: t.Sequence[str], **options: t.Any) -> Result:
        self.calls.append(" ".join(argv))
        if self.failures:
            self.failures -= 1
            raise CommandError(argv, 100, stderr=self.said)
        return Result(tuple(argv), 0, LISTING, "")


def test_lists_are_read_before_an_installation(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.packages.install(["nginx", "openssl"])
    update, install = machine.calls
    assert update.endswith(" update")
    assert install.endswith(" --yes --no-install-recommends install nginx openssl")


def test_state_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "0007").touch()
    assert Machine(tmp_path).packages.state().interrupted
    assert not Machine(tmp_path / "none").packages.state().interrupted


@pytest.mark.parametrize(
    "said",
    [
        "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)",
        "dpkg: error: dpkg frontend lock was locked by /usr/bin/apt-get process with pid 244",
        "dpkg: error: dpkg database is locked by another process",
    ],
)
def test_a_lock_is_waited_for(said: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path, failures=2, said=said)
    machine.packages.finish()
    assert len(machine.calls) == 3 and len(machine.pauses) == 2


@pytest.mark.parametrize(("said", "tries"), [("E: Unable to locate package x", 1), ("locked by another process", 61)])
def test_other_failures_and_endless_locks_are_told(said: str, tries: int, tmp_path: Path) -> None:
    machine = Machine(tmp_path, failures=1000, said=said)
    with pytest.raises(CommandError, match=said):
        machine.packages.finish()
    assert len(machine.calls) == tries
