# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be reached from outside the droplet: 22, 80 and 443, whatever listens and whatever containers publish.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_firewall.py
"""

from __future__ import annotations

import contextlib
import json
import os

import pytest
from lab import tools, world


@contextlib.contextmanager
def listener(droplet, port):
    """A program on the droplet that listens on all its addresses."""
    unit = f"lab-listener-{port}"
    droplet.ssh(
        ["systemd-run", "--unit", unit, "--collect", "python3", "-m", "http.server", "--directory", "/run", str(port)]
    )
    try:
        tools.until("the listener", lambda: droplet.ssh(f"ss -Htln 'sport = :{port}'").stdout, seconds=10)
        yield
    finally:
        droplet.ssh(["systemctl", "stop", unit], check=False)


@contextlib.contextmanager
def published(droplet, port):
    """A container on Docker's own network that publishes a port on all addresses of the droplet."""
    image = droplet.inspect("erp-odoo")[0]["Config"]["Image"]
    name = f"lab-published-{port}"
    try:
        droplet.docker(
            "run",
            "--detach",
            "--name",
            name,
            "--publish",
            f"0.0.0.0:{port}:8000",
            "--entrypoint",
            "python3",
            image,
            "-m",
            "http.server",
            "--directory",
            "/tmp",
            "8000",
        )
        here = f"curl --silent --fail --output /dev/null --max-time 3 http://{droplet.address}:{port}/"
        tools.until("the container", lambda: droplet.ssh(here, check=False).returncode == 0, seconds=20)
        yield
    finally:
        droplet.docker("rm", "--force", name, check=False)


def test_odoo_and_databases_are_not_reachable_from_outside(droplet, visitor):
    ports = [8069, 8071, 8072, 5432, 1025, 1080, 2375, 2376]
    for where in (tools.locally, visitor):
        answers = world.reach(where, [(droplet.address, port) for port in ports])
        assert "open" not in answers.values(), answers
    # Positive controls: these do listen, and the visitor does reach what is meant for visitors.
    there = world.reach(visitor, [(droplet.address, 80), (droplet.address, 443), (droplet.address, 22)])
    assert set(there.values()) == {"open"}
    odoo = address_of(droplet, "erp-odoo")
    database = address_of(droplet, "pg-production")
    inner = world.reach(droplet.python, [(odoo, 8069), (odoo, 8072), (database, 5432)])
    assert set(inner.values()) == {"open"}, inner


def address_of(droplet, container):
    networks = droplet.inspect(container)[0]["NetworkSettings"]["Networks"]
    return networks[container.removesuffix("-odoo")]["IPAddress"]


def test_containers_are_not_reachable_by_a_route_from_outside(droplet):
    """Somebody in the same network as the droplet may send packets for its containers to it, as to a router."""
    odoo, database = address_of(droplet, "erp-odoo"), address_of(droplet, "pg-production")
    with world.visitor() as visit:
        pid = tools.run(["docker", "inspect", "--format", "{{.State.Pid}}", visit.name]).stdout.strip()
        route = ["nsenter", "--net", "--target", pid, "ip", "route", "add", "10.202.0.0/16", "via", droplet.address]
        tools.run(route if os.geteuid() == 0 else ["sudo", "-n", *route])
        answers = world.reach(visit, [(odoo, 8069), (database, 5432), (odoo, 8072)])
        assert "open" not in answers.values(), answers


def test_published_port_does_not_bypass_the_firewall(droplet, visitor):
    with published(droplet, 18080):
        # 'published' has proven that the droplet itself reaches it.
        for where in (tools.locally, visitor):
            assert world.reach(where, [(droplet.address, 18080)])[droplet.address, 18080] != "open"


def test_other_listeners_of_the_droplet_are_not_reachable(droplet, visitor):
    with listener(droplet, 19999):
        assert world.reach(droplet.python, [(droplet.address, 19999)])[droplet.address, 19999] == "open"
        for where in (tools.locally, visitor):
            assert world.reach(where, [(droplet.address, 19999)])[droplet.address, 19999] != "open"


def test_published_port_and_listeners_are_not_reachable_from_staging(droplet):
    gateway = staging_gateway(droplet)
    with listener(droplet, 19998), published(droplet, 18081):
        targets = [(host, port) for host in (gateway, droplet.address) for port in (19998, 18081)]
        answers = world.reach(lambda source, *args: droplet.inside("erp-staging-odoo", source, *args), targets)
        assert "open" not in answers.values(), answers


def staging_gateway(droplet):
    return json.loads(droplet.docker("network", "inspect", "erp-staging"))[0]["IPAM"]["Config"][0]["Gateway"]


def test_firewall_is_up_and_refuses_first(droplet):
    status = droplet.ssh("ufw status verbose").stdout
    assert status.startswith("Status: active")
    assert "deny (incoming)" in status
    rules = [
        line
        for line in droplet.ssh("ufw status").stdout.splitlines()
        if "ALLOW" in line or "DENY" in line or "LIMIT" in line
    ]
    first = next(line for line in rules if "(v6)" not in line)
    assert "DENY" in first and "odn-+" in first, rules
    assert any(line.startswith("22/tcp") and "LIMIT" in line for line in rules)
    opened = {line.split()[0] for line in rules if "ALLOW" in line or "LIMIT" in line}
    assert opened == {"22/tcp", "80/tcp", "443/tcp"}


def test_ssh_is_limited(droplet, visitor):
    """More than 6 new connections in 30 s from one address are refused; ours go on."""
    source = """
import json, socket, sys
words = []
for _ in range(12):
    try:
        socket.create_connection((sys.argv[1], 22), timeout=2).close()
        words.append("open")
    except OSError:
        words.append("refused")
print(json.dumps(words))
"""
    words = visitor(source, droplet.address)
    assert words[0] == "open", words
    assert words[-1] == "refused", words
    assert droplet.ssh("true").returncode == 0


@pytest.mark.parametrize(
    "container", ["erp-odoo", "erp-staging-odoo", "pg-production", "pg-nonproduction", "mail-catcher"]
)
def test_nothing_of_ours_is_published(droplet, container):
    assert not [ports for ports in (droplet.inspect(container)[0]["NetworkSettings"]["Ports"] or {}).values() if ports]
