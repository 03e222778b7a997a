# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _pipeline
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def keep(path: Path) -> list[str]:
    """A reader that keeps what it was sent only when it is told of the end, as a repository does."""
    return shell(f"cat >{path}.part && mv {path}.part {path} && echo kept")


def test_everything_arrives(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = _pipeline.pump(shell("seq 400000; echo said >&2"), keep(out), timeout=30)
    assert done.size == out.stat().st_size == sum(len(str(number)) + 1 for number in range(1, 400001))
    assert done.reader.stdout == "kept\n"


def test_nothing_is_kept_of_a_writer_that_fails_at_its_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="exit code 3: worn out") as caught:
        _pipeline.pump(shell("seq 1000; echo worn out >&2; exit 3"), keep(out), timeout=30)
    assert caught.value.argv[:2] == ("sh", "-c")
    assert not out.exists()


def test_nothing_is_kept_of_a_writer_that_was_killed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(CommandError, match="exit code -9"):
        _pipeline.pump(shell("seq 1000; kill -9 $$"), keep(out), timeout=30)
    assert not out.exists()


def test_a_reader_that_goes_early_is_the_one_to_blame() -> None:
    with pytest.raises(CommandError, match="disk full") as caught:
        _pipeline.pump(shell("yes"), shell("head -c 100000 >/dev/null; echo disk full >&2; exit 7"), timeout=30)
    assert caught.value.rc == 7


def test_a_reader_that_goes_early_and_says_that_all_is_well_is_not_believed() -> None:
    with pytest.raises(CommandError, match="exit code 0"):
        _pipeline.pump(shell("yes"), shell("head -c 100000 >/dev/null"), timeout=30)


def test_time_limit(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(CommandError, match="no end after 1 seconds") as caught:
        _pipeline.pump(shell("while :; do echo x; sleep 0.1; done"), keep(tmp_path / "out"), timeout=1)
    assert caught.value.rc == 124
    assert time.monotonic() - start < 10
    assert not (tmp_path / "out").exists()


def test_standstill(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing has moved for 1 seconds"):
        _pipeline.pump(shell("echo x; sleep 60"), keep(tmp_path / "out"), timeout=60, stall=1)
    with pytest.raises(CommandError, match="nothing has moved for 1 seconds"):
        _pipeline.pump(shell("yes"), shell("sleep 60"), timeout=60, stall=1)


@pytest.mark.parametrize("place", [0, 1])
def test_a_program_that_is_not_there(place: int) -> None:
    commands = [shell("yes"), shell("cat >/dev/null")]
    commands[place] = ["/no/such/program"]
    with pytest.raises(CommandError, match="/no/such/program: cannot be started"):
        _pipeline.pump(*commands, timeout=30)


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pipeline, "PROGRESS", 0.05)
    seen: list[int] = []
    done = _pipeline.pump(
        shell("for i in 1 2 3 4; do echo x; sleep 0.1; done"), ["cat"], timeout=30, progress=seen.append
    )
    assert seen == sorted(seen)
    assert seen
    assert done.reader.stdout == "x\n" * 4


def test_environments_are_their_own() -> None:
    done = _pipeline.pump(
        shell("echo $SIDE"), shell('cat; echo "$SIDE"'), timeout=30, writer_env={"SIDE": "a"}, reader_env={"SIDE": "b"}
    )
    assert done.reader.stdout == "a\nb\n"


def through(fifo: Path, redirection: str, script: str) -> _pipeline.Program:
    """As in a container: opened late, and without waiting for the other end."""
    opened = f'sleep 0.3; exec 3<>"$0"; exec sh -c "$1" {redirection}"$0" 3<&-'
    return _pipeline.Program(["sh", "-c", opened, str(fifo), script], str(fifo))


def test_streams_pass_through_fifos_of_both_and_nothing_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for script in ("seq 400000", "echo little"):
        writer, reader = through(tmp_path / "a", ">", script), through(tmp_path / "b", "<", keep(out)[2])
        done = _pipeline.pump(writer, reader, timeout=30)
        assert done.size == out.stat().st_size > 0
        assert os.listdir(tmp_path) == ["out"]


def test_a_writer_that_never_opens_its_fifo_fails(tmp_path: Path) -> None:
    writer = _pipeline.Program(shell("echo no such database >&2; exit 4"), str(tmp_path / "fifo"))
    with pytest.raises(CommandError, match="no such database") as caught:
        _pipeline.pump(writer, keep(tmp_path / "out"), timeout=30)
    assert caught.value.rc == 4
    assert set(os.listdir(tmp_path)) <= {"out.part"}


def test_nothing_is_kept_of_a_writer_that_is_killed_behind_its_fifo(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="exit code -9"):
        _pipeline.pump(through(tmp_path / "fifo", ">", "seq 1000; kill -9 $$"), keep(tmp_path / "out"), timeout=30)
    assert set(os.listdir(tmp_path)) <= {"out.part"}


def test_a_reader_that_leaves_its_fifo_is_the_one_to_blame(tmp_path: Path) -> None:
    for script in ("exit 7", "head -c 100000 >/dev/null; exit 7"):
        with pytest.raises(CommandError) as caught:
            _pipeline.pump(shell("yes"), through(tmp_path / "fifo", "<", script), timeout=30)
        assert caught.value.rc == 7


def test_time_limit_of_a_fifo_whose_program_outlives_what_started_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    # As in a container: what is ended here is not the program itself, which holds the FIFO on.
    outlives = _pipeline.Program(shell(f"setsid sh -c 'echo x; sleep 5' >{fifo} 2>&1 & exec sleep 60"), str(fifo))
    with pytest.raises(CommandError, match="nothing has moved for 1 seconds"):
        _pipeline.pump(outlives, ["cat"], timeout=60, stall=1)


def test_a_writer_ends_when_a_run_is_killed(tmp_path: Path) -> None:
    fifo, mark = tmp_path / "fifo", tmp_path / "ended"
    script = f"trap '' PIPE; while echo x; do :; done 2>/dev/null; touch {mark}"
    child = os.fork()
    if not child:
        try:
            _pipeline.pump(through(fifo, ">", script), shell("cat >/dev/null"), timeout=60)
        finally:
            os._exit(1)
    time.sleep(1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for _unused in range(50):
        if mark.exists():
            return
        time.sleep(0.1)
    raise AssertionError("it writes on")
