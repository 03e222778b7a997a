# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of production's database server: what arrives, what comes back, and what happens when something is wrong.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_archive.py
"""

from __future__ import annotations

import contextlib
import json
import re
import time

import pytest
from lab import droplets, places, playbook, tools, world

SERVER = "pg-production"
RELAY = f"ipai-archive-relay-{SERVER}-spaces"
STORE = f"/s3/backups/{droplets.DROPLET.domain}/{SERVER}/pgbackrest"
PROGRAM = f"""
import datetime, json, sys
sys.path.insert(0, "/opt/ipai-odoo/lib")
from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive, archive_copy, archive_settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_window
settings = archive_settings.load({SERVER!r})
server = archive.Archive(settings)
"""
SWITCH = PROGRAM + "print(json.dumps(server.switch()))"
COPY = (
    PROGRAM
    + """
moment = None if sys.argv[1] == "latest" else datetime.datetime.fromisoformat(sys.argv[1])
with archive_copy.at(settings, moment, repository=sys.argv[2]) as copy:
    networks = archive._stack.container_networks([copy.container])[copy.container]
    rows = copy.server.rows("postgres", sys.argv[3])
print(json.dumps({"rows": rows, "networks": sorted(networks), "seconds": copy.restore_seconds + copy.replay_seconds}))
"""
)


def store(command):
    """Run a shell command where the objects of the S3 service lie."""
    return tools.run(["docker", "exec", places.WORLD_CONTAINER, "sh", "-c", f"cd {STORE} && {command}"]).stdout


def program(droplet, *words, check=True, timeout=900):
    return droplet.ssh(["/usr/local/sbin/ipai-odoo-backup", *words], check=check, timeout=timeout)


def copy(droplet, moment, repository, query):
    return droplet.python(COPY, moment, repository, query, timeout=900)


def sql(droplet, query):
    return droplet.sql(SERVER, "postgres", query)


def answers(droplet):
    return (
        droplet.ssh(["docker", "exec", "-u", "postgres", SERVER, "psql", "-Xc", "SELECT 1"], check=False).returncode
        == 0
    )


@contextlib.contextmanager
def table(droplet, name, columns):
    sql(droplet, f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({columns})")
    try:
        yield
    finally:
        sql(droplet, f"DROP TABLE IF EXISTS {name}")


@contextlib.contextmanager
def s3_down(droplet, how="refuses"):
    """S3 is gone: connections are refused, or nothing is answered any more."""
    begin, end = {
        "refuses": (f"systemctl stop {RELAY}.socket {RELAY}.service", f"systemctl start {RELAY}.socket"),
        "hangs": tuple(
            f"iptables -w {verb} OUTPUT -d {places.WORLD} -p tcp --dport 9000 -j DROP" for verb in ("-I", "-D")
        ),
    }[how]
    droplet.ssh(begin)
    try:
        yield
    finally:
        droplet.ssh(end)


def test_wal_arrives_in_both_repositories(droplet, figure):
    begin = time.monotonic()
    segment = droplet.python(SWITCH)
    figure("WAL switched and in both repositories, seconds", f"{time.monotonic() - begin:.1f}")
    assert segment in store("find archive -name '*.zst'")
    assert segment in droplet.ssh(f"find /srv/backup/{SERVER}/pgbackrest/archive -name '*.zst'").stdout


def test_repositories_are_encrypted(droplet):
    for name in ("archive.info", f"17-1/{'0' * 7}1{'0' * 8}/*.zst"):
        heads = store(f"head -c 8 archive/{SERVER}/{name} | tr -d '\\0'")
        assert "Salted__" in heads, name


@pytest.mark.parametrize("repository", ["disk", "spaces"])
def test_dropped_table_is_back_as_of_a_second_before(droplet, figure, repository):
    with table(droplet, "lab_dropped", "n int"):
        sql(droplet, "INSERT INTO lab_dropped SELECT generate_series(1, 1000)")
        time.sleep(1.5)
        ((when,),) = sql(droplet, "SELECT clock_timestamp() - interval '1 second'")
        sql(droplet, "DROP TABLE lab_dropped")
        droplet.python(SWITCH)
        droplet.python(SWITCH)
        found = copy(droplet, when, repository, "SELECT count(*) AS n FROM lab_dropped")
        assert found["rows"] == [{"n": 1000}] and found["networks"] == []
        assert sql(droplet, "SELECT to_regclass('lab_dropped')") in ([], [[""]]), "production goes on without it"
        figure(f"copy of the database server from {repository}, seconds", f"{found['seconds']:.1f}")
    assert f"{SERVER}-copy" not in droplet.containers()
    assert droplet.ssh(f"ls /srv/postgres/{SERVER}").stdout.split() == [
        *("compose.yaml", "config", "data", "exchange", "secrets")
    ]


LOAD = f"""
import subprocess, time
argv = ["docker", "exec", "-i", "-u", "postgres", {SERVER!r}, "psql", "-XqAt", "postgres"]
psql = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
with open("/run/lab-acknowledged", "w", buffering=1) as out:
    while True:
        psql.stdin.write("INSERT INTO lab_load DEFAULT VALUES RETURNING extract(epoch FROM at);\\n")
        psql.stdin.flush()
        line = psql.stdout.readline()
        if not line:
            break
        out.write(line)
        time.sleep(0.02)
