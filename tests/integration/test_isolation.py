# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing nonproduction reaches the world: asked from inside the running staging container, with production beside it.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_isolation.py
"""

from __future__ import annotations

import functools
import json
import uuid

import pytest
from lab import places, tools, web, world


@pytest.fixture(scope="module")
def in_staging(droplet):
    return functools.partial(droplet.inside, "erp-staging-odoo")


@pytest.fixture(scope="module")
def in_production(droplet):
    return functools.partial(droplet.inside, "erp-odoo")


def addresses(droplet, container):
    return [network["IPAddress"] for network in droplet.inspect(container)[0]["NetworkSettings"]["Networks"].values()]


def test_outside_mail_servers_are_out_of_reach(droplet, in_staging, in_production):
    """Also the proof that the sink stays empty: not one connection from this droplet before or after."""
    targets = [(places.WORLD, port) for port in places.SINK_PORTS]
    before = world.sink_connections(droplet.address)
    answers = world.reach(in_staging, targets)
    assert "open" not in answers.values(), answers
    assert world.sink_connections(droplet.address) == before == []
    assert world.sink_mails() == []
    # Positive control: they listen, and this machine reaches them (its connections carry another address).
    assert set(world.reach(tools.locally, targets).values()) == {"open"}


def test_no_other_way_out(droplet, in_staging, in_production):
    targets = [(places.WORLD, port) for port in (5000, 9000, 9418, 14000, 8055)] + [("172.30.10.1", 22)]
    answers = world.reach(in_staging, targets)
    assert "open" not in answers.values(), answers
    # Positive control: production has a way out, by the same test in the same moment.
    assert world.reach(in_production, [(places.WORLD, 5000)]) == {(places.WORLD, 5000): "open"}


def test_no_way_out_over_other_protocols(droplet, in_staging, in_production):
    source = """
import json, socket, sys
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout(3)
# A DNS question for erp.lab.test, type A.
question = bytes.fromhex("abcd01000001000000000000") + b"\\x03erp\\x03lab\\x04test\\x00" + bytes.fromhex("00010001")
try:
    udp.sendto(question, (sys.argv[1], 8053))
    print(json.dumps(udp.recv(512)[:2] == bytes.fromhex("abcd")))
except OSError:
    print(json.dumps(False))
"""
    assert in_production(source, places.WORLD) is True
    assert in_staging(source, places.WORLD) is False


def test_outside_names_do_not_resolve(droplet, in_staging):
    names = ["debian.org", "example.com", f"{uuid.uuid4().hex}.example.com", "pypi.org"]
    answers = world.reach(in_staging, [(name, 443) for name in names])
    assert set(answers.values()) == {"unresolved"}, answers
    # Positive control: names of its own network do.
    inner = world.reach(in_staging, [("pg-nonproduction", 5432), ("mail-catcher", 1025)])
    assert set(inner.values()) == {"open"}, inner


def test_the_droplet_itself_is_out_of_reach(droplet, in_staging, in_production):
    """Docker's internal networks leave the droplet's own listeners open by all its addresses: the firewall does not."""
    own = droplet.ssh("hostname -I").stdout.split()
    own = [address for address in own if ":" not in address]
    assert droplet.address in own and len(own) > 4
    targets = [(address, port) for address in own for port in (22, 80, 443)]
    answers = world.reach(in_staging, targets)
    assert "open" not in answers.values(), {target: word for target, word in answers.items() if word == "open"}


def test_production_is_out_of_reach(droplet, in_staging):
    targets = [(name, port) for name in ("erp-odoo", "erp", "pg-production") for port in (8069, 5432)]
    targets += [(address, port) for address in addresses(droplet, "erp-odoo") for port in (8069, 8072)]
    targets += [(address, 5432) for address in addresses(droplet, "pg-production")]
    answers = world.reach(in_staging, targets)
    assert "open" not in answers.values(), answers
    # Positive control: the droplet reaches them by the same addresses.
    there = [(address, 8069) for address in addresses(droplet, "erp-odoo")]
    assert set(world.reach(droplet.python, there).values()) == {"open"}


def test_production_does_not_reach_staging_either(droplet, in_production):
    targets = [(address, 8069) for address in addresses(droplet, "erp-staging-odoo")]
    targets += [(address, 5432) for address in addresses(droplet, "pg-nonproduction")]
    targets += [(address, 1025) for address in addresses(droplet, "mail-catcher")]
    answers = world.reach(in_production, targets)
    assert "open" not in answers.values(), answers


def in_namespace(droplet, container):
    """Run the droplet's Python where the container's network is: images of servers have no Python of their own."""
    pid = str(droplet.inspect(container)[0]["State"]["Pid"])

    def run(source, *arguments):
        done = droplet.ssh(["nsenter", "--target", pid, "--net", "python3", "-", *arguments], stdin=source)
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("container", ["pg-production", "pg-nonproduction", "mail-catcher"])
def test_servers_have_no_way_out(droplet, container):
    """They are members of the networks of environments, production's too: none leads out, nor to the droplet."""
    there = in_namespace(droplet, container)
    targets = [(places.WORLD, port) for port in (5000, 9000, *places.SINK_PORTS)]
    targets += [(droplet.address, port) for port in (22, 80, 443)]
    answers = world.reach(there, targets)
    assert "open" not in answers.values(), answers
    # Positive control: the network that is asked is the container's, where it hears itself.
    port = 1025 if container == "mail-catcher" else 5432
    own = [(address, port) for address in addresses(droplet, container)]
    assert set(world.reach(there, own).values()) == {"open"}


