# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on the lab droplet: one step for each call, with this collection's own code; it answers in JSON.

A database server of its own and everything else are in one folder, of which nothing stays.
"""

from __future__ import annotations

import functools
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import archive
import data
import psycopg2

from ansible_collections.ipai.odoo.plugins.module_utils import _pipeline, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    drill,
    filestore,
    pairs,
    record,
    restic,
    restore,
    restore_plan,
    runs,
    settings,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server, exchange
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

ROOT = Path("/srv/bench")
BENCH = "bench"  # the server's container and network, the environment, its database and role
#: Whose image and configuration the server gets, and whose environment's data it begins with.
MODEL, (HOME, ORIGIN) = "pg-production", ("pg-nonproduction", "erp-staging")
HOUR = 3600.0
AT_WORK = ROOT / "program" / "pid"
SECRETS = ROOT / "secrets"
PEER = ROOT / "peer"
ENVIRONMENT = ROOT / "environment"
FILES = ENVIRONMENT / "data" / "filestore" / BENCH
REPOSITORY = settings.Repository("disk", str(ROOT / "repository"))

# The program's own places, for as long as this process lasts.
settings.STATE = str(ROOT / "state")
restic.CACHE = str(ROOT / "cache")
record.run = functools.partial(record.Run, metrics=str(ROOT / "metrics"))


def own() -> settings.Settings:
    """What the role would write for such an environment."""
    address = next(iter(_stack.container(BENCH)["NetworkSettings"]["Networks"].values()))["IPAddress"]
    return settings.Settings(
        environment=BENCH,
        directory=str(ENVIRONMENT),
        server=BENCH,
        host=address,
        port=5432,
        database=BENCH,
        user=BENCH,
        password_file=str(SECRETS / "role"),
        sslmode="prefer",
        container=f"{ORIGIN}-odoo",
        restart="",
        key_file=str(SECRETS / "key"),
        repositories=(REPOSITORY,),
    )


@contextmanager
def superuser() -> Any:
    password = (SECRETS / "superuser").read_text()
    connection = psycopg2.connect(host=own().host, dbname=BENCH, user="postgres", password=password)
    try:
        with connection, connection.cursor() as cursor:
            # Rows are made consistent: checking each against its references is not what is measured.
            cursor.execute("SET session_replication_role = replica")
            yield cursor
    finally:
        connection.close()


# The server and its data


def make(megabytes: int) -> dict[str, Any]:
    """A server like the demo's, with a database and a filestore of that size."""
    remove()
    for folder in (SECRETS, PEER, ROOT / "config", FILES):
        folder.mkdir(mode=0o700, parents=True)
    for name in ("superuser", "role", "key"):
        (SECRETS / name).write_text(secrets.token_hex(16))
    model = _stack.container(MODEL)
    mounts = {Path(one["Source"]).name: one for one in model["Mounts"]}
    for folder in (ROOT / "config", PEER):
        folder.chmod(0o755)
    shutil.copy(Path(mounts["config"]["Source"], "postgresql.conf"), ROOT / "config")
    limits = model["HostConfig"]
    _stack.docker("network", "create", "--internal", BENCH)
    archived = archive.prepare(MODEL, BENCH, ROOT)
    _stack.docker(
        *("run", "--detach", "--name", BENCH, "--network", BENCH, "--stop-signal", "SIGINT"),
        *(
            f"--volume={ROOT / 'data'}:{mounts['data']['Destination']}",
            f"--volume={ROOT / 'config'}:/etc/postgresql:ro",
        ),
        *exchange(str(ROOT)),
        *(f"--volume={volume}" for volume in archived.volumes),
        "--tmpfs=/var/spool/pgbackrest:mode=1777",
        *(f"--volume={SECRETS / 'superuser'}:/run/secrets/superuser:ro", f"--volume={PEER}:{PEER}:ro"),
        *("--env=POSTGRES_PASSWORD_FILE=/run/secrets/superuser", "--env=POSTGRES_USER=postgres"),
        "--env=POSTGRES_INITDB_ARGS=--auth-local=peer --auth-host=scram-sha-256 --data-checksums",
        *("--memory", str(limits["Memory"]), "--memory-swap", str(limits["Memory"])),
        *("--shm-size", str(limits["ShmSize"]), model["Image"]),
        *("postgres", "-c", "config_file=/etc/postgresql/postgresql.conf"),
    )
    ready()
    server = Server(BENCH)
    server.execute("postgres", 'CREATE ROLE :"name" LOGIN', name=BENCH)
    password = (SECRETS / "role").read_text()
    server.execute("postgres", f"ALTER ROLE {BENCH} PASSWORD '{password}';")
    for attempts in range(10, 0, -1):
        try:
            begin_with(server)
            break
        except (CommandError, OSError, shutil.Error):
            # Somebody may be restoring the environment just now.
            if attempts == 1:
                raise
    with superuser() as cursor:
        for _portion in data.grow(cursor, megabytes, FILES):
            cursor.connection.commit()
            server.execute(BENCH, "VACUUM;", timeout=HOUR)
    settle()
    return facts()


