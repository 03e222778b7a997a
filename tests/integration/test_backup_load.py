# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups made while people work: each of them restores, and what its database names is in its filestore."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from lab.backups import backups
from lab.droplets import Droplet
from lab.load import PEOPLE, People

# Makes backups one after the other as the timer does, then prints what each run said.
MAKE = """
import json, subprocess, sys, time
said = []
for number in range(int(sys.argv[1])):
    start = time.monotonic()
    done = subprocess.run(["ipai-odoo-backup", "pair", sys.argv[2]], capture_output=True, text=True)
    seconds = time.monotonic() - start
    said.append({"code": done.returncode, "said": done.stdout + done.stderr, "seconds": seconds})
print(json.dumps(said))
"""

# Restores backups with restic, pg_restore and the runbook's Python and looks at them with code of its own.
LOOK = r"""
import hashlib, json, os, shutil, subprocess, sys
sys.path.insert(0, "/opt/ipai-odoo/lib")
from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs, settings, throwaway

found = settings.load(sys.argv[1])
place = pairs.repositories(found)[0]
environment = {**os.environ, **place.variables()}
image = json.loads(subprocess.check_output(["docker", "inspect", found.server]))[0]["Config"]["Image"]
inside = ["docker", "exec", "--interactive", "--user", "postgres", "lab-look"]
folder = "/srv/lab-look/files"
UNPAD = (
    "import sys; r, w = sys.stdin.buffer, sys.stdout.buffer; "
    "[w.write(b[4:4 + int(b[:4].hex(), 16)]) for b in iter(lambda: r.read(524288), bytes())]"
)

def sql(database, query):
    argv = [*inside, "psql", "--quiet", "--no-align", "--tuples-only", "--dbname", database, "--command", query]
    return subprocess.check_output(argv, text=True).split()

def state(name):
    try:
        with open(os.path.join(folder, name), "rb") as handle:
            return hashlib.sha1(handle.read()).hexdigest() == os.path.basename(name)
    except FileNotFoundError:
        return False

def look(parts):
    sql("postgres", "CREATE DATABASE look TEMPLATE template0")
    argv = ["restic", "dump", "--quiet", parts["database"], "/database.pieces"]
    pieces = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE)
    dump = subprocess.Popen(["python3", "-c", UNPAD], stdin=pieces.stdout, stdout=subprocess.PIPE)
    argv = [*inside, "pg_restore", "--exit-on-error", "--no-owner", "--dbname=look"]
    restore = subprocess.run(argv, stdin=dump.stdout, stderr=subprocess.PIPE, text=True)
    argv = ["restic", "restore", "--quiet", parts["filestore"], "--target", folder]
    read = pieces.wait() or dump.wait()
    codes = [read, restore.returncode, subprocess.call(argv, env=environment, stdout=subprocess.DEVNULL)]
    names = sql("look", "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL")
    loose = sql("look", "SELECT conname FROM pg_constraint WHERE NOT convalidated")
    wrong = [name for name in names if not state(name)]
    shutil.rmtree(folder)
    sql("postgres", "DROP DATABASE look")
    return {"codes": codes, "said": restore.stderr[-500:], "files": len(names), "wrong": wrong, "loose": loose}

with throwaway.server("lab-look", image, "/srv/lab-look") as server:
    parts = pairs.whole(place.snapshots())
    print(json.dumps({name: look(parts[name]) for name in json.loads(sys.argv[2])}))
"""


# Holds an instant; in its most delicate moment an attachment is deleted and Odoo's collector runs. Says which files of
# the instant are not in the mirror then, and how many there are when the collector has had its way.
DELICATE = r"""
import base64, json, os, sys, threading, time
sys.path[:0] = ["/opt/ipai-odoo/lib", "/run"]
sys.argv[1:] = json.loads(sys.argv[1])
from ansible_collections.ipai.odoo.plugins.module_utils._backup import filestore, instant, settings
exec(compile(open("/run/lab-people.py").read().split("def write(")[0], "people", "exec"))
found, mirror = settings.load(database), instant._mirror

def create(name):
    return call("ir.attachment", "create", [{"name": name, "datas": base64.b64encode(os.urandom(3000)).decode()}])

def collect():
    crons = call("ir.cron", "search", [["model_id.model", "=", "ir.autovacuum"]], context={"active_test": False})
    try:
        call("ir.cron", "method_direct_trigger", crons)
    except RuntimeError as error:
        said.append(str(error))

def delicate(where):
    call("ir.attachment", "unlink", own)
    collector = threading.Thread(target=collect)
    collector.start()
    collector.join()
    return mirror(where)

own = create("delicate")
instant._mirror = delicate
with instant.hold(found) as held:
    kept = held.facts["filestore"]
instant._mirror = mirror
collect()
with instant.hold(found) as held:
    after = held.facts["filestore"]
print(json.dumps({"missing": kept["missing"], "files": kept["files"], "after": after["files"]}))
"""


def test_the_collector_waits_while_an_instant_is_held(droplet: Droplet) -> None:
    networks = droplet.inspect("erp-odoo")[0]["NetworkSettings"]["Networks"]
    droplet.console("cat >/run/lab-people.py", stdin=PEOPLE)
    arguments = json.dumps([networks["erp"]["IPAddress"], "erp", "0", "none"])
    droplet.console("cat >/run/lab-delicate.py", stdin=DELICATE)
    command = shlex.join(["python3", "/run/lab-delicate.py", arguments])
    out = droplet.console(command, stdin=droplet.secret("erp", "admin_password") + "\n").stdout
    seen = json.loads(out.splitlines()[-1])
    assert seen["missing"] == [], "what the snapshot names was removed before it was linked"
    assert seen["after"] < seen["files"], "and the collector does remove it as soon as it may"


@pytest.fixture(
    scope="module", params=[5, pytest.param(20, marks=pytest.mark.nightly)], ids=lambda times: f"{times} times"
)
def made(request: pytest.FixtureRequest, droplet: Droplet, figure: Callable[[str, str], None]) -> dict[str, Any]:
    """Backups under load, and what a look at each of them finds."""
    times: int = request.param
    before = set(backups(droplet))
    with People(droplet, "erp") as people:
        said = droplet.python(MAKE, str(times), "erp", timeout=900)
    names = sorted(set(backups(droplet)) - before)
    looks = droplet.python(LOOK, "erp", json.dumps(names), timeout=900)
    seconds = sorted(one["seconds"] for one in said)
    figure(
        f"backup of the demo's production under load, {times} times",
        f"median {seconds[len(seconds) // 2]:.1f} s; meanwhile {people.counts['created']} times attachments created,"
        f" {people.counts['deleted']} times deleted, the collector forced {people.counts['collected']} times",
    )
    return {"times": times, "said": said, "counts": people.counts, "names": names, "looks": looks}


def test_people_and_the_collector_were_at_work(made: dict[str, Any]) -> None:
    counts = made["counts"]
    assert counts["failed"] == 0, counts["said"]
    assert min(counts["created"], counts["deleted"]) > made["times"]
    assert counts["collected"] >= made["times"]


def test_every_run_made_a_backup(made: dict[str, Any]) -> None:
    assert [one["said"] for one in made["said"] if one["code"] != 0] == []
    assert len(made["names"]) == made["times"]


def test_every_backup_restores_whole(made: dict[str, Any]) -> None:
    for name, look in made["looks"].items():
        assert look["codes"] == [0, 0, 0], f"{name}: {look['said']}"
        assert look["files"] > 0
        assert look["wrong"] == [], f"{name} lacks files, or has other ones"
        assert look["loose"] == []
    assert set(made["looks"]) == set(made["names"])
