# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups that may be broken: a copy of the demo's production with repositories of its own, and what its runs say."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

from lab.droplets import Droplet
from lab.places import WORLD_CONTAINER
from lab.tools import run

NAME = "lab-faults"
FOLDER = f"/srv/{NAME}"
STATE = f"/var/lib/ipai-odoo/{NAME}"
METRICS = f"/var/lib/ipai-odoo/metrics/ipai_backup_{NAME}.prom"
BROKEN_PORT = 9001  # of lab.broken_s3
HOOK_PORT = 8099

# Takes messages as Mattermost does and writes each as a line of JSON.
HOOK = f"""
import http.server, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("{FOLDER}/messages", "ab") as kept:
            kept.write(body + b"\\n")
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", {HOOK_PORT}), Hook).serve_forever()
"""

# A database with something in it that takes a moment to dump, owned as the original is.
CLONE = f"""
docker exec --user postgres SERVER dropdb --if-exists --force {NAME}
docker exec --user postgres SERVER createdb --owner erp --template template0 --encoding UTF8 --lc-collate C {NAME}
docker exec --user postgres SERVER pg_dump --format custom --compress 0 erp |
    docker exec --interactive --user postgres SERVER pg_restore --dbname {NAME}
docker exec --interactive --user postgres SERVER psql --quiet --dbname {NAME} --set ON_ERROR_STOP=1
"""
NOISE = """
CREATE TABLE lab_noise AS SELECT n, md5(random()::text) || md5(random()::text) || md5(random()::text) AS text
FROM generate_series(1, 400000) AS n;
ALTER TABLE lab_noise OWNER TO erp;
"""

# What every question needs; `found` are the settings.
HEAD = f"""
import dataclasses, hashlib, json, os, subprocess, sys, time
from datetime import datetime, timedelta, timezone
sys.path.insert(0, "/opt/ipai-odoo/lib")
from ansible_collections.ipai.odoo.plugins.module_utils._backup import checked, pairs, record, restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup import restore, runs, settings, tidying
found = settings.load("{NAME}")
places = {{place.repository.name: place for place in pairs.repositories(found)}}
"""

LIST = """
listed = pairs.catalogue(found)
parts = {}
for name, place in places.items():
    if name not in listed.problems:
        parts[name] = [dict(one.tags, snapshot=one.id) for one in place.snapshots()]
print(json.dumps({
    "backups": {one.id: {name: dict(held) for name, held in one.places.items()} for one in listed.backups},
    "damaged": [one.id for one in listed.backups if one.damaged],
    "problems": listed.problems, "snapshots": parts}))
"""

# Reads a backup as a restore does, every byte of it, without restoring it.
READ = """
def digest(place, parts):
    argv = ["restic", "dump", "--quiet", parts["database"], "/database.pieces"]
    environment = {**os.environ, **place.variables()}
    dump = subprocess.Popen(place.argv(*argv[1:]), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    total = hashlib.sha256()
    for block in iter(lambda: dump.stdout.read(1 << 20), b""):
        total.update(block)
    said = dump.stderr.read().decode()
    if dump.wait():
        return said[-300:]
    argv = ["restic", "dump", "--quiet", "--archive", "tar", parts["filestore"], "/"]
    files = subprocess.run(place.argv(*argv[1:]), env=environment, capture_output=True)
    if files.returncode:
        return files.stderr.decode()[-300:]
    return total.hexdigest() + hashlib.sha256(files.stdout).hexdigest()
listed = pairs.catalogue(found, sys.argv[2])
print(json.dumps(digest(places[sys.argv[2]], listed.find(sys.argv[1]).places[sys.argv[2]])))
"""


@dataclass(frozen=True)
class Ran:
    """A run of the program."""

    code: int
    said: str
    seconds: float


