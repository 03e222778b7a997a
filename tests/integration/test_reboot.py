# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The droplet reboots: everything comes back by itself, in time, behind the same firewall.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_reboot.py
"""

from __future__ import annotations

import functools
import json
import time

import pytest
import test_firewall
import test_isolation
from lab import measure, places, tools, web, world

SECONDS = 120


@pytest.fixture(scope="module")
def rebooted(droplet, figure):
    """Seconds from the moment when the machine stops until both environments show their login page."""
    before = {name: info["State"]["StartedAt"] for name, info in droplet.containers().items()}
    state = measure.fingerprint(droplet, databases=True)
    tools.run([*droplet.ssh_argv()[:-1], "-O", "exit", droplet.ssh_argv()[-1]], check=False)
    start = time.monotonic()
    tools.run(["docker", "restart", "--time", "90", droplet.container], timeout=180)
    stopped = time.monotonic() - start

    def page(environment: str, path: str, status: int) -> bool:
        return web.Site(droplet.site(environment), droplet.address).fetch(path, timeout=5).status == status

    try:
        for environment, path, status in (
            ("erp", "/web/login", 200),
            ("erp-staging", "/web/login", 200),
            ("mail", "/", 401),
        ):
            tools.until(
                f"{environment} after the reboot",
                lambda e=environment, p=path, s=status: page(e, p, s),
                seconds=SECONDS * 2,
                pause=1,
            )
    finally:
        figure(
            "reboot",
            f"{time.monotonic() - start:.0f} s until all pages answer (of these {stopped:.0f} s to stop and start)",
        )
    return {"seconds": time.monotonic() - start, "state": state, "before": before}


def test_pages_come_back_in_time(rebooted):
    assert rebooted["seconds"] < SECONDS


def test_it_was_a_reboot(droplet, rebooted):
    """Positive control: another systemd, and containers that were started anew."""
    after = {name: info["State"]["StartedAt"] for name, info in droplet.containers().items()}
    assert set(after) == set(rebooted["before"])
    assert all(after[name] != rebooted["before"][name] for name in after)


def test_work_is_archived_soon_after(droplet, rebooted):
    """PostgreSQL alone would take five minutes to remember that a segment has been open for long."""
    droplet.sql("pg-production", "postgres", "CREATE TABLE lab_rebooted (); DROP TABLE lab_rebooted")
    written = droplet.sql("pg-production", "postgres", "SELECT pg_walfile_name(pg_current_wal_lsn())")[0][0]

    def archived() -> bool:
        return (
            droplet.sql("pg-production", "postgres", "SELECT last_archived_wal FROM pg_stat_archiver")[0][0] >= written
        )

    tools.until("the segment in the archive", archived, seconds=60, pause=2)


def test_backups_go_on(droplet, rebooted):
    """All their timers wait for their time, and what they start each minute has run since."""
    listed = json.loads(droplet.ssh("systemctl list-timers --all --output=json 'ipai-*'").stdout)
    ours = {f"ipai-backup-{kind}@erp.timer" for kind in ("pair", "pass", "verify", "drill", "mend")}
    servers = {f"ipai-archive{kind}@pg-production.timer" for kind in ("", "-full", "-incr", "-gaps", "-verify")}
    assert ours | servers <= {one["unit"] for one in listed if one["next"]}

    def ran(service: str) -> bool:
        # A boot forgets it.
        return droplet.ssh(f"systemctl show --property=InactiveEnterTimestamp --value {service}").stdout.strip() != ""

    for service in ("ipai-backup-mend@erp.service", "ipai-archive@pg-production.service"):
        tools.until(f"the first run of {service}", functools.partial(ran, service), seconds=150, pause=2)


def test_all_containers_are_healthy(droplet, rebooted):
    def healthy() -> bool:
        return all(info["State"]["Health"]["Status"] == "healthy" for info in droplet.containers().values())

    tools.until("the health of all containers", healthy, seconds=90, pause=2)


def test_databases_answer_and_logins_work(droplet, rebooted):
    for environment, server in (("erp", "pg-production"), ("erp-staging", "pg-nonproduction")):
        assert droplet.sql(server, environment, "SELECT count(*) > 0 FROM res_users") == [["t"]]
        site = web.Site(droplet.site(environment), droplet.address)
        assert site.login("admin", droplet.secret(environment, "admin_password")).status == 303


def test_firewall_is_in_force(droplet, rebooted, visitor):
    test_firewall.test_firewall_is_up_and_refuses_first(droplet)
    test_firewall.test_odoo_and_databases_are_not_reachable_from_outside(droplet, visitor)
    test_firewall.test_published_port_does_not_bypass_the_firewall(droplet, visitor)
    inside = functools.partial(droplet.inside, "erp-staging-odoo")
    test_isolation.test_the_droplet_itself_is_out_of_reach(droplet, inside, None)
    assert "open" not in world.reach(inside, [(places.WORLD, port) for port in places.SINK_PORTS]).values()


def test_no_unit_has_failed(droplet, rebooted):
    tools.until(
        "the end of the boot",
        lambda: droplet.ssh("systemctl is-system-running", check=False).stdout.strip() == "running",
        seconds=60,
    )
    assert droplet.ssh("systemctl list-units --failed --no-legend --plain").stdout == ""


def test_nothing_else_has_changed(droplet, rebooted):
    after = measure.fingerprint(droplet, databases=True)
    assert measure.differences(rebooted["state"], after) == []
