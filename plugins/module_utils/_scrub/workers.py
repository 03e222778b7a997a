# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Processes that work through a list together, each taking the next item when it has done one.

They are forked: what is in memory before is theirs as well, and is not copied unless it is written to.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import traceback
import typing as t
from multiprocessing.connection import Connection, wait

Item = t.TypeVar("Item")
#: (items) → what each of them came to.  It gets an iterator over the items that fall to it.
Work = t.Callable[[t.Iterator[Item]], t.Iterator[t.Any]]


class WorkerError(Exception):
    """A worker has ended before its work."""


def share(items: t.Sequence[Item], number: int, work: Work[Item]) -> t.Iterator[t.Any]:
    """What comes of the items, in any order.

    All workers are ended when one fails, or when the caller goes on without them.

    :param work: runs in each of ``number`` processes, with the items that fall to it.
    :raises Exception: what a worker has raised.
    """
    context = multiprocessing.get_context("fork")
    turn = context.Value("L", 0)
    sys.stdout.flush()
    sys.stderr.flush()
    # Objects of the parent would be written to by every collection, and so be copied.
    gc.freeze()
    children: dict[Connection, t.Any] = {}
    try:
        for _number in range(max(1, min(number, len(items)))):
            here, there = context.Pipe(duplex=False)
            child = context.Process(target=_run, args=(items, turn, work, there), daemon=True)
            child.start()
            there.close()
            children[here] = child
        left = set(children)
        while left:
            for one in t.cast("list[Connection]", wait(list(left))):
                try:
                    kind, what = one.recv()
                except EOFError:
                    left.discard(one)
                    children[one].join()
                    if children[one].exitcode != 0:
                        raise WorkerError(_ended(children[one].exitcode)) from None
                    continue
                if kind == "failed":
                    raise what
                yield what
    finally:
        for here, child in children.items():
            if child.is_alive():
                child.kill()
            child.join()
            here.close()
        gc.unfreeze()


def _ended(code: int) -> str:
    if code == -signal.SIGKILL:
        return "a worker was killed: is there too little memory? Try again with fewer workers (refresh_workers)"
    return f"a worker has ended with code {code}"


def _run(items: t.Sequence[Item], turn: t.Any, work: Work[Item], out: Connection) -> None:
    # What the parent is told to do at its end is the parent's.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _follow()

    def mine() -> t.Iterator[Item]:
        while True:
            with turn.get_lock():
                number = turn.value
                turn.value += 1
            if number >= len(items):
                return
            yield items[number]

    try:
        for result in work(mine()):
            out.send(("done", result))
    except BaseException as exc:
        with contextlib.suppress(OSError):
            try:
                out.send(("failed", exc))
            except Exception:
                out.send(("failed", WorkerError("".join(traceback.format_exception_only(type(exc), exc)).strip())))


def _follow() -> None:
    """End when the parent does: nobody would hear of this process (PR_SET_PDEATHSIG, prctl(2))."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
