# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that share a list of work."""

from __future__ import annotations

import os
import signal
import time
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import workers


def test_every_item_is_done_once_and_by_several() -> None:
    def work(mine: t.Iterator[int]) -> t.Iterator[tuple[int, int]]:
        for one in mine:
            time.sleep(0.01)
            yield one, os.getpid()

    found = list(workers.share(list(range(40)), 2, work))
    assert sorted(one for one, _other in found) == list(range(40))
    assert len({process for _other, process in found}) == 2 and os.getpid() not in {
        process for _other, process in found
    }


def test_what_a_worker_raises_ends_all() -> None:
    def work(mine: t.Iterator[int]) -> t.Iterator[int]:
        for one in mine:
            if one == 1:
                raise KeyError("no such thing")
            time.sleep(60)
            yield one

    start = time.monotonic()
    with pytest.raises(KeyError, match="no such thing"):
        list(workers.share([0, 1, 2], 2, work))
    assert time.monotonic() - start < 10


def test_a_worker_that_is_killed_is_told_of() -> None:
    def work(mine: t.Iterator[int]) -> t.Iterator[int]:
        for one in mine:
            os.kill(os.getpid(), signal.SIGKILL)
            yield one

    with pytest.raises(workers.WorkerError, match=r"killed.*memory.*refresh_workers"):
        list(workers.share([0], 1, work))


def test_nobody_works_for_a_caller_who_is_gone() -> None:
    def work(mine: t.Iterator[int]) -> t.Iterator[int]:
        for one in mine:
            yield os.getpid()
            time.sleep(60)
            yield one

    found = workers.share([0, 1], 2, work)
    process = next(found)
    found.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_nothing_to_do() -> None:
    assert list(workers.share([], 2, lambda mine: iter(()))) == []