def begin_with(server: Server) -> None:
    """The demo's own data: tables, indexes and rows as Odoo has made them."""
    server.drop(BENCH)
    server.create(BENCH, BENCH)
    reader = Server(BENCH, BENCH, (SECRETS / "role").read_text()).restore(BENCH)
    _pipeline.pump(Server(HOME).dump(ORIGIN), reader, timeout=HOUR)
    origin = Path("/srv/odoo", ORIGIN, "data", "filestore", ORIGIN)
    owner = origin.stat()
    os.chown(ENVIRONMENT / "data", owner.st_uid, owner.st_gid)
    shutil.copytree(origin, FILES, dirs_exist_ok=True, ignore=shutil.ignore_patterns(filestore.CHECKLIST))


def ready() -> None:
    """Wait for the server, over TCP, which the temporary one of the first start does not listen on."""
    for _unused in range(600):
        if _stack.container_exec(BENCH, ["pg_isready", "--quiet", "--host=127.0.0.1"], check=False).ok:
            return
        time.sleep(0.2)
    raise SystemExit(f"the server {BENCH} does not start: {_stack.logs(BENCH)}")


def settle() -> None:
    """What autovacuum and the checkpointer would do meanwhile must not fall into one of the measured steps."""
    Server(BENCH).execute(BENCH, "VACUUM (ANALYZE, FREEZE); CHECKPOINT;", timeout=HOUR)
    os.sync()


def facts() -> dict[str, Any]:
    files = [path for path in FILES.rglob("*") if path.is_file()]
    size = Server(BENCH).databases()[BENCH]["bytes"]
    return {"database": size, "filestore": sum(path.stat().st_size for path in files), "files": len(files)}


def change(number: int) -> dict[str, Any]:
    """A working day."""
    with superuser() as cursor:
        done = data.day(cursor, number, FILES)
    Server(BENCH).execute(BENCH, "CHECKPOINT;", timeout=HOUR)
    os.sync()
    return done


def remove() -> None:
    # A restore that is cut short has its Odoo in that network, too.
    for name in (BENCH, f"{BENCH}-probe", f"{BENCH}-copy"):
        _stack.container_remove(name)
    if _stack.network(BENCH):
        _stack.network_remove(BENCH)
    for path in ROOT.glob("*"):
        if path.name != "program":
            shutil.rmtree(path)


# What is measured


@dataclass
class Clock:
    """Seconds of the parts of a step."""

    parts: dict[str, float]

    @contextmanager
    def part(self, name: str) -> Any:
        begin = time.monotonic()
        yield
        self.parts[name] = time.monotonic() - begin

    def answer(self, **more: Any) -> dict[str, Any]:
        return {"seconds": sum(self.parts.values()), "parts": self.parts, **more}


def into(command: list[str], path: Path) -> None:
    with path.open("wb") as target:
        subprocess.run(command, stdout=target, check=True)


def fresh() -> dict[str, Any]:
    """A repository as the playbook site prepares it, and no memory of an earlier one."""
    for path in (ROOT / "repository", ROOT / "cache", ROOT / "state", ENVIRONMENT / "backup"):
        shutil.rmtree(path, ignore_errors=True)
    pairs.repositories(own())[0].initialise()
    return {}


def product() -> dict[str, Any]:
    """A backup as the timer makes it, with its record and the end of what retention does not keep."""
    clock = Clock({})
    before = filestore.size(REPOSITORY.path)
    with clock.part("all"):
        backup = runs.make_backup(own())
    made = backup.manifest
    answer = clock.answer(stored=filestore.size(REPOSITORY.path) - before)
    answer["parts"] = {"dump": made["dump"]["seconds"], "filestore": made["filestore"]["seconds"]}
    answer["parts"]["rest"] = answer["seconds"] - sum(answer["parts"].values())
    answer["added"] = {"dump": made["dump"]["added"], "filestore": made["filestore"]["added"]}
    return answer


