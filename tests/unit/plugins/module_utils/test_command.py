# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs are run for real: the shell and Python are always there."""

from __future__ import annotations

import sys
import time

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _command
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, run, tail


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_success_returns_output() -> None:
    result = run(python("import sys; print('ä'); print('warn', file=sys.stderr)"))
    assert result.ok
    assert (result.rc, result.stdout, result.stderr) == (0, "ä\n", "warn\n")


def test_failure_without_check_is_a_result() -> None:
    assert run(python("raise SystemExit(3)")).rc == 3


def test_failure_with_check_names_command_code_and_words() -> None:
    with pytest.raises(CommandError) as caught:
        run(["sh", "-c", "echo 'no such table' >&2; exit 4"], check=True)
    error = caught.value
    assert error.rc == 4
    assert error.argv[0] == "sh"
    assert "exit code 4" in str(error) and "no such table" in str(error)
    failure = error.as_failure()
    assert failure["rc"] == 4 and failure["stderr"] == "no such table"


def test_falls_back_to_standard_output() -> None:
    with pytest.raises(CommandError, match="only here"):
        run(["sh", "-c", "echo only here; exit 1"], check=True)


def test_stdin_and_environment_reach_the_program_but_not_the_error() -> None:
    code = "import os, sys; assert sys.stdin.read() == 'in-secret'; assert os.environ['X'] == 'env-secret'; sys.exit(1)"
    with pytest.raises(CommandError) as caught:
        run(python(code), stdin="in-secret", env={"X": "env-secret"}, check=True)
    assert caught.value.rc == 1
    assert "Traceback" not in caught.value.stderr
    assert caught.value.stdout == caught.value.stderr == ""
    assert "in-secret" not in repr(vars(caught.value)) or "in-secret" in code  # only in argv, which is ours
    with pytest.raises(CommandError) as caught:
        run(["false"], stdin="in-secret", env={"X": "env-secret"}, check=True)
    assert "secret" not in str(caught.value) + repr(vars(caught.value)) + repr(caught.value.as_failure())


def test_stdin_is_empty_by_default() -> None:
    assert run(["cat"], timeout=5).stdout == ""


def test_bytes_on_stdin() -> None:
    assert run(["cat"], stdin=b"abc").stdout == "abc"


def test_messages_are_asked_for_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    assert run(python("import os; print(os.environ['LC_ALL'], 'LANGUAGE' in os.environ)")).stdout == "C.UTF-8 False\n"


def test_unknown_program() -> None:
    with pytest.raises(CommandError, match="program does-not-exist-here not found") as caught:
        run(["does-not-exist-here"])
    assert caught.value.rc == 127


def test_unknown_directory(tmp_path: object) -> None:
    with pytest.raises(CommandError, match=r"directory .*/missing does not exist"):
        run(["true"], cwd=f"{tmp_path}/missing")


def test_not_executable(tmp_path: object) -> None:
    with pytest.raises(CommandError, match="cannot be started") as caught:
        run([str(tmp_path)])
    assert caught.value.rc == 126


def test_time_limit_ends_the_whole_family() -> None:
    start = time.monotonic()
    with pytest.raises(CommandError, match=r"no end after 0\.5 seconds") as caught:
        run(["sh", "-c", "echo begun; sleep 60 & wait"], timeout=0.5)
    assert time.monotonic() - start < 5
    assert caught.value.timed_out and caught.value.rc == 124
    assert "begun" in caught.value.stdout


def test_time_limit_with_a_program_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_command, "KILL_GRACE", 0.3)
    start = time.monotonic()
    with pytest.raises(CommandError):
        run(python("import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"), timeout=0.5)
    assert time.monotonic() - start < 5


def test_whoever_watches_may_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_command, "WATCH_EVERY", 0.05)
    said = iter(["", "", "the service is in trouble"])
    start = time.monotonic()
    with pytest.raises(CommandError, match="the service is in trouble") as caught:
        run(["sleep", "30"], watch=lambda: next(said))
    assert caught.value.rc == _command.RC_TIMEOUT and time.monotonic() - start < 10
    assert run(["sh", "-c", "sleep 0.3; cat"], stdin="x" * 300_000, watch=lambda: "").stdout == "x" * 300_000


def test_signal_is_named() -> None:
    with pytest.raises(CommandError, match="ended by signal 9"):
        run(["sh", "-c", "kill -9 $$"], check=True)


@pytest.mark.parametrize("argv", ["ls -l", [], b"ls"])
def test_only_lists(argv: object) -> None:
    with pytest.raises(TypeError):
        run(argv)  # type: ignore[arg-type]


def test_command_is_quoted_for_reading() -> None:
    assert CommandError(["a", "b c"], 1).command == "a 'b c'"


def test_tail() -> None:
    assert tail("\n".join(map(str, range(100))), lines=2) == "98\n99"
    assert tail("x" * 50, characters=10) == "…" + "x" * 10
    assert tail("") == ""
