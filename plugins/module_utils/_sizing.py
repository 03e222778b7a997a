# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""How many processes and how much memory: pure functions with their sources.

All sizes are in MiB unless a name says bytes.
"""

from __future__ import annotations

import math
import re
import typing as t
from dataclasses import dataclass

MIB = 1024 * 1024

# Odoo documentation, On-premise > System configuration ("Worker number
# calculation", "Memory size calculation"; the same text for 18.0 and 19.0):
#: one request in five is heavy, a heavy worker takes about 1 GB, a light one 150 MB,
LIGHT_MB = 150
HEAVY_MB = 1024
HEAVY_RATIO = 0.2
#: so that on average a worker, one for cron included, takes this much;
WORKER_MB = math.ceil((1 - HEAVY_RATIO) * LIGHT_MB + HEAVY_RATIO * HEAVY_MB)
#: and a worker serves about six people at a time.
USERS_PER_WORKER = 6

# What that page leaves out.
#: The process that starts the others (odoo/service/server.py, PreforkServer).
MASTER_MB = 100
#: The process that holds the websockets: one light worker.
GEVENT_MB = LIGHT_MB
#: wkhtmltopdf runs beside the worker that waits for it, in the same container.
PDF_MB = 200
OVERHEAD_MB = MASTER_MB + GEVENT_MB + PDF_MB
#: Without workers, one process with threads does everything.
THREADED_MB = 512

# The limits of odoo.conf count *virtual* memory (odoo/service/server.py:
# memory_info() returns vms, set_limit_memory_hard() sets RLIMIT_AS).  A freshly
# started process already has more than half a GiB of it, so a low limit would
# end a worker after every request.  What a container may really use is limited
# by its memory limit.
SOFT_LEAST_MB = 1280
#: Odoo's own defaults: 2048 and 2560 MiB.
SOFT_DEFAULT_MB = 2048
HARD_TO_SOFT = 1.25

# From the samples in the same page of the documentation.  For limit_time_real it
# has 1200 s, but a proxy that gives up after 720 s: longer than that, a worker
# would go on for nobody.
LIMIT_TIME_CPU = 600
LIMIT_TIME_REAL = 720
LIMIT_REQUEST = 8192

# Every process has a pool of its own (odoo/sql_db.py, ConnectionPool): a worker
# answers one request at a time, with a few cursors at most; the gevent process
# answers many; and in threaded mode half of the pool is the number of threads
# (odoo/service/server.py, ThreadedWSGIServerReloadable).
CONNECTIONS_PER_WORKER = 6
CONNECTIONS_GEVENT = 12
CONNECTIONS_THREADED = 32

HTTP_PORT = 8069
GEVENT_PORT = 8072


class SizingError(ValueError):
    """What was asked does not fit.  ``needed_mb`` is what would, if memory is the reason."""

    def __init__(self, message: str, needed_mb: int | None = None) -> None:
        super().__init__(message)
        self.needed_mb = needed_mb


@dataclass(frozen=True)
class OdooSizing:
    """Values of odoo.conf and of the container for one environment."""

    workers: int
    max_cron_threads: int
    limit_memory_soft: int
    limit_memory_hard: int
    limit_memory_soft_gevent: int
    limit_memory_hard_gevent: int
    limit_time_cpu: int
    limit_time_real: int
    limit_time_real_cron: int
    limit_request: int
    db_maxconn: int
    db_maxconn_gevent: int
    #: Connections that all processes together may open.
    connections: int
    #: Port of the websocket: workers leave it to a process of its own.
    websocket_port: int
    container_memory_mb: int
    container_cpus: float
    #: What the processes are expected to take.
    needed_memory_mb: int
    concurrent_users: int

    #: Names among the fields that are options of odoo.conf.
    CONF: t.ClassVar[tuple[str, ...]] = (
        "workers",
        "max_cron_threads",
        "limit_memory_soft",
        "limit_memory_hard",
        "limit_memory_soft_gevent",
        "limit_memory_hard_gevent",
        "limit_time_cpu",
        "limit_time_real",
        "limit_time_real_cron",
        "limit_request",
        "db_maxconn",
        "db_maxconn_gevent",
    )

    def as_dict(self) -> dict[str, t.Any]:
        """For Ansible: C(conf) holds what belongs into odoo.conf, the rest stands beside it."""
        values = dict(vars(self))
        return {"conf": {name: values.pop(name) for name in self.CONF}, **values}


def odoo_needed_mb(workers: int, cron_threads: int) -> int:
    """Memory that so many workers and cron workers are expected to take."""
    if workers == 0:
        return THREADED_MB
    return OVERHEAD_MB + (workers + cron_threads) * WORKER_MB


def odoo_sizing(memory_mb: object, cpus: object, workers: object = "auto", cron_threads: object = "auto") -> OdooSizing:
    """Processes and limits of an environment.

    :param memory_mb: the memory it may use.
    :param cpus: the CPUs it may use; fractions count.
    :param workers: number of HTTP workers, 0 for one process with threads, or
        "auto": as many as CPUs and memory allow, and threads where the memory
        does not suffice for one worker and one cron worker.
    :param cron_threads: number of cron workers (or threads), or "auto": one,
        from four CPUs on two.
    :raises SizingError: the memory does not suffice, or a value is no number.
    """
    memory = to_number("memory_mb", memory_mb, least=1)
    cpu = to_number("cpus", cpus, least=0.01)
    asked_crons = _count("cron_threads", cron_threads)
    asked_workers = _count("workers", workers)
    crons = (2 if cpu >= 4 else 1) if asked_crons is None else asked_crons
    count = _auto_workers(int(memory), cpu, crons) if asked_workers is None else asked_workers
    needed = odoo_needed_mb(count, crons)
    if needed > memory:
        raise _too_small(int(memory), cpu, count, crons)
    return _odoo_result(int(memory), cpu, count, crons, needed)


def _auto_workers(memory: int, cpu: float, crons: int) -> int:
    by_cpu = max(1, math.floor(cpu * 2) + 1 - crons)
    by_memory = (memory - OVERHEAD_MB) // WORKER_MB - crons
    return max(0, min(by_cpu, by_memory))


def _too_small(memory: int, cpu: float, workers: int, crons: int) -> SizingError:
    needed = odoo_needed_mb(workers, crons)
    if workers == 0:
        return SizingError(f"Odoo needs at least {needed} MiB of memory, and {memory} MiB are given.", needed)
    possible = _auto_workers(memory, cpu, crons)
    least = "one process without workers" if possible == 0 else f"{possible} worker{'s' if possible > 1 else ''}"
    if possible == 0 and memory < THREADED_MB:
        way_out = f"Give it at least {needed} MiB."
    else:
        way_out = f"Give it at least {needed} MiB, or ask for {least} (workers: {possible})."
    return SizingError(
        f"{workers} worker{'s' if workers > 1 else ''} and {crons} cron worker{'s' if crons != 1 else ''} need"
        f" {needed} MiB of memory ({WORKER_MB} MiB each, {OVERHEAD_MB} MiB for the main process, the websocket"
        f" process and printing), and {memory} MiB are given. {way_out}",
        needed,
    )


def _odoo_result(memory: int, cpu: float, workers: int, crons: int, needed: int) -> OdooSizing:
    processes = max(1, workers + crons)
    # One process may grow while the others stay light.
    room = memory if workers == 0 else memory - OVERHEAD_MB - (processes - 1) * LIGHT_MB
    soft = max(SOFT_LEAST_MB, min(room, max(SOFT_DEFAULT_MB, memory // processes)))
    hard = math.ceil(soft * HARD_TO_SOFT)
    if workers == 0:
        pool, gevent_pool, connections = CONNECTIONS_THREADED, CONNECTIONS_GEVENT, CONNECTIONS_THREADED
    else:
        pool, gevent_pool = CONNECTIONS_PER_WORKER, CONNECTIONS_GEVENT
        # The main process empties its pool before it starts the others (PreforkServer.run).
        connections = (workers + crons) * pool + gevent_pool
    return OdooSizing(
        workers=workers,
        max_cron_threads=crons,
        limit_memory_soft=soft * MIB,
        limit_memory_hard=hard * MIB,
        limit_memory_soft_gevent=soft * MIB,
        limit_memory_hard_gevent=hard * MIB,
        limit_time_cpu=LIMIT_TIME_CPU,
        limit_time_real=LIMIT_TIME_REAL,
        limit_time_real_cron=-1,
        limit_request=LIMIT_REQUEST,
        db_maxconn=pool,
        db_maxconn_gevent=gevent_pool,
        connections=connections,
        websocket_port=GEVENT_PORT if workers else HTTP_PORT,
        container_memory_mb=memory,
        container_cpus=cpu,
        needed_memory_mb=needed,
        concurrent_users=max(1, workers) * USERS_PER_WORKER,
    )


# PostgreSQL ------------------------------------------------------------------

#: Smallest server that is worth starting.
POSTGRES_LEAST_MB = 256
#: Buffers of the server's own processes (checkpointer, WAL writer, autovacuum launcher …).
POSTGRES_BASE_MB = 64
#: A connection's process with its caches, before it sorts or hashes anything.
POSTGRES_CONNECTION_MB = 5
#: superuser_reserved_connections, and room for backups and administration.
POSTGRES_RESERVED = 10
POSTGRES_DEFAULT_CONNECTIONS = 100


@dataclass(frozen=True)
class PostgresSizing:
    """Settings of postgresql.conf and of the container for one database server."""

    settings: dict[str, t.Any]
    max_connections: int
    #: Size of /dev/shm: parallel queries allocate there (dynamic_shared_memory_type = posix),
    #: and Docker's 64 MiB are soon used up.
    shm_size_mb: int
    container_memory_mb: int

    def as_dict(self) -> dict[str, t.Any]:
        return dict(vars(self))


def postgres_needed_mb(connections: int) -> int:
    """Memory below which so many connections leave less than a quarter to shared_buffers."""
    return max(POSTGRES_LEAST_MB, math.ceil((POSTGRES_BASE_MB + connections * POSTGRES_CONNECTION_MB) / 0.75))


def postgres_sizing(memory_mb: object, cpus: object = 1, connections: object = 0) -> PostgresSizing:
    """Settings of a database server from what it may use.

    :param memory_mb: the memory it may use.
    :param cpus: the CPUs it may use; fractions count.
    :param connections: what its clients may open together; 0 for the usual 100.
        Ten are added for administration and backups.
    :raises SizingError: the memory does not suffice, or a value is no number.

    From the PostgreSQL manual, chapter "Server Configuration":

    - "Resource Consumption": shared_buffers a quarter of the memory, more than
      40 % is unlikely to help; work_mem is taken several times by each
      session, so what the buffers leave is divided by three times the
      connections; maintenance_work_mem may be larger, and is taken by each
      autovacuum worker unless autovacuum_work_mem says otherwise.
    - "Query Planning": effective_cache_size counts buffers and the kernel's
      cache; random_page_cost is near seq_page_cost on SSDs.
    - "Write Ahead Log": a larger max_wal_size means fewer forced checkpoints.
    - "Asynchronous Behavior": parallel workers come out of max_worker_processes.
    """
    memory = int(to_number("memory_mb", memory_mb, least=1))
    cpu = to_number("cpus", cpus, least=0.01)
    asked = int(to_number("connections", connections, least=0))
    total = (asked + POSTGRES_RESERVED) if asked else POSTGRES_DEFAULT_CONNECTIONS
    needed = postgres_needed_mb(total)
    if memory < needed:
        raise SizingError(
            f"{total} connections need {needed} MiB of memory ({POSTGRES_CONNECTION_MB} MiB each, a quarter for"
            f" shared_buffers), and {memory} MiB are given. Give the server at least {needed} MiB, or its"
            " environments fewer workers.",
            needed,
        )
    buffers = min(memory // 4, 16 * 1024)
    maintenance = min(max(memory // 16, 32), 2048)
    wal = min(max(memory // 2, 1024), 8192)
    cores = max(1, math.floor(cpu))
    per_gather = min(cores // 2, 4)
    settings: dict[str, t.Any] = {
        "max_connections": total,
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{memory * 3 // 4}MB",
        "work_mem": f"{min(max((memory - buffers) // (total * 3), 4), 64)}MB",
        "maintenance_work_mem": f"{maintenance}MB",
        "autovacuum_work_mem": f"{max(maintenance // 3, 16)}MB",
        "min_wal_size": f"{wal // 4}MB",
        "max_wal_size": f"{wal}MB",
        "checkpoint_completion_target": 0.9,
        "random_page_cost": 1.1,
        "max_worker_processes": max(8, cores + 4),
        "max_parallel_workers": cores,
        "max_parallel_workers_per_gather": per_gather,
        "max_parallel_maintenance_workers": per_gather,
    }
    return PostgresSizing(settings, total, max(64, memory // 4), memory)


# Values as they come from an inventory ---------------------------------------


def to_number(name: str, value: object, least: float) -> float:
    """A number from what an inventory or ``--extra-vars`` holds.

    :raises SizingError: names the value and what is expected.
    """
    text = isinstance(value, str) and re.fullmatch(r"\s*[0-9]+(\.[0-9]+)?\s*", value)
    real = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not text and not real:
        raise SizingError(f"{name} must be a number, not {value!r}.")
    number = float(t.cast("float", value))
    if number < least:
        raise SizingError(f"{name} must be at least {least:g}, not {value!r}.")
    return number


def _count(name: str, value: object) -> int | None:
    if isinstance(value, str) and value.strip().lower() == "auto":
        return None
    try:
        number = to_number(name, value, least=0)
    except SizingError:
        number = -1
    if number < 0 or not number.is_integer():
        raise SizingError(f"{name} must be 'auto' or a whole number from 0 on, not {value!r}.")
    return int(number)