def test_production_goes_out_by_a_network_of_its_own(droplet):
    """The way out is Odoo's alone: neither its database server nor anybody else is in that network."""
    network = json.loads(droplet.docker("network", "inspect", "erp-egress"))[0]
    assert {item["Name"] for item in network["Containers"].values()} == {"erp-odoo"}
    assert "erp-staging-egress" not in droplet.docker("network", "ls", "--format", "{{.Name}}").split()


def test_mail_of_staging_reaches_the_catcher(droplet):
    """Sent through Odoo's own mail queue, over its workers; read where it was caught."""
    odoo = web.Odoo.enter(droplet, "erp-staging")
    subject = f"lab {uuid.uuid4().hex}"
    mail = odoo.call(
        "mail.mail",
        "create",
        [
            {
                "subject": subject,
                "body_html": "<p>for a real person</p>",
                "email_to": "customer@example.com",
                "email_from": "shop@example.com",
                "auto_delete": False,
            }
        ],
    )
    odoo.call("mail.mail", "send", mail)
    state = odoo.call("mail.mail", "read", mail, ["state", "failure_reason"])[0]
    assert state["state"] == "sent", state
    address = droplet.inspect("mail-catcher")[0]["NetworkSettings"]["Networks"]["mail-catcher"]["IPAddress"]

    def caught():
        mails = json.loads(droplet.ssh(["curl", "--silent", "--fail", f"http://{address}:1080/email"]).stdout)
        return [mail for mail in mails if mail["subject"] == subject]

    found = tools.until("the mail in the catcher", caught, seconds=30)
    assert found[0]["to"][0]["address"] == "customer@example.com"
    assert world.sink_connections(droplet.address) == []
    assert world.sink_mails() == []


def test_catcher_page_wants_a_login(droplet):
    mail = web.Site(droplet.site("mail"), droplet.address)
    assert mail.fetch("/").status == 401
    assert mail.fetch("/email").status == 401
    password = droplet.read("/srv/mail-catcher/secrets/web_password").strip()
    token = __import__("base64").b64encode(f"mail:{password}".encode()).decode()
    answer = mail.fetch("/", headers={"Authorization": f"Basic {token}"})
    assert answer.status == 200
    assert "maildev" in answer.text.lower()
    assert mail.fetch("/email", headers={"Authorization": f"Basic {token}"}).json() is not None


def test_production_does_not_use_the_catcher(droplet):
    networks = json.loads(droplet.docker("network", "inspect", "erp"))[0]
    assert "mail-catcher" not in {item["Name"] for item in networks["Containers"].values()}
