# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What the collection asks of Docker: the only caller of the ``docker`` program.

Functions raise :class:`CommandError` when Docker refuses; the error carries the
command and what Docker said.  Nothing secret may be an argument here.
"""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import RC_CANNOT_START, CommandError, Result, run
from ansible_collections.ipai.odoo.plugins.module_utils._network import (
    BRIDGE_OPTION,
    Addresses,
    Network,
    parse_inspect,
    parse_routes,
)

#: Seconds for a question to Docker and for a small change.
TIMEOUT = 60.0

#: What runc says when a command in a container was ended before it began: rare, on a machine with all hands full.
NEVER_BEGUN = "waiting for init preliminary setup"
#: How often such a command is tried, and the seconds between two tries.
TRIES = 3
BETWEEN_TRIES = 0.5


def docker(*arguments: str, check: bool = True, timeout: float = TIMEOUT) -> Result:
    """Run ``docker`` with ``arguments``."""
    return run(["docker", *arguments], check=check, timeout=timeout)


def tolerated(result: Result, *sayings: str) -> Result:
    """``result``, unless it is a failure that says none of ``sayings`` (lower case)."""
    if not result.ok and not any(saying in result.stderr.lower() for saying in sayings):
        raise CommandError(result.argv, result.rc, result.stdout, result.stderr)
    return result


def inspected(result: Result) -> list[dict[str, t.Any]]:
    """The JSON of an ``inspect`` command, also when some names do not exist."""
    try:
        documents = json.loads(result.stdout or "[]")
    except ValueError as exc:
        raise CommandError(result.argv, result.rc, result.stdout, result.stderr, "answers no JSON") from exc
    return t.cast("list[dict[str, t.Any]]", documents)


def available() -> bool:
    """Whether there is a Docker Engine that answers.

    Only check mode needs to ask: elsewhere its absence is an error.
    """
    try:
        return docker("version", "--format", "{{.Server.Version}}", check=False).ok
    except CommandError:
        return False


# Networks

#: How engines old and new say that a network does not exist.
NO_NETWORK = ("not found", "no such network")


def networks(label: str | None = None) -> list[Network]:
    """All networks, or those with ``label`` (``key=value``)."""
    selection = ["--filter", f"label={label}"] if label else []
    names = docker("network", "ls", "--quiet", *selection).stdout.split()
    if not names:
        return []
    # A network may vanish between the two questions: what is left is the answer.
    return parse_inspect(inspected(tolerated(docker("network", "inspect", *names, check=False), *NO_NETWORK)))


def network(name: str) -> Network | None:
    """The network ``name``, or ``None``."""
    result = tolerated(docker("network", "inspect", name, check=False), *NO_NETWORK)
    # `inspect` also takes the beginning of an identifier for a name.
    return next((found for found in parse_inspect(inspected(result)) if found.name == name), None)


def network_create(name: str, where: Addresses, *, bridge: str, internal: bool, labels: t.Mapping[str, str]) -> None:
    """Make a bridge network with fixed addresses."""
    arguments = ["--driver", "bridge", "--subnet", where.subnet, "--gateway", where.gateway]
    arguments += ["--ip-range", where.ip_range, "--opt", f"{BRIDGE_OPTION}={bridge}"]
    if internal:
        arguments.append("--internal")
    for key, value in sorted(labels.items()):
        arguments += ["--label", f"{key}={value}"]
    docker("network", "create", *arguments, name)


def network_remove(name: str) -> None:
    docker("network", "rm", name)


def network_connect(name: str, container: str) -> None:
    """Attach ``container``, running or not, to the network; being attached already is fine."""
    tolerated(docker("network", "connect", name, container, check=False), "already exists in network")


def network_disconnect(name: str, container: str) -> None:
    docker("network", "disconnect", "--force", name, container)


def container_networks(containers: t.Sequence[str]) -> dict[str, set[str]]:
    """The names of the networks of each of ``containers`` that exists, running or not."""
    if not containers:
        return {}
    result = tolerated(docker("container", "inspect", *containers, check=False), "no such container")
    return {
        document["Name"].lstrip("/"): set(document["NetworkSettings"]["Networks"]) for document in inspected(result)
    }


def routes(path: str = "/proc/net/route") -> list[str]:
    """The droplet's IPv4 routes in CIDR notation, without the default route."""
    try:
        with open(path, encoding="ascii") as handle:
            return parse_routes(handle.read())
    except OSError:
        return []


# Images

#: How engines old and new say that an image or a container does not exist.
NO_IMAGE = ("no such image", "no such object", "not found")
NO_CONTAINER = ("no such container", "no such object", "not found")
PULL_TIMEOUT = 1800.0


def image(name: str) -> dict[str, t.Any] | None:
    """What Docker knows of the image ``name``, or ``None`` when it is not on the droplet."""
    result = tolerated(docker("image", "inspect", name, check=False), *NO_IMAGE)
    found = inspected(result)
    return found[0] if found else None


