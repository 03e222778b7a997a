# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the integration tests speak to the lab: droplets by SSH, web pages by HTTPS, the collection by ansible-playbook.

Everything here asks machines that run; nothing knows what a template would have said.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import shlex
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("IPAI_LAB_HOME") or Path.home() / ".cache" / "ipai-odoo" / "lab")
INVENTORY = ROOT / "inventories" / "demo"
RECORDS = HOME / "records"  # what earlier steps of `make test` measured
WORLD = "172.30.10.2"
WORLD_CONTAINER = "ipai-lab-world"
NETWORK = "ipai-lab"
DROPLET_IMAGE = os.environ.get("IPAI_LAB_IMAGE_trixie", "")  # noqa: SIM112
SINK_PORTS = (25, 465, 587, 2525, 443)


def run(
    argv: Sequence[str], *, stdin: str | None = None, timeout: float = 120, check: bool = True, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program; a failure raises AssertionError with what it said."""
    done = subprocess.run(
        list(argv),
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
        **options,
    )
    if check and done.returncode != 0:
        said = (done.stderr or done.stdout)[-3000:]
        raise AssertionError(f"{shlex.join(argv[:8])} ended with {done.returncode}: {said}")
    return done


def until(what: str, probe: Callable[[], Any], *, seconds: float, pause: float = 0.5) -> Any:
    """The first true answer of probe; AssertionError when the deadline passes. Errors of probe count as no answer."""
    deadline = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except (AssertionError, OSError, http.client.HTTPException, subprocess.SubprocessError, ValueError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what} (last: {last!r})")
        time.sleep(pause)


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


# --- The web -----------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    certificate: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


def trust() -> ssl.SSLContext:
    """Trusts the authority that issued the lab's certificates and nobody else; names are checked."""
    return ssl.create_default_context(cafile=str(HOME / "issuer-ca.pem"))


def connect(address: str, port: int, *, timeout: float = 10) -> socket.socket:
    return socket.create_connection((address, port), timeout=timeout)


LIMITED = re.compile(r"/(web/(login|session/authenticate)|xmlrpc|jsonrpc)")
_bucket = [0.0, 0.0]  # level, time


def pace(path: str) -> None:
    """Stay below the limit of 100 logins and RPC requests a minute, 20 at once: these tests are one address."""
    if not LIMITED.search(path):
        return
    while True:
        now = time.monotonic()
        _bucket[0] = max(0.0, _bucket[0] - (now - _bucket[1]) * 95 / 60)
        _bucket[1] = now
        if _bucket[0] < 15:
            _bucket[0] += 1
            return
        time.sleep(0.2)


def fetch(
    url: str,
    address: str,
    *,
    method: str | None = None,
    data: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Answer:
    """One request on one connection to `address`, whatever DNS says of the URL's name. Redirects are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pace(parts.path)
    raw = connect(address, port, timeout=timeout)
    channel: socket.socket = raw
    certificate = b""
    if parts.scheme == "https":
        try:
            wrapped = trust().wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise
        certificate = wrapped.getpeercert(binary_form=True) or b""
        channel = wrapped
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.sock = channel
    try:
        path = parts.path or "/"
        if parts.query:
            path += f"?{parts.query}"
        body = data.encode() if isinstance(data, str) else data
        connection.request(method or ("POST" if body is not None else "GET"), path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(), certificate)
    finally:
        connection.close()


@dataclass
class Site:
    """An environment as somebody outside sees it: https://domain/ at the droplet's address, with cookies."""

    domain: str
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    def fetch(
        self, path: str, *, headers: Mapping[str, str] | None = None, scheme: str = "https", **options: Any
    ) -> Answer:
        sent = dict(headers or {})
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        answer = fetch(f"{scheme}://{self.domain}{path}", self.address, headers=sent, **options)
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def login(self, login: str, password: str) -> Answer:
        """Log in through the form, as a person does."""
        page = self.fetch("/web/login")
        assert page.status == 200, f"login page of {self.domain}: {page.status}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token, "no form on the login page"
        form = urlencode({"csrf_token": token[1], "login": login, "password": password, "redirect": "/odoo"})
        return self.fetch("/web/login", data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path: str, value: object, **options: Any) -> Answer:
        return self.fetch(path, data=json.dumps(value), headers={"Content-Type": "application/json"}, **options)

    def rpc(self, service: str, method: str, *arguments: Any) -> Any:
        """The result of one JSON-RPC call; AssertionError with Odoo's own message when it fails."""
        call = {"service": service, "method": method, "args": list(arguments)}
        answer = self.post_json("/jsonrpc", {"jsonrpc": "2.0", "id": 1, "method": "call", "params": call})
        assert answer.status == 200, f"{self.domain} {service}.{method}: status {answer.status} {answer.text[:300]}"
        reply = answer.json()
        assert "error" not in reply, json.dumps(reply["error"])[:3000]
        return reply.get("result")  # Odoo leaves out a result that is nothing


@dataclass
class Odoo:
    """Odoo's objects over JSON-RPC as the environment's administrator."""

    site: Site
    database: str
    password: str
    uid: int

    @classmethod
    def enter(cls, droplet: Droplet, environment: str) -> Odoo:
        site = Site(droplet.site(environment), droplet.address)
        password = droplet.secret(environment, "admin_password")
        uid = site.rpc("common", "login", environment, "admin", password)
        assert uid, f"the password in secrets/admin_password of {environment} opens nothing"
        return cls(site, environment, password, uid)

    def call(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        return self.site.rpc(
            "object", "execute_kw", self.database, self.uid, self.password, model, method, arguments, named
        )


# --- Somebody else on the outside --------------------------------------------------------------------------------


@contextlib.contextmanager
def visitor() -> Iterator[Callable[..., Any]]:
    """A throw-away container outside the droplets with an address of its own, for everything that may earn a ban.

    Gives a function (source, *arguments) that runs Python there and returns its JSON; `visit.address` and `visit.name`
    tell who it is.
    """
    assert DROPLET_IMAGE, "IPAI_LAB_IMAGE_trixie is not set: start the tests with scripts/lab.sh test"
    name = f"ipai-lab-visitor-{uuid.uuid4().hex[:8]}"
    for attempt in range(5):
        address = f"172.30.10.{random.randint(100, 199)}"
        argv = ["docker", "run", "--detach", "--rm", "--name", name, "--network", NETWORK, "--ip", address]
        argv += ["--volume", f"{HOME}:/lab:ro", "--entrypoint", "sleep", DROPLET_IMAGE, "3600"]
        if run(argv, check=attempt == 4).returncode == 0:
            break
        run(["docker", "rm", "--force", name], check=False)

    def visit(source: str, *arguments: str, timeout: float = 120) -> Any:
        argv = ["docker", "exec", "--interactive", name, "python3", "-", *arguments]
        return json.loads(run(argv, stdin=source, timeout=timeout).stdout)

    visit.address = address  # type: ignore[attr-defined]
    visit.name = name  # type: ignore[attr-defined]
    try:
        yield visit
    finally:
        run(["docker", "rm", "--force", name], check=False)


# Tries each [host, port] of a JSON list; prints a JSON list of words: open, refused, timeout, unresolved or the error.
CONNECT = """
import concurrent.futures, json, socket, sys
def attempt(target):
    host, port = target
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return "unresolved"
    try:
        socket.create_connection(found[0][4], timeout=3).close()
        return "open"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return error.strerror or repr(error)
targets = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(attempt, targets))))
"""


def reach(where: Callable[..., Any], targets: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What each target answers; `where` runs Python somewhere: a visitor, or partial(droplet.inside, container)."""
    words = where(CONNECT, json.dumps([list(target) for target in targets]))
    return dict(zip(targets, words, strict=True))


def locally(source: str, *arguments: str) -> Any:
    """Run Python on this machine, which stands outside the droplets."""
    return json.loads(run(["python3", "-", *arguments], stdin=source).stdout)


def sink_connections(address: str) -> list[str]:
    """Every connection that the outside mail servers saw from one address."""
    done = run(["docker", "exec", WORLD_CONTAINER, "sh", "-c", "cat /sink/connections 2>/dev/null || true"])
    return [line for line in done.stdout.splitlines() if line.endswith(f" from {address}")]


def sink_mails() -> list[str]:
    return run(["docker", "exec", WORLD_CONTAINER, "sh", "-c", "ls /sink | grep eml || true"]).stdout.split()


# --- The collection ----------------------------------------------------------------------------------------------

RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=(?P<unreachable>\d+)"
    r"\s+failed=(?P<failed>\d+)\s+skipped=(?P<skipped>\d+)",
    re.M,
)
TASK_TIME = re.compile(r"^(?P<task>\S.*?) -{3,} +(?P<seconds>\d+\.\d+)s$", re.M)


@dataclass
class Play:
    """What a run of ansible-playbook said."""

    code: int
    text: str
    seconds: float

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        return {
            match["host"]: {key: int(value) for key, value in match.groupdict().items() if key != "host"}
            for match in RECAP.finditer(self.text)
        }

    def total(self, key: str) -> int:
        return sum(counts[key] for counts in self.recap.values())

    @property
    def slowest(self) -> list[tuple[str, float]]:
        return [(match["task"].strip(), float(match["seconds"])) for match in TASK_TIME.finditer(self.text)]

    @property
    def changes(self) -> str:
        """The tasks that reported a change, for messages."""
        task, out = "", []
        for line in self.text.splitlines():
            if line.startswith(("TASK [", "RUNNING HANDLER [")):
                task = line
            elif line.startswith("changed:"):
                out.append(f"{task} {line}")
        return "\n".join(out)

    @property
    def failures(self) -> str:
        return "\n".join(
            line for line in self.text.splitlines() if "fatal:" in line or "FAILED" in line or "ERROR" in line
        )


def play_environment(droplet: Droplet) -> dict[str, str]:
    return {
        **os.environ,
        "IPAI_LAB_DROPLET": droplet.address,
        "IPAI_LAB_DOMAIN": droplet.domain,
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
        "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "12",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }


def play(
    *arguments: str,
    droplet: Droplet = DROPLET,
    inventory: Path = INVENTORY,
    playbook: str = "ipai.odoo.site",
    timeout: float = 1200,
    environment: Mapping[str, str] | None = None,
) -> Play:
    """Run a playbook as a user does and wait for its end."""
    argv = ["ansible-playbook", "--inventory", str(inventory), playbook, *arguments]
    start = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env={**play_environment(droplet), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return Play(done.returncode, done.stdout, time.monotonic() - start)


def fingerprint(droplet: Droplet, *, console: bool = False, **options: Any) -> dict[str, Any]:
    """The state of a droplet; see fingerprint.py for the options and what it holds."""
    source = (HERE / "fingerprint.py").read_text(encoding="utf-8")
    return droplet.python(source, json.dumps(options), timeout=300, console=console)


def differences(left: Mapping[str, Any], right: Mapping[str, Any], limit: int = 60) -> list[str]:
    """Where two fingerprints differ: one line for each path, container, network, row."""
    out = []
    for section in sorted({*left, *right}):
        one, other = left.get(section, {}), right.get(section, {})
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                out.append(f"{section} {key}: {one.get(key)!r} != {other.get(key)!r}")
    return out[:limit]


def lynis(droplet: Droplet, *, console: bool = False) -> int:
    """The hardening index that Lynis gives the droplet. It runs from a temporary folder and leaves nothing behind."""
    package = HOME / "lynis.tar"
    if not package.exists():
        script = (
            "apt-get update -qq >&2 && cd /tmp && apt-get download -qq lynis >&2 && dpkg-deb --fsys-tarfile lynis_*.deb"
        )
        with tempfile.NamedTemporaryFile(dir=HOME, delete=False) as target:
            subprocess.run(
                ["docker", "run", "--rm", "--network", "host", "--entrypoint", "sh", DROPLET_IMAGE, "-c", script],
                stdout=target,
                check=True,
                timeout=300,
            )
        Path(target.name).rename(package)
    folder = f"/run/lynis-{uuid.uuid4().hex[:8]}"
    unpack = ["docker", "exec", "--interactive", droplet.container, "sh", "-c", f"mkdir {folder} && tar -C {folder} -x"]
    with package.open("rb") as source:
        subprocess.run(unpack, stdin=source, check=True, timeout=60)
    script = f"""
trap 'rm -rf {folder} /run/lynis.pid' EXIT
mkdir -p {folder}/etc/lynis/plugins
cd {folder}/usr/share/lynis
bash {folder}/usr/sbin/lynis audit system --quick --no-colors --profile {folder}/etc/lynis/default.prf \\
    --plugindir {folder}/etc/lynis/plugins --logfile {folder}/log --report-file {folder}/report >{folder}/out 2>&1
cat {folder}/report
"""
    shell = droplet.console if console else droplet.ssh
    report = shell(script, timeout=600).stdout
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"lynis-{droplet.name}.txt").write_text(report, encoding="utf-8")
    found = re.search(r"^hardening_index=(\d+)", report, re.M)
    assert found, f"Lynis gave no index on {droplet.name}: {report[-1000:]}"
    return int(found[1])


class Meanwhile:
    """Calls a probe in the background again and again until the block ends; keeps what it returned or raised."""

    def __init__(self, probe: Callable[[], Any], pause: float = 0.2) -> None:
        self.probe, self.pause = probe, pause
        self.results: list[Any] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)

    def _loop(self) -> None:
        while not self._end.is_set():
            try:
                self.results.append(self.probe())
            except Exception as error:  # a dropped request is what it looks for
                self.results.append(error)
            self._end.wait(self.pause)

    def __enter__(self) -> Meanwhile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(timeout=120)


WATCH = """
import os, sys, time
seen, end = set(), time.time() + 1800
with open("/run/lab-processes", "wb", 0) as out:
    while os.path.exists("/run/lab-watch") and time.time() < end:
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
os.unlink("/run/lab-watch") if os.path.exists("/run/lab-watch") else None
"""


class Watch:
    """Writes down the command line of every process of a droplet, as `ps -ef` would show it to anybody there."""

    def __init__(self, droplet: Droplet) -> None:
        self.droplet, self.text, self.lines = droplet, "", 0

    def __enter__(self) -> Watch:
        self.droplet.console("touch /run/lab-watch; cat >/run/lab-watch.py", stdin=WATCH)
        self.droplet.console("setsid python3 /run/lab-watch.py >/dev/null 2>&1 </dev/null &")
        return self

    def __exit__(self, *_: object) -> None:
        self.text = self.droplet.console("rm -f /run/lab-watch; cat /run/lab-processes 2>/dev/null || true").stdout
        self.lines = self.text.count("\n")
        self.droplet.console("rm -f /run/lab-processes /run/lab-watch.py")
