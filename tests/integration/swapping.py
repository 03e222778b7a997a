# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a droplet as root: publishes one of two copies of an environment over the other, and is killed doing so.

``python3 swapping.py LIBRARY ENVIRONMENT prepare | swaps NUMBER | lines | moments NUMBER | tidy``; prints JSON.  The
two copies are called A and B: a table of each database and a file of each filestore say so.
"""

from __future__ import annotations

import collections
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import sys
import threading
import time

sys.path.insert(0, sys.argv[1])

import psycopg2

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import guest, publish
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump

NAME = sys.argv[2]
LIVE, OTHER, FORMER = NAME, f"{NAME}-restored-swap", f"{NAME}-before-swap"
CONTAINER = f"{NAME}-odoo"
ODOO = _stack.container(CONTAINER)
CONFIGURATION = next(mount["Source"] for mount in ODOO["Mounts"] if mount["Destination"] == "/etc/odoo/odoo.conf")
with open(CONFIGURATION, encoding="utf-8") as stream:
    OPTIONS = dict(line.strip().split(" = ", 1) for line in stream if " = " in line)
SERVER = Server(OPTIONS["db_host"])
ADDRESS = next(
    network["IPAddress"]
    for name, network in _stack.container(SERVER.name)["NetworkSettings"]["Networks"].items()
    if name == SERVER.name
)
SETTINGS = Settings(
    environment=NAME,
    directory=f"/srv/odoo/{NAME}",
    server=SERVER.name,
    host=ADDRESS,
    port=5432,
    database=LIVE,
    user=NAME,
    password_file=f"/srv/odoo/{NAME}/secrets/database_password",
    sslmode="prefer",
    container=CONTAINER,
    restart="unless-stopped",
    key_file="",
    repositories=(),
)
WATCH = """
    DO $$
    DECLARE
        polled int := 0;
        missing int := 0;
        found int;
        until timestamptz := clock_timestamp() + interval '2 s';
    BEGIN
        WHILE clock_timestamp() < until LOOP
            SELECT count(*) INTO found FROM pg_database WHERE datname = current_setting('lab.live');
            polled := polled + 1;
            IF found <> 1 THEN missing := missing + 1; END IF;
            PERFORM pg_sleep(0.001);
        END LOOP;
        RAISE NOTICE 'polled % missing %', polled, missing;
    END $$;
"""


def path(name: str) -> str:
    return os.path.join(SETTINGS.filestores, name)


def sql(statement: str, database: str = "postgres", **names: str) -> str:
    return SERVER.execute(database, statement, **names).stdout.strip()


def mark(name: str, word: str) -> None:
    sql('ALTER DATABASE :"name" ALLOW_CONNECTIONS true', name=name)
    sql("CREATE TABLE IF NOT EXISTS lab_copy (word text); TRUNCATE lab_copy;", name)
    sql("INSERT INTO lab_copy VALUES (:'word'); GRANT SELECT ON lab_copy TO PUBLIC;", name, word=word)
    with open(path(f"{name}/lab-copy"), "w", encoding="utf-8") as stream:
        stream.write(word)


def copies() -> dict[str, list[str]]:
    """Name → the word in the database, the word in the filestore."""
    found = {}
    for name, row in SERVER.databases().items():
        if name not in (LIVE, OTHER, FORMER):
            continue
        sql('ALTER DATABASE :"name" ALLOW_CONNECTIONS true', name=name)
        in_database = sql("SELECT word FROM lab_copy", name)
        if not row["connections"]:
            sql('ALTER DATABASE :"name" ALLOW_CONNECTIONS false', name=name)
        with open(path(f"{name}/lab-copy"), encoding="utf-8") as stream:
            found[name] = [in_database, stream.read()]
    return found


def enter(database: str = LIVE) -> psycopg2.extensions.connection:
    """As Odoo does, with the environment's own password."""
    with open(SETTINGS.password_file, encoding="utf-8") as stream:
        password = stream.read().strip()
    return psycopg2.connect(host=ADDRESS, dbname=database, user=NAME, password=password, connect_timeout=10)


def prepare() -> None:
    """B beside the live A, as a restore leaves it: owned by a role of its own."""
    role = publish.role(SETTINGS)
    SERVER.create(OTHER, "postgres")
    with guest.loading(SERVER, OTHER, role, SERVER, LIVE) as reader:
        pump(SERVER.dump(LIVE), reader, timeout=600)
    shutil.copytree(path(LIVE), path(OTHER))
    mark(LIVE, "A")
    mark(OTHER, "B")


def tidy() -> None:
    """A is live again, and nothing else is left."""
    publish.mend(SETTINGS)
    again()
    if copies()[LIVE][0] == "B":
        publish.publish(SETTINGS, OTHER, FORMER)
        again()
    SERVER.drop(OTHER)
    shutil.rmtree(path(OTHER))
    os.unlink(path(f"{LIVE}/lab-copy"))
    sql("DROP TABLE lab_copy", LIVE)
    sql('DROP ROLE :"role"', role=publish.role(SETTINGS))


def again() -> None:
    """The one that is not live is called OTHER, whatever it was called."""
    if FORMER in SERVER.databases():
        sql('ALTER DATABASE :"former" RENAME TO :"other"', former=FORMER, other=OTHER)
        os.rename(path(FORMER), path(OTHER))


