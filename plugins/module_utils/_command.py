# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Run a program with a time limit, and say what happened when it went wrong.

Lowest floor of the collection: everything that starts a program goes through
:func:`run`.  What a failure reports is the argument list, the exit code and
the last lines of output; never standard input nor the environment, because
that is where secrets travel.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import typing as t
from dataclasses import dataclass

#: Seconds that a program may take when the caller does not say.
DEFAULT_TIMEOUT: float = 300.0
#: Seconds between two questions to whoever watches a program.
WATCH_EVERY: float = 30.0
#: Seconds between the polite and the final signal of a time-out.
KILL_GRACE: float = 5.0
#: Characters and lines of output that an error carries.
TAIL_CHARACTERS = 4000
TAIL_LINES = 40
TAIL_LINE = 600

RC_CANNOT_START = 126
RC_NOT_FOUND = 127
RC_TIMEOUT = 124


@dataclass(frozen=True)
class Result:
    """What a finished program said.  ``rc`` is negative for a signal."""

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.rc == 0


class CommandError(Exception):
    """A program could not be started, failed, or took too long.

    ``rc`` is the exit code, 127 when the program does not exist and 124 when
    the time limit ended it.  ``stdout`` and ``stderr`` are shortened to the
    last lines.
    """

    def __init__(
        self,
        argv: t.Sequence[str],
        rc: int,
        stdout: str = "",
        stderr: str = "",
        reason: str | None = None,
    ) -> None:
        self.argv: tuple[str, ...] = tuple(argv)
        self.rc = rc
        self.stdout = tail(stdout)
        self.stderr = tail(stderr)
        self.reason = reason or f"exit code {rc}"
        super().__init__(str(self))

    def __reduce__(self) -> tuple[t.Any, ...]:
        # Exceptions are made again from their message alone, when another process has raised them.
        return type(self), (self.argv, self.rc, self.stdout, self.stderr, self.reason)

    @property
    def command(self) -> str:
        """The command as one would type it, for messages."""
        return shlex.join(self.argv)

    @property
    def said(self) -> str:
        """The most telling output: standard error, else standard output."""
        return self.stderr.strip() or self.stdout.strip()

    @property
    def timed_out(self) -> bool:
        return self.rc == RC_TIMEOUT and self.reason.startswith("no end after")

    def __str__(self) -> str:
        message = f"{self.command}: {self.reason}"
        return f"{message}: {self.said}" if self.said else message

    def as_failure(self) -> dict[str, t.Any]:
        """Keys for ``module.fail_json``."""
        return {
            "msg": str(self),
            "cmd": list(self.argv),
            "rc": self.rc,
            "stdout": self.stdout,
            "stderr": self.stderr,
        }


def tail(text: str, lines: int = TAIL_LINES, characters: int = TAIL_CHARACTERS) -> str:
    """The last ``lines`` lines of ``text``, at most ``characters`` long; what is said at length is cut first."""
    kept = [line if len(line) <= TAIL_LINE else f"{line[:TAIL_LINE]}…" for line in text.splitlines()[-lines:]]
    short = "\n".join(kept)
    if len(short) > characters:
        short = "…" + short[-characters:]
    return short


def run(
    argv: t.Sequence[str],
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    stdin: str | bytes | None = None,
    env: t.Mapping[str, str] | None = None,
    cwd: str | None = None,
    check: bool = False,
    watch: t.Callable[[], str] | None = None,
) -> Result:
    """Run ``argv`` without a shell and wait for its end.

    :param argv: program and arguments.  They appear in errors and in the
        process list, so they must not contain secrets.
    :param timeout: seconds, ``None`` for no limit.  The program and all that
        it started are ended when the time is over.
    :param stdin: given to the program; without it, it reads an empty file.
    :param env: added to this process's environment.
    :param cwd: directory to run in.
    :param check: raise :class:`CommandError` for an exit code other than 0.
    :param watch: asked twice a minute; the program is ended when it says why.
    :raises CommandError: the program cannot be started or takes too long;
        with ``check`` also when it fails.

    Output is decoded as UTF-8 with replacement; messages are asked for in
    English (``LC_ALL=C.UTF-8``), since callers read them.
    """
    if isinstance(argv, (str, bytes)) or not argv:
        raise TypeError("argv must be a list of program and arguments")
    args = [os.fspath(arg) for arg in argv]
    environment = dict(os.environ)
    environment["LC_ALL"] = "C.UTF-8"
    environment.pop("LANGUAGE", None)
    if env:
        environment.update(env)
    data = stdin.encode("utf-8") if isinstance(stdin, str) else stdin

    try:
        process = subprocess.Popen(
            args,
            stdin=subprocess.DEVNULL if data is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
    except FileNotFoundError as exc:
        if cwd is not None and not os.path.isdir(cwd):
            raise CommandError(args, RC_NOT_FOUND, reason=f"directory {cwd} does not exist") from exc
        raise CommandError(args, RC_NOT_FOUND, reason=f"program {args[0]} not found") from exc
    except OSError as exc:
        raise CommandError(args, RC_CANNOT_START, reason=f"cannot be started ({exc.strerror})") from exc

    try:
        with _watched(process, watch) as reasons:
            out, err = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        out, err = _end(process)
        raise CommandError(
            args, RC_TIMEOUT, _text(out), _text(err), reason=f"no end after {timeout:g} seconds"
        ) from None
    except BaseException:
        _end(process)
        raise

    if reasons and process.returncode < 0:
        raise CommandError(args, RC_TIMEOUT, _text(out), _text(err), reason=reasons[0])
    result = Result(tuple(args), process.returncode, _text(out), _text(err))
    if check and not result.ok:
        reason = None
        if result.rc < 0:
            reason = f"ended by signal {-result.rc}"
        raise CommandError(args, result.rc, result.stdout, result.stderr, reason)
    return result


@contextlib.contextmanager
def _watched(process: subprocess.Popen[bytes], watch: t.Callable[[], str] | None) -> t.Iterator[list[str]]:
    """Have a program ended when whoever watches it says why; that is then in the list."""
    done, reasons = threading.Event(), list[str]()

    def look() -> None:
        while watch and not done.wait(WATCH_EVERY):
            if said := watch():
                reasons.append(said)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                return

    thread = threading.Thread(target=look, daemon=True)
    if watch:
        thread.start()
    try:
        yield reasons
    finally:
        done.set()


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """End the process group; politely first.  Returns what was said until then."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        try:
            return process.communicate(timeout=KILL_GRACE)
        except subprocess.TimeoutExpired:
            continue
    return b"", b""
