# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _sizing
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import get_series, validate
from ansible_collections.ipai.odoo.plugins.module_utils._sizing import MIB, SizingError, odoo_sizing, postgres_sizing


class TestOdoo:
    def test_constants_of_the_documentation(self) -> None:
        assert _sizing.WORKER_MB == 325

    @pytest.mark.parametrize(
        ("memory", "cpus", "workers", "crons"),
        [
            (512, 1, 0, 1),
            (1099, 2, 0, 1),
            (1100, 2, 1, 1),
            (2048, 2, 3, 1),
            (2048, 1, 2, 1),
            (4096, 2, 4, 1),
            (65536, 2, 4, 1),
            (4096, 0.5, 1, 1),
            # The documentation's own example: 4 CPUs, 8 workers and 1 for cron; here two are for cron.
            (4096, 4, 7, 2),
            (16384, 8, 15, 2),
        ],
    )
    def test_auto(self, memory: int, cpus: float, workers: int, crons: int) -> None:
        sizing = odoo_sizing(memory, cpus)
        assert (sizing.workers, sizing.max_cron_threads) == (workers, crons)
        assert sizing.needed_memory_mb <= memory == sizing.container_memory_mb
        assert workers == 0 or workers + crons <= max(2, int(cpus * 2) + 1)

    def test_the_documentations_example(self) -> None:
        sizing = odoo_sizing(4096, 4, workers=8, cron_threads=1)
        assert sizing.needed_memory_mb == 9 * 325 + 450 and sizing.concurrent_users == 48

    @pytest.mark.parametrize("memory", range(512, 20000, 333))
    @pytest.mark.parametrize("cpus", [0.5, 1, 2, 4, 16])
    def test_always_holds(self, memory: int, cpus: float) -> None:
        sizing = odoo_sizing(memory, cpus)
        values = sizing.as_dict()
        for name in ("18.0", "19.0"):
            series = get_series(name)
            assert validate(series, values["conf"]) == values["conf"]
        assert sizing.limit_memory_soft < sizing.limit_memory_hard
        assert sizing.limit_memory_soft >= 1280 * MIB, "a fresh process has half a GiB of virtual memory"
        assert sizing.db_maxconn * (sizing.workers + sizing.max_cron_threads) < sizing.connections or not sizing.workers
        assert sizing.websocket_port == (8072 if sizing.workers else 8069)

    def test_limits_grow_from_scarce_to_odoos_defaults_and_beyond(self) -> None:
        softs = [odoo_sizing(memory, 2).limit_memory_soft // MIB for memory in (1100, 2048, 4096, 16384)]
        assert softs == [1280, 1280, 2048, 3276]
        assert odoo_sizing(4096, 2).limit_memory_hard == 2560 * MIB

    def test_asked_workers_that_do_not_fit(self) -> None:
        with pytest.raises(SizingError) as caught:
            odoo_sizing(2048, 2, workers=8)
        assert caught.value.needed_mb == 450 + 9 * 325
        assert str(caught.value) == (
            "8 workers and 1 cron worker need 3375 MiB of memory (325 MiB each, 450 MiB for the main process, the"
            " websocket process and printing), and 2048 MiB are given. Give it at least 3375 MiB, or ask for 3 workers"
            " (workers: 3)."
        )
        assert odoo_sizing(caught.value.needed_mb, 2, workers=8).workers == 8

    def test_less_than_one_worker(self) -> None:
        with pytest.raises(SizingError, match=r"one process without workers \(workers: 0\)"):
            odoo_sizing(800, 2, workers=1)
        with pytest.raises(SizingError, match="needs at least 512 MiB of memory, and 300 MiB"):
            odoo_sizing(300, 2)
        with pytest.raises(SizingError, match=r"Give it at least 1100 MiB\.$"):
            odoo_sizing(300, 2, workers=1)

    def test_crons_can_be_off(self) -> None:
        sizing = odoo_sizing(2048, 2, "auto", 0)
        assert (sizing.workers, sizing.max_cron_threads) == (4, 0)

    def test_more_workers_than_cpus_advise_are_the_users_choice(self) -> None:
        assert odoo_sizing(8192, 1, workers=10).workers == 10

    def test_text_from_the_command_line(self) -> None:
        assert odoo_sizing("2048", "2", "AUTO", "1") == odoo_sizing(2048, 2)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("much", 2), "memory_mb must be a number, not 'much'"),
            ((None, 2), "memory_mb must be a number"),
            ((2048, 0), "cpus must be at least 0.01"),
            ((2048, True), "cpus must be a number"),
            ((2048, float("nan")), "cpus must be a number"),
            ((2048, 2, "many"), "workers must be 'auto' or a whole number from 0 on, not 'many'"),
            ((2048, 2, -1), "workers must be 'auto'"),
            ((2048, 2, 1.5), "workers must be 'auto'"),
            ((2048, 2, 2, None), "cron_threads must be 'auto'"),
        ],
    )
    def test_nonsense(self, arguments: tuple[t.Any, ...], message: str) -> None:
        with pytest.raises(SizingError) as caught:
            odoo_sizing(*arguments)
        assert message in str(caught.value)


def megabytes(value: str) -> int:
    assert value.endswith("MB")
    return int(value[:-2])


class TestPostgres:
    def test_quarter_rule(self) -> None:
        sizing = postgres_sizing(4096, 2)
        assert sizing.settings["shared_buffers"] == "1024MB"
        assert sizing.settings["effective_cache_size"] == "3072MB"
        assert sizing.settings["max_connections"] == sizing.max_connections == 100

    @pytest.mark.parametrize("memory", [512, 1024, 2048, 4096, 16384, 131072])
    @pytest.mark.parametrize("cpus", [0.5, 1, 2, 8])
    @pytest.mark.parametrize("connections", [1, 40])
    def test_always_holds(self, memory: int, cpus: float, connections: int) -> None:
        sizing = postgres_sizing(memory, cpus, connections)
        settings = sizing.settings
        buffers = megabytes(settings["shared_buffers"])
        assert buffers <= memory // 4
        assert (
            buffers + megabytes(settings["maintenance_work_mem"]) + 3 * megabytes(settings["autovacuum_work_mem"])
            < memory
        )
        assert 4 <= megabytes(settings["work_mem"]) <= 64
        assert megabytes(settings["min_wal_size"]) >= 80 < megabytes(settings["max_wal_size"])
        assert settings["max_parallel_workers_per_gather"] <= settings["max_parallel_workers"]
        assert settings["max_parallel_workers"] <= settings["max_worker_processes"]
        assert sizing.max_connections == connections + 10
        assert sizing.shm_size_mb >= 64

    def test_one_cpu_has_no_parallel_queries(self) -> None:
        assert postgres_sizing(1024, 1).settings["max_parallel_workers_per_gather"] == 0

    def test_odoos_connections_fit(self) -> None:
        odoo = odoo_sizing(2048, 2)
        assert postgres_sizing(1024, 2, odoo.connections).max_connections > odoo.connections

    def test_too_many_connections(self) -> None:
        with pytest.raises(SizingError) as caught:
            postgres_sizing(1024, 2, 400)
        assert "410 connections need 2819 MiB" in str(caught.value) and caught.value.needed_mb == 2819
        assert postgres_sizing(2819, 2, 400)

    def test_too_small(self) -> None:
        with pytest.raises(SizingError, match="need 256 MiB"):
            postgres_sizing(128, 1, 1)

    def test_nonsense(self) -> None:
        with pytest.raises(SizingError, match="connections must be at least 0"):
            postgres_sizing(1024, 1, -3)
