# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Two programs, one of which writes what the other reads, and no success unless both succeed.

In a shell's pipe, the reader takes the end of a writer that was killed for the
end of the data.  Here the reader is told of the end only when the writer has
ended well; otherwise it is ended first and has nothing to keep.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import select
import signal
import subprocess
import termios
import threading
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._command import (
    KILL_GRACE,
    RC_NOT_FOUND,
    RC_TIMEOUT,
    CommandError,
    Result,
)

#: Bytes that are carried at once, and that a FIFO holds.
CHUNK = 1 << 20
#: Seconds without a byte after which the two are taken for stuck.
STALL = 900.0
#: Seconds between two reports of progress.
PROGRESS = 5.0

#: Makes another stream of a stream that comes in parts of any size.  A ValueError says what is wrong with that.
Transformation = t.Callable[[t.Iterable[bytes]], t.Iterable["bytes | memoryview"]]


@dataclass(frozen=True)
class Program:
    """A program with a stream that does not go through its standard output or input: what starts it may be slow there.

    It opens the FIFO without waiting for us, and keeps no second end of it open, so that it ends when we are gone.

    :param fifo: made for it, and gone afterwards; the standard stream is used where it is empty.
    :param owner: the number of the user that it runs as.
    :param env: added to its environment.
    """

    argv: t.Sequence[str]
    fifo: str = ""
    owner: int = -1
    env: t.Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pumped:
    """What went through, in bytes, and what the reading program said."""

    size: int
    reader: Result


@dataclass
class _End:
    reason: str = ""


def pump(
    writer: Program | t.Sequence[str],
    reader: Program | t.Sequence[str],
    *,
    timeout: float,
    stall: float = STALL,
    writer_env: t.Mapping[str, str] | None = None,
    reader_env: t.Mapping[str, str] | None = None,
    progress: t.Callable[[int], None] | None = None,
    output: t.IO[bytes] | None = None,
    through: Transformation = iter,
) -> Pumped:
    """Run both until both have ended well.

    :param timeout: seconds for the whole; ``stall`` for a moment in which nothing flows.
    :param progress: told the bytes that went through, every few seconds.
    :param output: file that takes what the reader writes; without it, the end of that is kept.
    :param through: what the stream goes through; it may take and add padding, which is not counted.
    :raises CommandError: of the one that failed first.
    """
    writer, reader = (one if isinstance(one, Program) else Program(one) for one in (writer, reader))
    with fifo(writer) as outlet, fifo(reader) as inlet:
        variables = {**writer.env, **(writer_env or {})}
        source = _start(writer.argv, variables, subprocess.DEVNULL, subprocess.DEVNULL if outlet else subprocess.PIPE)
        try:
            target = subprocess.PIPE if output is None else output
            variables = {**reader.env, **(reader_env or {})}
            sink = _start(reader.argv, variables, subprocess.DEVNULL if inlet else subprocess.PIPE, target)
        except CommandError:
            _kill(source)
            source.communicate()
            raise
        end = _End()
        moved = [0, time.monotonic()]
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(source, sink, moved, timeout, stall, end, done), daemon=True)
        said = [_Listener(source.stderr), _Listener(sink.stderr), _Listener(sink.stdout)]
        leaves, enters = t.cast("t.IO[bytes]", outlet or source.stdout), t.cast("t.IO[bytes]", inlet or sink.stdin)
        watch.start()
        try:
            broken = _move(source, sink, leaves, enters, moved, progress, through)
            if broken:
                # The reader has gone: what it says is the reason, and the writer must not wait for ever.
                _kill(source)
            if source.wait() != 0 and not broken:
                _kill(sink)
            elif inlet:
                _settle(inlet, sink)
            enters.close()
            sink.wait()
        except BaseException:
            for one in (sink, source):
                _kill(one)
                one.wait()
            raise
        finally:
            done.set()
            watch.join()
            leaves.close()
            enters.close()
    errors, complaints, words = (one.text() for one in said)
    if end.reason:
        late = reader if broken else writer
        raise CommandError(late.argv, RC_TIMEOUT, words, complaints or errors, reason=end.reason)
    if source.returncode != 0 and not broken:
        raise CommandError(writer.argv, source.returncode, "", errors)
    if sink.returncode != 0 or broken:
        raise CommandError(reader.argv, sink.returncode, words, complaints)
    return Pumped(int(moved[0]), Result(tuple(reader.argv), sink.returncode, words, complaints))


