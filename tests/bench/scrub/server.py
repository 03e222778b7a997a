# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL of the bench's own, and an Odoo beside it: two containers without a network.

Both, and programs of this machine, reach the server by its socket in the bench's folder, which has the same path
everywhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

#: The server is the same for all ways: without work at times of its own choice, and no commit waits for the disk, as a
#: copy that is lost is made anew; a bare copy, which commits some thousand times, would win least without that.
SETTINGS = {
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
}
NAME, ODOO = "ipai-bench-scrub", "ipai-bench-scrub-odoo"
USER = "odoo"
#: What the database begins with: real tables of about 150 modules, with demo data.
MODULES = (
    "crm,sale_management,project,hr,contacts,calendar,auth_totp,auth_oauth,l10n_cl,l10n_ph,purchase,stock,website,"
    "mass_mailing,survey,event,hr_holidays,hr_recruitment,payment_demo"
)
#: What programs of this machine call works in the container: the version of the server's own, for all of them.
CLIENTS = ("pg_dump", "pg_restore")
CLIENT = """#!/bin/sh
exec docker exec --interactive --user {user} --env PGHOST={socket} --env PGUSER={role} --env LC_ALL=C.UTF-8 \\
    {name} {tool} "$@"
"""


class Server:
    """The containers, while the context lasts.

    :param images: of PostgreSQL and of Odoo.
    :param cache: where the dump of the first database stays between runs.
    """

    def __init__(self, images: Mapping[str, str], cache: Path) -> None:
        self.images, self.cache = images, cache
        # On a disk, and where other users can read.
        self.folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir="/var/tmp"))
        self.socket, self.bin, self.work = self.folder / "socket", self.folder / "bin", self.folder / "work"

    def __enter__(self) -> Server:
        self._containers_away()
        self.folder.chmod(0o755)
        for path in (self.socket, self.bin, self.work):
            path.mkdir()
        # Users of the containers read and write here, too.
        self.socket.chmod(0o777)
        # One peer starts psql for each row: where this machine has one, that is quicker.
        for tool in CLIENTS if shutil.which("psql") else (*CLIENTS, "psql"):
            path = self.bin / tool
            user = f"{os.getuid()}:{os.getgid()}"
            path.write_text(CLIENT.format(user=user, socket=self.socket, role=USER, name=NAME, tool=tool))
            path.chmod(0o755)
        settings = {**SETTINGS, "unix_socket_directories": f"/var/run/postgresql,{self.socket}"}
        environment = {"USER": USER, "HOST_AUTH_METHOD": "trust", "INITDB_ARGS": "--data-checksums"}
        postgres = [f"--name={NAME}", "--shm-size=512m", "--stop-signal=SIGINT", self.images["postgres"], "postgres"]
        postgres[:0] = [f"--env=POSTGRES_{name}={value}" for name, value in environment.items()]
        postgres += [f"-c{name}={value}" for name, value in settings.items()]
        odoo = [f"--name={ODOO}", "--entrypoint=sleep", self.images["odoo"], "infinity"]
        start = ["docker", "run", "--detach", "--network=none", f"--volume={self.folder}:{self.folder}"]
        for one in (postgres, odoo):
            subprocess.run([*start, *one], check=True, stdout=subprocess.DEVNULL)
        log = ["docker", "logs", NAME]
        for _unused in range(600):
            # The first start makes a cluster, with a server that is ended again.
            text = subprocess.run(log, check=True, capture_output=True, text=True)
            made, _mark, after = (text.stdout + text.stderr).partition("init process complete")
            if made and "ready to accept connections" in after:
                return self
            time.sleep(0.2)
        raise SystemExit(f"the server does not start: {text.stdout[-500:]}{text.stderr[-500:]}")

    def __exit__(self, *_: object) -> None:
        # Nobody may interrupt the end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self._containers_away()
        shutil.rmtree(self.folder)

    @staticmethod
    def _containers_away() -> None:
        for name in (ODOO, NAME):
            subprocess.run(["docker", "rm", "--force", "--volumes", name], check=False, capture_output=True)

    # Programs

    @property
    def environment(self) -> dict[str, str]:
        """For programs of this machine."""
        path = f"{self.bin}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PGHOST": str(self.socket), "PGUSER": USER, "PGCLIENTENCODING": "UTF8"}

    def shell(self, script: str, **words: object) -> str:
        """Run a script of bash in the server's container; ``words`` are its variables; what it prints."""
        command = ["docker", "exec", "--user", f"{os.getuid()}:{os.getgid()}"]
        for name, value in {"PGHOST": self.socket, "PGUSER": USER, "LC_ALL": "C", **words}.items():
            command += ["--env", f"{name}={value}"]
        command += [NAME, "bash", "-o", "pipefail", "-euc", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{script}\n{done.stderr[-2000:]}")
        return done.stdout

    def odoo(self, *arguments: str) -> None:
        """Run Odoo's own program."""
        command = ["docker", "exec", ODOO, "odoo", *arguments, f"--db_host={self.socket}", f"--db_user={USER}"]
        command += ["--data-dir=/tmp/data", "--log-level=warn"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"odoo {arguments}: {done.stderr[-2000:]}")

    # Databases

    def sql(self, database: str, *statements: str) -> str:
        """Run statements, each in a transaction of its own, in one session; rows as text, columns by tabs."""
        command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator=\t"]
        done = subprocess.run(
            [*command, "--set=ON_ERROR_STOP=1", f"--dbname={database}"],
            env=self.environment,
            input=";\n".join([*statements, ""]),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        return done.stdout.removesuffix("\n")

    def rows(self, database: str, statement: str) -> list[list[str]]:
        return [line.split("\t") for line in self.sql(database, statement).splitlines()]

    def create(self, database: str, template: str = "template0") -> None:
        self.sql("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def drop(self, database: str) -> None:
        self.sql("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def vacuum(self, database: str, tables: Iterable[str]) -> None:
        """Write tables and their indexes anew, so that dead rows are gone."""
        self.sql(database, *(f'VACUUM FULL "{table}"' for table in tables))

    def settle(self) -> None:
        """What the server would write later must not fall into another way's time."""
        self.sql("postgres", "CHECKPOINT")
        os.sync()

    def begin_with(self, database: str) -> None:
        """A database as Odoo itself makes it; the first time takes some minutes."""
        key = self.images["odoo"].rpartition(":")[2]
        dump = self.cache / f"bench-scrub-{key}-{hashlib.sha256(MODULES.encode()).hexdigest()[:8]}.dump"
        if not dump.exists():
            self.odoo(
                *("-d", database, "-i", MODULES, "--with-demo", "--stop-after-init", "--no-http"),
                "--max-cron-threads=0",
            )
            self.shell('pg_dump -Fc --no-owner -d "$database" -f "$work/base"', database=database, work=self.work)
            shutil.move(self.work / "base", dump)
            return
        shutil.copy(dump, self.work / "base")
        self.create(database)
        self.shell('pg_restore -j2 -d "$database" "$work/base"', database=database, work=self.work)
        (self.work / "base").unlink()