def image_labels(document: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The labels of an image, from what :func:`image` returned."""
    return dict((document.get("Config") or {}).get("Labels") or {})


def image_pull(name: str, timeout: float = PULL_TIMEOUT) -> None:
    docker("pull", "--quiet", name, timeout=timeout)


def image_run(name: str, script: str, timeout: float = TIMEOUT) -> str:
    """What a shell script prints in a container of the image, without network."""
    arguments = ["--rm", "--network", "none", "--entrypoint", "/bin/sh", name, "-c", script]
    return docker("run", *arguments, timeout=timeout).stdout


def image_build(directory: str, name: str, labels: t.Mapping[str, str], timeout: float) -> None:
    """Build the image ``name`` from a directory that holds a Dockerfile and its context.

    With BuildKit where its program is installed, else with the builder before it.
    """
    arguments = ["docker", "build", "--tag", name]
    for key, value in sorted(labels.items()):
        arguments += ["--label", f"{key}={value}"]
    buildkit = docker("buildx", "version", check=False).ok
    environment = {"DOCKER_BUILDKIT": "1" if buildkit else "0", "BUILDKIT_PROGRESS": "plain"}
    run([*arguments, directory], check=True, timeout=timeout, env=environment)


# Containers and Compose projects


def container(name: str) -> dict[str, t.Any] | None:
    """What Docker knows of the container ``name``, or ``None``."""
    found = inspected(tolerated(docker("container", "inspect", name, check=False), *NO_CONTAINER))
    # `inspect` also takes the beginning of an identifier for a name.
    return next((document for document in found if document["Name"] == f"/{name}"), None)


def running(document: t.Mapping[str, t.Any] | None) -> bool:
    """Whether the container that :func:`container` returned runs, or would again by itself."""
    return document is not None and document["State"]["Status"] in ("running", "restarting", "paused")


def health(document: t.Mapping[str, t.Any]) -> tuple[str, str]:
    """State and last saying of a container's healthcheck: V(healthy), V(unhealthy), V(starting) or V(none)."""
    found = document["State"].get("Health") or {}
    log = found.get("Log") or []
    return str(found.get("Status") or "none"), str(log[-1].get("Output", "")).strip() if log else ""


def container_stop(name: str, grace: int = 60) -> None:
    docker("stop", "--time", str(grace), name, timeout=TIMEOUT + grace)


def container_start(name: str) -> None:
    docker("start", name)


def restart_policy(document: t.Mapping[str, t.Any]) -> str:
    """When the engine starts the container by itself, in the words of Compose; empty when that is not known."""
    return str(((document.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "")


def container_restart_policy(name: str, policy: str) -> None:
    """Say when the engine starts the container by itself, without touching the container."""
    docker("update", "--restart", policy, name)


def container_run(
    name: str, image: str, options: t.Sequence[str], command: t.Sequence[str] = (), *, timeout: float = TIMEOUT
) -> None:
    """Start a container in the background."""
    docker("run", "--detach", "--name", name, *options, image, *command, timeout=timeout)


def container_remove(name: str) -> None:
    """Remove a container, running or not, and its own volumes; it need not exist."""
    tolerated(docker("rm", "--force", "--volumes", name, check=False), *NO_CONTAINER, "already in progress")


def exec_argv(name: str, command: t.Sequence[str], *, user: str | None = None, env: t.Iterable[str] = ()) -> list[str]:
    """The arguments that run ``command`` in the running container ``name``, with standard input, for a pipe.

    :param env: names of variables that it gets from the environment of Docker's client.
    """
    options = [*(["--user", user] if user else []), *(part for one in env for part in ("--env", one))]
    return ["docker", "exec", "--interactive", *options, name, *command]


def container_exec(
    name: str,
    command: t.Sequence[str],
    *,
    user: str | None = None,
    env: t.Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float = TIMEOUT,
    check: bool = True,
) -> Result:
    """Run ``command`` in the running container ``name``; no process list shows ``env``.

    It is tried again when it never began, which is certain: a command that has begun is not repeated.
    """
    argv = exec_argv(name, command, user=user, env=env or ())
    for _try in range(TRIES):
        result = run(argv, stdin=stdin, timeout=timeout, env=env)
        # Docker writes this where the command would have written.
        if result.rc != RC_CANNOT_START or NEVER_BEGUN not in result.stdout + result.stderr:
            break
        time.sleep(BETWEEN_TRIES)
    return tolerated(result) if check else result


def container_project(document: t.Mapping[str, t.Any]) -> str:
    """The Compose project of a container, empty when it has none."""
    labels = (document.get("Config") or {}).get("Labels") or {}
    return str(labels.get("com.docker.compose.project", ""))


def container_wait(name: str, timeout: float) -> int:
    """Wait until the container ends; its exit code."""
    return int(docker("wait", name, timeout=timeout).stdout)


def container_finish(name: str, timeout: float) -> bool:
    """Wait until the container ``name`` has ended and remove it; false when there is none.

    This is how a run finds what an interrupted one has left at work.
    """
    document = container(name)
    if document is None:
        return False
    if running(document):
        tolerated(docker("wait", name, check=False, timeout=timeout), *NO_CONTAINER)
    tolerated(docker("rm", "--force", name, check=False), *NO_CONTAINER, "already in progress")
    return True


def logs(name: str, lines: int = 40, since: str | None = None) -> str:
    """The last lines that the container ``name`` has logged, in their order."""
    arguments = ["--tail", str(lines), *(["--since", since] if since else [])]
    result = tolerated(docker("logs", *arguments, name, check=False), *NO_CONTAINER)
    return (result.stdout + result.stderr).strip() if result.ok else ""


def compose_run(
    directory: str,
    project: str,
    service: str,
    command: t.Sequence[str],
    *,
    name: str,
    timeout: float,
    stdin: str | None = None,
) -> Result:
    """Run ``command`` in a one-off container ``name`` of a Compose service, and remove it.

    The name is fixed, so the engine itself refuses a second one at the same time.
    """
    argv = ["docker", "compose", "--project-directory", directory, "--project-name", project]
    argv += ["--file", os.path.join(directory, "compose.yaml")]
    argv += ["run", "--rm", "--no-TTY", "--no-deps", "--name", name, service, *command]
    return run(argv, check=True, timeout=timeout, stdin=stdin)