"""


def test_kill_under_load_loses_at_most_a_minute(droplet, figure):
    """What is in S3 at the moment of the kill is all that is left."""
    with table(droplet, "lab_load", "n bigserial, at timestamptz DEFAULT clock_timestamp()"):
        droplet.ssh("cat >/run/lab-load.py", stdin=LOAD)
        droplet.ssh("setsid python3 /run/lab-load.py >/dev/null 2>&1 </dev/null &")
        time.sleep(50)
        droplet.docker("update", "--restart", "no", SERVER)
        try:
            with s3_down(droplet):
                pid = droplet.docker("inspect", "--format", "{{.State.Pid}}", SERVER)
                droplet.ssh(f"kill -9 {pid}")
                time.sleep(1)
            acknowledged = [float(line) for line in droplet.read("/run/lab-acknowledged").split()]
            found = copy(
                droplet, "latest", "spaces", "SELECT count(*) AS n, extract(epoch FROM max(at)) AS at FROM lab_load"
            )
        finally:
            droplet.docker("update", "--restart", "unless-stopped", SERVER)
            droplet.docker("start", SERVER)
            tools.until("the server answers", lambda: answers(droplet), seconds=60)
        lost = acknowledged[-1] - float(found["rows"][0]["at"])
        figure("lost by a kill under load, as seen from S3 alone, seconds", f"{lost:.1f}")
        assert len(acknowledged) > 100 and 0 <= lost <= 60


@pytest.mark.parametrize("how", ["refuses", pytest.param("hangs", marks=pytest.mark.nightly)])
def test_s3_down_and_back(droplet, figure, how):
    """Production goes on, the disk gets its segments, and S3 catches up."""
    with s3_down(droplet, how):
        begin = time.monotonic()
        ((segment,),) = sql(droplet, "SELECT pg_walfile_name(pg_switch_wal()) FROM txid_current()")
        sql(droplet, "INSERT INTO ipai_odoo.heartbeat VALUES (clock_timestamp())")
        assert time.monotonic() - begin < 5
        find = f"find /srv/backup/{SERVER}/pgbackrest/archive -name '{segment}*'"
        tools.until("the disk has the segment", lambda: segment in droplet.ssh(find).stdout, seconds=120, pause=2)
        figure(f"WAL on disk while S3 {how}, seconds", f"{time.monotonic() - begin:.0f}")
        assert segment not in store("find archive -name '*.zst'")
    begin = time.monotonic()
    tools.until("S3 has the segment", lambda: segment in store("find archive -name '*.zst'"), seconds=180, pause=2)
    figure(f"WAL in S3 after it came back ({how}), seconds", f"{time.monotonic() - begin:.0f}")


def test_gap_is_found_and_a_restore_stops_there(droplet):
    first = droplet.python(SWITCH)
    droplet.python(SWITCH)
    ((when,),) = sql(droplet, "SELECT clock_timestamp()")
    droplet.python(SWITCH)
    path = store(f"ls archive/{SERVER}/17-1/*/{first}-*").strip()
    store(f"mv {path} /tmp/lab-segment")
    try:
        time.sleep(1.5)
        told = program(droplet, "archive-window", SERVER).stdout
        assert f"repository spaces: {first} is missing" in told
        assert f"repository disk: {first}" not in told
        failed = program(droplet, "archive-try", SERVER, when.replace(" ", "T"), "spaces", check=False)
        assert failed.returncode == 1 and "its archived WAL ends before" in failed.stderr
        failed = program(droplet, "archive-try", SERVER, "latest", "spaces", check=False)
        assert failed.returncode == 1 and "has a gap after" in failed.stderr
        failed = program(droplet, "archive-gaps", SERVER, check=False)
        assert f"repository spaces: {first} is missing. A full backup was made" in failed.stderr, failed.stderr
        assert failed.returncode == 1 and "What can be restored: " in failed.stderr
        program(droplet, "archive-gaps", SERVER)
    finally:
        store(f"mv /tmp/lab-segment {path}")
    time.sleep(1.5)
    assert "missing" not in program(droplet, "archive-window", SERVER).stdout


def test_damaged_object_is_found(droplet):
    path = store(f"ls archive/{SERVER}/17-1/*/*.zst | tail -n 1").strip()
    store(f"cp {path} /tmp/lab-object && printf XXXX | dd of={path} bs=1 seek=300 conv=notrunc")
    try:
        time.sleep(1.5)
        failed = program(droplet, "archive-verify", SERVER, "spaces", check=False)
        assert failed.returncode == 1 and "archiveId: 17-1, " in failed.stderr, failed.stderr
    finally:
        store(f"cp /tmp/lab-object {path}")


def test_two_at_once(droplet):
    hold = """