def peer() -> dict[str, Any]:
    """The script that people use, with tar in both of its ways."""
    clock = Clock({})
    with clock.part("dump"):
        dump = Server(BENCH).argv("pg_dump", "--format=custom", "--dbname", BENCH)
        into(dump, PEER / "database.dump")
    with clock.part("tar"):
        into(["tar", "--create", f"--directory={FILES.parent}", BENCH], PEER / "filestore.tar")
    with clock.part("tar --gzip"):
        into(["tar", "--create", "--gzip", f"--directory={FILES.parent}", BENCH], PEER / "filestore.tar.gz")
    sizes = {path.name: path.stat().st_size for path in PEER.iterdir()}
    seconds = clock.parts
    quick = min(("tar", "tar --gzip"), key=lambda name: seconds[name])
    archive = {"tar": "filestore.tar", "tar --gzip": "filestore.tar.gz"}[quick]
    return {
        "seconds": seconds["dump"] + seconds[quick],
        "parts": seconds,
        "stored": sizes["database.dump"] + sizes[archive],
        "sizes": sizes,
        "how": f"pg_dump -Fc + {quick}",
        "archive": archive,
    }


def restore_product() -> dict[str, Any]:
    """The last backup beside the live one, with all checks, until Odoo has answered on it."""
    config, clock = own(), Clock({})
    with clock.part("all"):
        done = restore.restore(config, restore_plan.plan(config, restore_plan.Wish()))
    answer = clock.answer(checked=[one["name"] for one in done["checks"]])
    answer["parts"] = {"odoo answers": sum(one["seconds"] for one in done["checks"] if one["name"] == "odoo")}
    answer["parts"]["other checks"] = sum(one["seconds"] for one in done["checks"]) - answer["parts"]["odoo answers"]
    answer["parts"]["data"] = answer["seconds"] - sum(answer["parts"].values())
    restore.remove(config, done["name"])
    return answer


def drilled() -> dict[str, Any]:
    """The last backup in a throwaway server without a network, with all checks, until Odoo has answered on it."""
    done = drill.drill(own())
    return {"seconds": done["rto_seconds"], "checked": [one["name"] for one in done["checks"]]}


def restore_peer(archive: str) -> dict[str, Any]:
    """What the script has left into a new database and folder; such scripts check nothing."""
    clock = Clock({})
    name, folder = f"{BENCH}-peer", ROOT / "restored"
    folder.mkdir()
    server = Server(BENCH)
    try:
        with clock.part("filestore"):
            subprocess.run(["tar", "--extract", f"--directory={folder}", f"--file={PEER / archive}"], check=True)
        with clock.part("database"):
            server.create(name, BENCH)
            command = ["pg_restore", "--jobs=2", "--no-owner", f"--role={BENCH}", f"--dbname={name}"]
            _stack.container_exec(BENCH, [*command, str(PEER / "database.dump")], user="postgres", timeout=HOUR)
        return clock.answer()
    finally:
        server.drop(name)
        shutil.rmtree(folder)


def archived(number: int) -> dict[str, Any]:
    """A full backup of the server, an incremental one after a working day, and what a kill under load loses."""
    own_archive = archive.Archive(archive.like(MODEL, BENCH, ROOT))
    full = archive.begin(own_archive)
    answer = archive.incremental(own_archive, lambda: change(number))
    return {**answer, "full_seconds": full, "rpo_seconds": archive.lose(own_archive, superuser)}


STEPS = {
    step.__name__: step
    for step in (make, change, fresh, product, peer, restore_product, restore_peer, drilled, archived, remove)
}


def stop() -> None:
    """End the step that an interrupted run has left at work; it ends what it has started itself."""
    with suppress(FileNotFoundError, ProcessLookupError):
        left = int(AT_WORK.read_text())
        os.kill(left, signal.SIGINT)
        for _unused in range(600):
            os.kill(left, 0)
            time.sleep(0.1)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    if name == "remove":
        stop()
    AT_WORK.write_text(str(os.getpid()))
    try:
        print(json.dumps(STEPS[name](*(int(one) if one.isdigit() else one for one in arguments))))
    finally:
        AT_WORK.unlink()