class Faults:
    """The second set of backups, from making it to removing it."""

    def __init__(self, droplet: Droplet) -> None:
        self.droplet = droplet
        self.document: dict[str, Any] = {}

    def __enter__(self) -> Faults:
        droplet = self.droplet
        self.__exit__()
        pattern = json.loads(droplet.console("cat /etc/ipai-odoo/backup/erp.json").stdout)
        self.server = pattern["server"]
        droplet.console(
            f"""set -e; umask 077
            mkdir -p {FOLDER}/secrets {FOLDER}/data/filestore
            chown --reference /srv/odoo/erp/data {FOLDER}/data {FOLDER}/data/filestore
            cp --archive --link /srv/odoo/erp/data/filestore/erp {FOLDER}/data/filestore/{NAME}
            head -c 24 /dev/urandom | base64 >{FOLDER}/secrets/key
            cp /srv/odoo/erp/secrets/backup_s3_spaces {FOLDER}/secrets/s3
            echo http://127.0.0.1:{HOOK_PORT}/ >{FOLDER}/secrets/hook
            cat >{FOLDER}/hook.py""",
            stdin=HOOK,
        )
        droplet.console(f"setsid python3 {FOLDER}/hook.py >/dev/null 2>&1 </dev/null & echo $! >{FOLDER}/hook.pid")
        droplet.console(CLONE.replace("SERVER", self.server), stdin=NOISE, timeout=300)
        spaces = next(one for one in pattern["repositories"] if one["endpoint"])
        self.prefix = f"{NAME}-{droplet.name}"
        self.document = {
            **pattern,
            "environment": NAME,
            "directory": FOLDER,
            "database": NAME,
            "archive": False,
            "key_file": f"{FOLDER}/secrets/key",
            "webhook_file": f"{FOLDER}/secrets/hook",
            "repositories": [
                {"name": "disk", "path": f"{FOLDER}/disk"},
                {**spaces, "path": self.prefix, "credentials_file": f"{FOLDER}/secrets/s3"},
            ],
        }
        return self

    def renew(self) -> None:
        """Begin again with empty repositories and nothing remembered."""
        self.configure()
        self.droplet.console(f"rm -rf {FOLDER}/disk {FOLDER}/messages {STATE} {METRICS}")
        run(["docker", "exec", WORLD_CONTAINER, "rm", "-rf", f"/s3/backups/{self.prefix}"])
        self.ask("places['disk'].initialise(); places['spaces'].initialise(places['disk']); print(0)")

    def __exit__(self, *_: object) -> None:
        self.droplet.console(
            f"""systemctl stop 'ipai-backup-*@{NAME}.service' || true
            kill "$(cat {FOLDER}/hook.pid)" 2>/dev/null || true
            for where in $(awk '{{print $2}}' /proc/mounts | grep ^{FOLDER}/); do umount "$where"; done
            server=$(sed -n 's/.*"server": "\\(.*\\)",/\\1/p' /etc/ipai-odoo/backup/erp.json)
            docker exec --user postgres "$server" dropdb --if-exists --force {NAME}
            rm -rf {FOLDER} {STATE} {METRICS} /etc/ipai-odoo/backup/{NAME}.json /run/ipai-odoo/*-{NAME}.lock
            systemctl reset-failed 'ipai-backup-*@*{NAME}.service' 2>/dev/null || true"""
        )
        run(["docker", "exec", WORLD_CONTAINER, "rm", "-rf", f"/s3/backups/{NAME}-{self.droplet.name}"])

    def configure(self, **changes: Any) -> None:
        """Write the settings, with changes that last until the next call."""
        text = json.dumps({**self.document, **changes})
        self.droplet.console(f"umask 077; cat >/etc/ipai-odoo/backup/{NAME}.json", stdin=text)

    def repositories(self, **changes: dict[str, Any]) -> list[dict[str, Any]]:
        """The repositories, with changes to some of them by name: for :meth:`configure`."""
        return [{**one, **changes.get(one["name"], {})} for one in self.document["repositories"]]

    # Runs

    def program(self, command: str = "pair", *words: str, timeout: float = 300, before: str = "") -> Ran:
        """Run the program as an operator does."""
        line = f"{before} ipai-odoo-backup {shlex.join([command, NAME, *words])}"
        done = self.droplet.console(
            f"date +%s.%N >&2; umask 077; {line} 2>&1; code=$?; date +%s.%N >&2; exit $code",
            check=False,
            timeout=timeout,
        )
        first, last = (float(line) for line in done.stderr.split())
        return Ran(done.returncode, done.stdout, last - first)

    def start(self, command: str = "pair", *, wait: bool = False) -> None:
        """Run it as its timer does."""
        flag = "" if wait else "--no-block "
        self.droplet.console(f"systemctl start {flag}ipai-backup-{command}@{NAME}.service", check=False, timeout=300)

    # What can be asked

    def ask(self, source: str, *arguments: str, timeout: float = 300) -> Any:
        """Run Python with the program's own modules; it prints JSON."""
        return self.droplet.python(HEAD + source, *arguments, console=True, timeout=timeout)

    def listed(self) -> dict[str, Any]:
        """V(backups) (id → repository → part → snapshot), V(damaged), V(problems), V(snapshots) (repository → tags)."""
        return self.ask(LIST)

    def read(self, identifier: str, repository: str) -> str:
        """A digest of all that a backup holds, or what restic says when it cannot be read."""
        return self.ask(READ, identifier, repository)

    def status(self, kind: str = "pair") -> dict[str, Any]:
        return json.loads(self.droplet.console(f"cat {STATE}/status.json").stdout).get(kind, {})

    def runs(self) -> list[dict[str, Any]]:
        text = self.droplet.console(f"cat {STATE}/runs.jsonl 2>/dev/null || true").stdout
        return [json.loads(line) for line in text.splitlines()]

    def metric(self, name: str, kind: str = "pair") -> float:
        text = self.droplet.console(f"cat {METRICS}").stdout
        mark = f'ipai_backup_{name}{{host="{NAME}",kind="{kind}"}} '
        return float(next(line for line in text.splitlines() if line.startswith(mark)).removeprefix(mark))

    def messages(self) -> list[str]:
        """What the webhook was sent since the last call."""
        text = self.droplet.console(f"cat {FOLDER}/messages 2>/dev/null; rm -f {FOLDER}/messages").stdout
        return [json.loads(line)["text"] for line in text.splitlines()]

    def objects(self, kind: str, repository: str = "spaces") -> list[str]:
        """The files of a repository: V(data), V(index), V(snapshots), V(locks)."""
        return self.shell(repository, f"find {self.path(repository)}/{kind} -type f").split()

    def path(self, repository: str) -> str:
        root = f"{FOLDER}/disk" if repository == "disk" else f"/s3/backups/{self.prefix}"
        return f"{root}/{NAME}/restic"

    def shell(self, repository: str, command: str) -> str:
        """Run a shell command where the files of a repository are."""
        if repository == "disk":
            return self.droplet.console(command).stdout
        return run(["docker", "exec", WORLD_CONTAINER, "sh", "-c", command]).stdout


def half(listed: dict[str, Any]) -> list[str]:
    """Parts that belong to no backup."""
    return [
        f"{name}: {tags}"
        for name, found in listed["snapshots"].items()
        for tags in found
        if "backup" in tags and tags["backup"] not in listed["backups"]
    ]


def lacking(listed: dict[str, Any]) -> list[str]:
    """Backups that are not in both repositories."""
    return [f"{name} is only in {set(places)}" for name, places in listed["backups"].items() if len(places) < 2]