@contextlib.contextmanager
def fifo(program: Program) -> t.Iterator[t.IO[bytes] | None]:
    """Our end of a program's FIFO.

    It is open both ways, so that the other end may be opened late, or not at all: the end of a stream is that of its
    program.
    """
    if not program.fifo:
        yield None
        return
    os.mkfifo(program.fifo, 0o600)
    try:
        os.chown(program.fifo, program.owner, -1)
        with open(program.fifo, "r+b", buffering=0) as end:
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, CHUNK)
            yield end
    finally:
        os.unlink(program.fifo)


def _settle(inlet: t.IO[bytes], sink: subprocess.Popen[bytes]) -> None:
    """Wait until a FIFO is empty: closed before the reader has opened it, it would lose what it holds."""
    left = array.array("i", [0])
    while sink.poll() is None:
        fcntl.ioctl(inlet, termios.FIONREAD, left)
        if not left[0]:
            return
        time.sleep(0.05)


def _start(
    argv: t.Sequence[str], env: t.Mapping[str, str], stdin: int, stdout: int | t.IO[bytes]
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **env}
    try:
        return subprocess.Popen(
            list(argv),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            bufsize=0,
            pipesize=CHUNK,
        )
    except OSError as exc:
        raise CommandError(argv, RC_NOT_FOUND, reason=f"cannot be started ({exc.strerror})") from exc


def _move(
    source: subprocess.Popen[bytes],
    sink: subprocess.Popen[bytes],
    leaves: t.IO[bytes],
    enters: t.IO[bytes],
    moved: list[float],
    progress: t.Callable[[int], None] | None,
    through: Transformation,
) -> bool:
    """Carry everything over; whether the reader has gone before the end."""
    told = time.monotonic()
    entrance = enters.fileno()
    os.set_blocking(entrance, False)
    counted = [0]
    written = 0
    with _ended(sink) as gone:
        try:
            for part in through(_parts(source, leaves, counted)):
                view = memoryview(part)
                while view:
                    if select.select([gone], [entrance], [])[0]:
                        return True
                    count = os.write(entrance, view)
                    view = view[count:]
                    written += count
                    moved[1] = time.monotonic()
                moved[0] = min(counted[0], written)
                if progress and moved[1] - told > PROGRESS:
                    told = moved[1]
                    progress(int(moved[0]))
        except BrokenPipeError:
            return True
        except _WriterFailed:
            pass
    return False


class _WriterFailed(Exception):
    """What came of it is not the whole: nothing is to be made of its end."""


def _parts(source: subprocess.Popen[bytes], leaves: t.IO[bytes], counted: list[int]) -> t.Iterator[bytes]:
    """What a program writes, and how much that was."""
    output = leaves.fileno()
    with _ended(source) as wrote:
        while True:
            full = select.select([output, wrote], [], [])[0]
            # Of a program that has ended, everything is here.
            block = os.read(output, CHUNK) if output in full else b""
            if not block:
                break
            counted[0] += len(block)
            yield block
    if source.wait() != 0:
        raise _WriterFailed


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> t.Iterator[int]:
    """A descriptor that can be read when the program has ended."""
    found = os.pidfd_open(process.pid)
    try:
        yield found
    finally:
        os.close(found)


def _watch(
    source: subprocess.Popen[bytes],
    sink: subprocess.Popen[bytes],
    moved: list[float],
    timeout: float,
    stall: float,
    end: _End,
    done: threading.Event,
) -> None:
    start = time.monotonic()
    while not done.wait(0.5):
        now = time.monotonic()
        if now - start > timeout:
            end.reason = f"no end after {timeout:g} seconds"
        elif now - moved[1] > stall:
            end.reason = f"nothing has moved for {stall:g} seconds"
        else:
            continue
        _kill(sink)
        _kill(source)
        return


class _Listener(threading.Thread):
    """Keeps the end of what a program says, so that it never waits for us to listen."""

    def __init__(self, stream: t.IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = b""
        self.start()

    def run(self) -> None:
        stream = self._stream
        if stream is None:
            return
        for block in iter(lambda: stream.read(65536), b""):
            self._kept = (self._kept + block)[-262144:]
        stream.close()

    def text(self) -> str:
        # A grandchild may hold the stream open after its parent has gone.
        self.join(KILL_GRACE)
        return self._kept.decode("utf-8", "replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
