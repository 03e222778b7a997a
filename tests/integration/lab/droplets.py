# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's droplets: by SSH as an operator comes in, or by the console as a provider has it."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.places import HOME
from lab.tools import run


@dataclass(frozen=True)
class Droplet:
    """A lab droplet and how one gets in: by SSH as its admin user, or by the provider's console as root."""

    name: str
    address: str
    domain: str

    @property
    def container(self) -> str:
        return f"ipai-lab-{self.name}"

    def is_running(self) -> bool:
        done = run(["docker", "inspect", "--format", "{{.State.Running}}", self.container], check=False)
        return done.stdout.strip() == "true"

    def site(self, environment: str) -> str:
        """The domain of an environment of the demo inventory."""
        return {"erp": "erp", "erp-staging": "staging", "mail": "mail"}[environment] + f".{self.domain}"

    def ssh_argv(self, user: str = "ops") -> list[str]:
        # One connection for all tests: the firewall limits new ones.
        return [
            "ssh",
            *("-i", str(HOME / "id_ed25519"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
            *("-o", f"UserKnownHostsFile={HOME / 'known_hosts'}", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=15"),
            *("-o", "ControlMaster=auto", "-o", "ControlPersist=300", "-o", f"ControlPath={HOME}/ssh-%C"),
            f"{user}@{self.address}",
        ]

    def ssh(
        self,
        command: str | Sequence[str],
        *,
        stdin: str | None = None,
        check: bool = True,
        timeout: float = 120,
        root: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command (or an argv) on the droplet, as root unless told otherwise."""
        line = command if isinstance(command, str) else shlex.join(command)
        remote = f"sudo -n -- sh -c {shlex.quote(line)}" if root else line
        return run([*self.ssh_argv(), remote], stdin=stdin, check=check, timeout=timeout)

    def console(
        self, command: str, *, stdin: str | None = None, check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command over the provider's console: for machines that the collection has not touched yet."""
        return run(
            ["docker", "exec", "--interactive", self.container, "sh", "-c", command],
            stdin=stdin,
            check=check,
            timeout=timeout,
        )

    def python(self, source: str, *arguments: str, timeout: float = 120, console: bool = False) -> Any:
        """Run Python on the droplet as root; its output is JSON."""
        command = shlex.join(["python3", "-", *arguments])
        shell = self.console if console else self.ssh
        return json.loads(shell(command, stdin=source, timeout=timeout).stdout)

    def inside(self, container: str, source: str, *arguments: str, timeout: float = 120) -> Any:
        """Run Python inside a container of the droplet, as its own user; its output is JSON."""
        argv = ["docker", "exec", "--interactive", container, "python3", "-", *arguments]
        return json.loads(self.ssh(argv, stdin=source, timeout=timeout).stdout)

    def docker(self, *arguments: str, **options: Any) -> str:
        return self.ssh(["docker", *arguments], **options).stdout.strip()

    def inspect(self, *names: str) -> list[dict[str, Any]]:
        return json.loads(self.docker("inspect", *names))

    def containers(self) -> dict[str, dict[str, Any]]:
        """Every container of the droplet by name, as docker inspect tells."""
        names = self.docker("ps", "--all", "--format", "{{.Names}}").split()
        return {item["Name"].lstrip("/"): item for item in (self.inspect(*names) if names else [])}

    def read(self, path: str) -> str:
        return self.ssh(["cat", path]).stdout

    def secret(self, environment: str, name: str) -> str:
        return self.read(f"/srv/odoo/{environment}/secrets/{name}").strip()

    def sql(self, server: str, database: str, query: str) -> list[list[str]]:
        """Rows of a query, asked as the superuser inside the database server's container."""
        argv = ["docker", "exec", "--interactive", "--user", "postgres", server]
        argv += ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align", "--field-separator=\t"]
        out = self.ssh([*argv, "--dbname", database], stdin=query).stdout
        return [line.split("\t") for line in out.splitlines() if line]


DROPLET = Droplet("droplet", "172.30.10.10", "lab.test")
SECOND = Droplet("second", "172.30.10.11", "two.test")
DEBIAN12 = Droplet("debian12", "172.30.10.12", "twelve.test")


WATCH = """
import os, sys, time
seen, end, place = set(), time.time() + 1800, sys.argv[1]
with open(place + "/seen", "wb", 0) as out:
    while os.path.exists(place + "/on") and time.time() < end:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as handle:
                    line = handle.read()
            except OSError:
                continue
            if line and line not in seen:
                seen.add(line)
                out.write(line.replace(b"\\0", b" ").replace(b"\\n", b" ") + b"\\n")
        time.sleep(0.03)
"""


class Watch:
    """Writes down the command line of every process of a droplet, as `ps -ef` would show it to anybody there.

    Each in a folder of its own, which outlasts a power failure: two that shared one would end each other.
    """

    def __init__(self, droplet: Droplet) -> None:
        self.droplet, self.text, self.lines = droplet, "", 0

    def __enter__(self) -> Watch:
        self.place = self.droplet.console("mktemp -d /var/tmp/lab-watch-XXXXXX").stdout.strip()
        self.droplet.console(f"touch {self.place}/on; cat >{self.place}/watch.py", stdin=WATCH)
        self.droplet.console(
            f"setsid python3 {self.place}/watch.py {self.place} >/dev/null 2>{self.place}/said </dev/null &"
            f" until [ -s {self.place}/seen ]; do sleep 0.1; done"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.text = self.droplet.console(f"rm -f {self.place}/on; cat {self.place}/seen {self.place}/said").stdout
        self.lines = self.text.count("\n")
        self.droplet.console(f"rm -rf {self.place}")
