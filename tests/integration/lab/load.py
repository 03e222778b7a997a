# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People at work in Odoo: attachments come and go all the time, and the collector is forced again and again."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

from lab.droplets import Droplet

# Runs on the droplet and speaks to Odoo's own port: the proxy limits the requests of one address.
PEOPLE = """
import base64, json, os, random, sys, threading, time, urllib.request
address, database, writers, stop = sys.argv[1:]
password = sys.stdin.readline().strip()
counts = {"created": 0, "deleted": 0, "collected": 0, "failed": 0}
said, guard = [], threading.Lock()

def rpc(service, method, *args):
    body = {"jsonrpc": "2.0", "method": "call", "params": {"service": service, "method": method, "args": args}}
    request = urllib.request.Request("http://%s:8069/jsonrpc" % address, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        reply = json.load(answer)
    if "error" in reply:
        raise RuntimeError(json.dumps(reply["error"])[:2000])
    return reply.get("result")

uid = rpc("common", "login", database, "admin", password)

def call(model, method, *args, **named):
    return rpc("object", "execute_kw", database, uid, password, model, method, list(args), named)

def count(what, error=None):
    with guard:
        counts[what] += 1
        if error is not None and len(said) < 5:
            said.append(repr(error)[:1500])

def write(number):
    chance = random.Random(os.urandom(8))
    own = []
    while os.path.exists(stop):
        try:
            values = [{"name": "load-%d" % number,
                       "datas": base64.b64encode(os.urandom(chance.randint(200, 60000))).decode()}
                      for _ in range(chance.randint(1, 4))]
            own += call("ir.attachment", "create", values)
            count("created")
            if len(own) > 12:
                gone, own = own[:8], own[8:]
                call("ir.attachment", "unlink", gone)
                count("deleted")
        except Exception as error:
            count("failed", error)
            time.sleep(0.2)

def collect():
    crons = call("ir.cron", "search", [["model_id.model", "=", "ir.autovacuum"]], context={"active_test": False})
    while os.path.exists(stop):
        try:
            call("ir.cron", "method_direct_trigger", crons)
            count("collected")
        except Exception as error:
            count("failed", error)
        time.sleep(0.3)

threads = [threading.Thread(target=write, args=(number,)) for number in range(int(writers))]
threads.append(threading.Thread(target=collect))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({**counts, "said": said}))
"""


class People:
    """Work in an environment for as long as the context lasts; then ``counts`` tells what was done."""

    def __init__(self, droplet: Droplet, environment: str, writers: int = 3) -> None:
        self.droplet = droplet
        self.environment = environment
        self.writers = writers
        self.stop = f"/run/lab-people-{environment}"
        self.counts: dict[str, Any] = {}

    def __enter__(self) -> People:
        droplet, name = self.droplet, self.environment
        networks = droplet.inspect(f"{name}-odoo")[0]["NetworkSettings"]["Networks"]
        address = networks[name]["IPAddress"]
        droplet.console(f"touch {self.stop}; cat >/run/lab-people.py", stdin=PEOPLE)
        command = ["python3", "/run/lab-people.py", address, name, str(self.writers), self.stop]
        self.process = subprocess.Popen(
            ["docker", "exec", "--interactive", droplet.container, "sh", "-c", shlex.join(command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin
        self.process.stdin.write(droplet.secret(name, "admin_password") + "\n")
        self.process.stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self.droplet.console(f"rm -f {self.stop}")
        out, _err = self.process.communicate(timeout=180)
        self.counts = json.loads(out.splitlines()[-1])