import time
with archive._lock.hold(settings.lock, 1, "a full backup of the lab"):
    archive.PATIENCE = 0
    try:
        archive.Archive(settings).backup("incr", "disk")
    except archive.CommandError as exc:
        print(json.dumps(str(exc)))
"""
    assert "a full backup of the lab has had it" in droplet.python(PROGRAM + hold)


def test_container_reaches_s3_and_nothing_else(droplet):
    """Asked from the network namespace of the container, which has no program to ask with."""
    pid = droplet.docker("inspect", "--format", "{{.State.Pid}}", SERVER)
    (network,) = json.loads(droplet.docker("network", "inspect", SERVER))
    gateway = network["IPAM"]["Config"][0]["Gateway"]

    def where(source, *arguments):
        argv = ["nsenter", "--net", "--target", pid, "python3", "-", *arguments]
        return json.loads(droplet.ssh(argv, stdin=source).stdout)

    listens = droplet.ssh(f"systemctl show --value -p Listen {RELAY}.socket").stdout.split()[0]
    relay = int(re.search(r":(\d+)$", listens)[1])
    targets = [(gateway, port) for port in (relay, 22, 80, 443, 53, relay + 1, relay - 1)]
    targets += [(places.WORLD, port) for port in (5000, 9000, 14000)] + [
        (droplet.address, relay),
        (droplet.address, 22),
    ]
    answers = world.reach(where, targets)
    assert answers.pop((gateway, relay)) == "open"
    assert "open" not in answers.values(), answers


def test_the_hole_survives_a_reload(droplet):
    droplet.ssh("ufw reload")
    assert droplet.python(SWITCH)
    rules = droplet.ssh("iptables --list-rules ufw-before-input").stdout
    assert rules.count("--dport 1844") == 1


def test_secrets_stay_secret(droplet):
    key = droplet.read(f"/srv/postgres/{SERVER}/secrets/archive_key").strip()
    with droplets.Watch(droplet) as watch:
        program(droplet, "archive", SERVER, "incr")
        program(droplet, "archive-window", SERVER)
        program(droplet, "archive-try", SERVER, "latest", "spaces")
    assert "pgbackrest" in watch.text
    seen = {
        "process list": watch.text,
        "docker inspect": droplet.docker("inspect", SERVER),
        "compose file": droplet.read(f"/srv/postgres/{SERVER}/compose.yaml"),
        "settings": droplet.read(f"/etc/ipai-odoo/archive/{SERVER}.json"),
        "journal": droplet.ssh("journalctl --no-pager --since -15min", timeout=120).stdout,
    }
    for where, text in seen.items():
        assert key not in text and "lab-secret-not-for-use" not in text, where
    modes = droplet.ssh(
        f"stat -c '%a %u' /srv/postgres/{SERVER}/secrets /srv/postgres/{SERVER}/secrets/archive/*"
    ).stdout
    assert modes.split() == ["700", "0", "640", "0"]


def test_recovery_kit(droplet):
    kit = places.HOME / "recovery" / droplet.address / f"{SERVER}.yml"
    key = droplet.read(f"/srv/postgres/{SERVER}/secrets/archive_key").strip()
    assert f"postgres_archive_key: {key}\n" in kit.read_text()
    assert kit.stat().st_mode & 0o777 == 0o600


def test_what_ends_without_a_word_alerts(droplet):
    for kind in ("archive", "archive-gaps"):
        shown = droplet.ssh(f"systemctl show --value -p OnFailure ipai-{kind}@{SERVER}.service").stdout.strip()
        assert shown == f"ipai-backup-alert@{kind}:{SERVER}.service"
        assert droplet.ssh(f"systemctl cat '{shown}'").stdout


def test_timers(droplet):
    listed = droplet.ssh("systemctl list-timers --no-pager --plain --no-legend 'ipai-archive*'").stdout
    for kind in ("ipai-archive", "ipai-archive-full", "ipai-archive-incr", "ipai-archive-gaps", "ipai-archive-verify"):
        assert f"{kind}@{SERVER}.timer" in listed
    ((age,),) = sql(droplet, "SELECT extract(epoch FROM now() - max(at)) FROM ipai_odoo.heartbeat")
    assert float(age) < 90


def test_second_run_changes_nothing(droplet):
    done = playbook.play("--limit", SERVER)
    assert done.code == 0 and done.total("changed") == 0, done.changes


def test_an_archive_that_vanished_is_not_begun_anew(droplet):
    folder = f"/srv/backup/{SERVER}/pgbackrest"
    droplet.ssh(f"cd {folder} && mkdir away && mv archive backup away")
    try:
        done = playbook.play("--limit", SERVER, "--tags", "postgres")
        there = droplet.ssh(f"ls {folder}").stdout.split()
    finally:
        droplet.ssh(f"cd {folder} && rm -rf archive backup && mv away/* . && rmdir away")
    assert done.code != 0
    assert f"in disk was in use, and there is nothing in {folder} any more" in " ".join(done.text.split())
    assert there == ["away"]
    # What could not be pushed meanwhile follows.
    droplet.ssh(f"systemctl start ipai-archive@{SERVER}", timeout=300)
