# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the containers are locked up: asked of the kernel and from inside, not of the Compose file.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_containers.py
"""

from __future__ import annotations

import pytest
from lab import tools

ODOO = ["erp-odoo", "erp-staging-odoo"]
SERVERS = ["pg-production", "pg-nonproduction"]
ALL = [*ODOO, *SERVERS, "mail-catcher"]

# What the kernel says of every process of a container; its argument is the container's identifier.
PROCESSES = """
import json, os, subprocess, sys
pids = subprocess.run(["docker", "top", sys.argv[1], "-eo", "pid"], capture_output=True, text=True).stdout.split()[1:]
out = []
for pid in pids:
    try:
        with open("/proc/%s/status" % pid) as handle:
            fields = dict(line.rstrip("\\n").split(":\\t", 1) for line in handle if ":\\t" in line)
        with open("/proc/%s/cmdline" % pid, "rb") as handle:
            what = handle.read().replace(b"\\0", b" ").decode("utf-8", "replace")
    except FileNotFoundError:
        continue
    out.append({"uids": fields["Uid"].split(), "effective": int(fields["CapEff"], 16), "what": what,
                "bounding": int(fields["CapBnd"], 16), "no_new_privileges": fields["NoNewPrivs"].strip()})
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def processes(droplet):
    return {name: droplet.python(PROCESSES, name) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_no_process_is_root_or_has_a_capability(processes, name):
    assert processes[name]
    for process in processes[name]:
        assert "0" not in process["uids"], process
        assert process["effective"] == 0, process
        assert process["no_new_privileges"] == "1", process
        if name not in SERVERS:  # their entrypoint starts as root, with five capabilities, and gives all of that up
            assert process["bounding"] == 0, process


def test_this_can_be_seen(droplet):
    """Positive control: a process of the droplet itself has what the containers must not have."""
    with_all = droplet.python("""
import json
fields = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/1/status") if ":\\t" in line)
print(json.dumps([fields["Uid"].split()[0], int(fields["CapEff"], 16), fields["NoNewPrivs"].strip()]))
""")
    assert with_all[0] == "0" and with_all[1] > 0 and with_all[2] == "0"


@pytest.mark.parametrize("name", ALL)
def test_root_file_system_is_read_only(droplet, name):
    for folder in ("/", "/etc", "/usr/bin", "/opt", "/var"):
        done = droplet.ssh(
            ["docker", "exec", "--user", "0", name, "sh", "-c", f"echo x >{folder}/lab-was-here"], check=False
        )
        assert done.returncode != 0, f"{folder} of {name} can be written"
        assert "Read-only file system" in done.stderr + done.stdout, done.stderr
    # Positive control: what must be writable is.
    droplet.docker("exec", name, "sh", "-c", "echo x >/tmp/lab-was-here && rm /tmp/lab-was-here")


@pytest.mark.parametrize("name", ODOO)
def test_odoo_writes_its_data_and_nothing_of_its_release(droplet, name):
    droplet.docker("exec", name, "sh", "-c", "touch /var/lib/odoo/lab && rm /var/lib/odoo/lab")
    source = """
import json, os
import odoo
paths = [*odoo.__path__, "/opt/ipai", "/etc/odoo", "/etc/odoo/odoo.conf"]
print(json.dumps([path for path in paths if os.access(path, os.W_OK)]))
"""
    assert droplet.inside(name, source) == []


LIMITS = """
import json
def first(*paths):
    for path in paths:
        try:
            with open(path) as handle:
                return handle.read().split()
        except FileNotFoundError:
            pass
    return None
print(json.dumps({
    "memory": first("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "pids": first("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
    "cpu": first("/sys/fs/cgroup/cpu.max") or [*first("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                                               *first("/sys/fs/cgroup/cpu/cpu.cfs_period_us")],
}))
"""


@pytest.mark.parametrize(("name", "memory_mb"), [("erp-odoo", 3072), ("erp-staging-odoo", 2048)])
def test_limits_are_in_force(droplet, name, memory_mb):
    limits = droplet.inside(name, LIMITS)
    assert 256 * 2**20 <= int(limits["memory"][0]) <= memory_mb * 2**20
    assert 0 < int(limits["pids"][0]) <= 4096
    quota, period = limits["cpu"]
    assert quota != "max" and 0 < int(quota) / int(period) <= 64


@pytest.mark.parametrize("name", ALL)
def test_limits_are_set(droplet, name):
    host = droplet.inspect(name)[0]["HostConfig"]
    assert host["Memory"] > 0
    assert host["MemorySwap"] == host["Memory"], "may swap without limit"
    assert 0 < host["PidsLimit"] <= 4096
    assert host["Privileged"] is False
    assert host["CapDrop"] == ["ALL"]
    assert host["ReadonlyRootfs"] is True
    assert host["NetworkMode"] not in ("host", "default", "bridge")
    assert not [mount for mount in droplet.inspect(name)[0]["Mounts"] if "docker.sock" in mount["Source"]]


@pytest.mark.parametrize("name", ALL)
def test_comes_back_and_keeps_few_logs(droplet, name):
    info = droplet.inspect(name)[0]
    assert info["HostConfig"]["RestartPolicy"]["Name"] in ("unless-stopped", "always")
    log = info["HostConfig"]["LogConfig"]
    assert log["Type"] == "journald" or int(log["Config"]["max-file"]) >= 1
    assert info["State"]["Health"]["Status"] == "healthy"


def test_health_means_that_the_database_answers(droplet):
    """The official image has no health check, and Odoo's own /web/health passes with the database down."""
    check = droplet.inspect("erp-staging-odoo")[0]["Config"]["Healthcheck"]["Test"]
    assert check[0] == "CMD"
    probe = ["docker", "exec", "erp-staging-odoo", *check[1:]]
    assert droplet.ssh(probe, check=False).returncode == 0
    droplet.docker("pause", "pg-nonproduction")
    try:
        sick = droplet.ssh(probe, check=False, timeout=180)
    finally:
        droplet.docker("unpause", "pg-nonproduction")
    assert sick.returncode != 0
    tools.until("health after the pause", lambda: droplet.ssh(probe, check=False).returncode == 0, seconds=60)


@pytest.mark.parametrize("environment", ["erp", "erp-staging"])
def test_workers_run_as_computed(droplet, processes, environment):
    """Two HTTP workers were asked for; prefork also has its own process, the cron workers and the gevent one."""
    odoo = [process for process in processes[f"{environment}-odoo"] if "odoo" in process["what"]]
    assert any("gevent" in process["what"] for process in odoo)
    assert len(odoo) >= 2 + 1 + 1 + 1
    conf = droplet.ssh(f"cat /srv/odoo/{environment}/odoo-*.conf").stdout
    settings = dict(line.split(" = ", 1) for line in conf.splitlines() if " = " in line)
    assert settings["workers"] == "2"
    memory = {"erp": 3072, "erp-staging": 2048}[environment] * 2**20
    assert 0 < int(settings["limit_memory_soft"]) < int(settings["limit_memory_hard"]) <= memory * 2