class Load:
    """People ask Odoo, somebody watches the list of databases, and somebody comes and goes."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.answers: collections.Counter[str] = collections.Counter()
        self.watched: collections.Counter[str] = collections.Counter()
        self.entered: collections.Counter[str] = collections.Counter()
        works = (self.ask, self.ask, self.watch, self.come)
        self.threads = [threading.Thread(target=work) for work in works]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def ask(self) -> None:
        address = ODOO["NetworkSettings"]["Networks"][NAME]["IPAddress"]
        while not self.over.is_set():
            connection = http.client.HTTPConnection(address, 8069, timeout=30)
            try:
                connection.request("GET", "/web/login")
                answer = connection.getresponse()
                answer.read()
                self.answers[str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.answers[type(error).__name__] += 1
                time.sleep(0.05)
            finally:
                connection.close()

    def watch(self) -> None:
        while not self.over.is_set():
            done = SERVER.execute("postgres", "SELECT set_config('lab.live', :'live', false);" + WATCH, live=LIVE)
            words = done.stderr.split()
            self.watched.update(polled=int(words[-3]), missing=int(words[-1]))

    def come(self) -> None:
        while not self.over.is_set():
            try:
                enter().close()
                self.entered["entered"] += 1
            except psycopg2.OperationalError as error:
                told = "renamed" if "just been dropped or renamed" in str(error) else str(error)
                self.entered[told] += 1
            time.sleep(0.01)


def swaps(number: int) -> dict[str, object]:
    """Swap again and again while Odoo goes on: the databases, then the filestores."""
    publish._own(SERVER, OTHER, publish.role(SETTINGS), NAME)
    comment = "COMMENT ON DATABASE :\"name\" IS 'swaps'"
    for name in (LIVE, OTHER):
        sql(comment, name=name)
    seconds, failures, wrong = [], [], []
    kept, free = OTHER, FORMER
    with Load() as load:
        for turn in range(number):
            oids = {name: row["oid"] for name, row in SERVER.databases().items()}
            journal = publish.Journal(LIVE, kept, free, oids[kept], "swaps", oids[LIVE], False)
            with open(path(f"{kept}/{publish.MARKER}"), "w", encoding="utf-8") as stream:
                stream.write(journal.ticket)
            start = time.monotonic()
            try:
                publish.swap(SERVER, journal, NAME)
            except CommandError as error:
                failures.append(str(error)[-300:])
                continue
            seconds.append(time.monotonic() - start)
            publish.move_files(SETTINGS, journal)
            os.unlink(path(f"{LIVE}/{publish.MARKER}"))
            kept, free = free, kept
            if turn % 20 == 0:
                found = copies()
                if any(one != other for one, other in found.values()) or len(found) != 2:
                    wrong.append(found)
    for name in (LIVE, kept):
        sql('COMMENT ON DATABASE :"name" IS NULL', name=name)
    again()
    seconds.sort()
    return {
        "swapped": len(seconds),
        "failures": failures,
        "wrong": wrong,
        "median": seconds[len(seconds) // 2],
        "longest": seconds[-1],
        "answers": load.answers,
        "watched": load.watched,
        "entered": load.entered,
        "copies": copies(),
    }


def killed(work: object) -> bool:
    """Run ``work`` in a process of its own; whether that was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            work()  # type: ignore[operator]
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def after_kill() -> dict[str, object]:
    """What a kill has left, and what mending makes of it."""
    there = LIVE in SERVER.databases()
    said = publish.mend(SETTINGS)
    twice = publish.mend(SETTINGS)
    found = copies()
    kept = sorted({*found} - {LIVE})
    open_to_odoo = []
    for name in found:
        with contextlib.suppress(psycopg2.OperationalError):
            enter(name).close()
            open_to_odoo.append(name)
    serving = _stack.container(CONTAINER)
    good = (
        there
        and twice == ""
        and len(found) == 2
        and all(one == other for one, other in found.values())
        and open_to_odoo == [LIVE]
        and not os.path.exists(os.path.join(SETTINGS.home, publish.JOURNAL))
        and not any(os.path.exists(path(f"{name}/{publish.MARKER}")) for name in found)
        and _stack.running(serving)
        and _stack.restart_policy(serving) == SETTINGS.restart
    )
    report = {"said": said, "copies": found, "open": open_to_odoo, "kept": kept, "good": good}
    again()
    return report


def lines() -> list[dict[str, object]]:
    """Killed before each line that publishing runs, one after the other, until one run gets to its end."""
    publish._rest = publish._wake = lambda _settings: None  # type: ignore[assignment]
    reports = []
    for number in range(1, 1000):
        left = number

        def count(frame: object, event: str, _argument: object) -> object:
            nonlocal left
            if frame.f_code.co_filename != publish.__file__:  # type: ignore[attr-defined]
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return count

        def work() -> None:
            sys.settrace(count)  # type: ignore[arg-type]
            publish.publish(SETTINGS, OTHER, FORMER)

        if not killed(work):
            break
        reports.append(after_kill())
    again()
    return reports


def moments(number: int) -> list[dict[str, object]]:
    """Killed at any moment, Odoo's rest included."""
    chance = random.Random()
    reports = []
    for _turn in range(number):
        wait = chance.uniform(0, 12)
        end = threading.Timer

        def work(wait: float = wait, end: type[threading.Timer] = end) -> None:
            end(wait, os.kill, (os.getpid(), signal.SIGKILL)).start()
            publish.publish(SETTINGS, OTHER, FORMER)
            os.kill(os.getpid(), signal.SIGKILL)

        killed(work)
        reports.append({"after": round(wait, 2), **after_kill()})
    return reports


def main() -> None:
    command, *words = sys.argv[3:]
    commands = {"prepare": prepare, "swaps": swaps, "lines": lines, "moments": moments, "tidy": tidy}
    try:
        print(json.dumps(commands[command](*map(int, words))))
    except CommandError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
