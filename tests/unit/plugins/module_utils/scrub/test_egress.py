# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe for ways out: what it tries, here with listeners of the test's own."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import egress
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.egress import DNS, NAME, TCP, Target


@contextlib.contextmanager
def listener(kind):
    with socket.socket(socket.AF_INET, kind) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened, opened.getsockname()[1]


def answer(udp):
    question, sender = udp.recvfrom(512)
    udp.sendto(question, sender)


def test_what_listens_answers_and_nothing_else_does():
    with (
        listener(socket.SOCK_STREAM) as (tcp, port),
        listener(socket.SOCK_DGRAM) as (udp, server),
        listener(socket.SOCK_STREAM) as (_silent, closed),
    ):
        tcp.listen()
        threading.Thread(target=answer, args=(udp,), daemon=True).start()
        tried = [
            Target(TCP, "127.0.0.1", port),
            Target(TCP, "127.0.0.1", closed),
            Target(DNS, "127.0.0.1", server),
            Target(NAME, "localhost"),
            Target(NAME, "nowhere.invalid"),
        ]
        done = subprocess.run(
            [sys.executable, "-"], input=egress.script(tried), capture_output=True, text=True, check=True, timeout=60
        )
    assert json.loads(done.stdout) == [True, False, True, True, False]


def test_what_the_droplet_does_not_reach_proves_nothing():
    tried = [Target(TCP, "192.0.2.1", 25), Target(NAME, "example.com"), Target(DNS, "192.0.2.53", 53)]
    found = egress.judge(tried, [True, False, False], [True, True, False], 0.5)
    assert found.open == ("tcp 192.0.2.1:25",)
    assert found.closed == ("name example.com",)
    assert found.unproven == ("dns 192.0.2.53:53",)


def test_name_servers_on_the_loopback_are_others_inside(monkeypatch, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setattr(egress, "RESOLVERS", (str(first), str(second)))
    second.write_text("# nameserver 192.0.2.9\nsearch example.com\nnameserver 127.0.0.53\nnameserver 192.0.2.7\n")
    assert egress.name_servers() == ["192.0.2.7"]
    first.write_text("nameserver 192.0.2.8\nnameserver fe80::1%eth0\n")
    assert egress.name_servers() == ["192.0.2.8", "fe80::1%eth0"]


def test_targets_are_what_every_droplet_has(monkeypatch):
    monkeypatch.setattr(egress, "name_servers", lambda: ["192.0.2.7"])
    monkeypatch.setattr(egress, "addresses", lambda: ["192.0.2.1"])
    assert [str(one) for one in egress.targets()] == [
        "name example.com",
        "dns 192.0.2.7:53",
        "tcp 192.0.2.7:53",
        "tcp 192.0.2.1:22",
        "tcp 192.0.2.1:80",
        "tcp 192.0.2.1:443",
    ]
