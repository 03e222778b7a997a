# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An address that fails to log in again and again is banned, and nobody else is.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_fail2ban.py
"""

from __future__ import annotations

import pytest
from lab import tools, web, world
from test_odoo import LOGIN


def banned(droplet, jail):
    return droplet.ssh(["fail2ban-client", "get", jail, "banip"]).stdout.split()


@pytest.mark.parametrize("environment", ["erp", "erp-staging"])
def test_failed_logins_to_odoo_earn_a_ban(droplet, visitor, environment):
    domain = droplet.site(environment)
    target = (droplet.address, 443)
    assert world.reach(visitor, [target])[target] == "open", "positive control"
    try:
        answers = visitor(LOGIN, droplet.address, domain, "12", timeout=180)
        assert 200 in answers
        tools.until("the ban", lambda: visitor.address in banned(droplet, "ipai-odoo"), seconds=30)
        tools.until("the ban's effect", lambda: world.reach(visitor, [target])[target] != "open", seconds=15)
        # Nobody else is: this machine still gets in.
        assert web.fetch(f"https://{domain}/web/login", droplet.address).status == 200
    finally:
        droplet.ssh(["fail2ban-client", "unban", visitor.address])
    tools.until("the end of the ban", lambda: world.reach(visitor, [target])[target] == "open", seconds=15)


def test_failed_logins_to_ssh_earn_a_ban(droplet, visitor):
    source = """
import json, subprocess, sys, time
done = []
for number in range(12):
    one = subprocess.run(["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                          "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR",
                          "admin%d@%s" % (number, sys.argv[1]), "true"],
                         capture_output=True, text=True, stdin=subprocess.DEVNULL)
    done.append(one.stderr.strip()[-80:])
    time.sleep(6)  # the firewall refuses the sixth connection within 30 s, before sshd sees it
print(json.dumps(done))
"""
    try:
        visitor(source, droplet.address, timeout=240)
        tools.until("the ban", lambda: visitor.address in banned(droplet, "sshd"), seconds=30)
    finally:
        droplet.ssh(["fail2ban-client", "unban", visitor.address])
    assert droplet.ssh("true").returncode == 0
