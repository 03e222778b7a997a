# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The droplet itself: who may log in, what keeps itself up to date, and what an external auditor says of it.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_hardening.py
"""

from __future__ import annotations

import re

from lab import measure, places

LOGIN = """
import json, shutil, subprocess, sys
shutil.copy("/lab/id_ed25519", "/tmp/key")
import os
os.chmod("/tmp/key", 0o600)
address = sys.argv[1]
common = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
          "-o", "ConnectTimeout=10", "-o", "NumberOfPasswordPrompts=1"]
def attempt(*arguments):
    done = subprocess.run([*common, *arguments, "id", "-un"], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)
    return [done.returncode, done.stdout.strip(), done.stderr.strip()[-300:]]
print(json.dumps([
    attempt("-i", "/tmp/key", "-o", "BatchMode=yes", "ops@" + address),
    attempt("-i", "/tmp/key", "-o", "BatchMode=yes", "root@" + address),
    attempt("-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password,keyboard-interactive",
            "ops@" + address),
]))
"""


def test_only_keys_of_the_admin_user_open_ssh(droplet, visitor):
    admin, root, password = visitor(LOGIN, droplet.address)
    assert admin[:2] == [0, "ops"], admin  # positive control
    for refused in (root, password):
        assert refused[0] == 255 and not refused[1]
        assert "Permission denied (publickey)" in refused[2], refused


def test_sshd_runs_as_configured(droplet):
    settings = dict(line.split(" ", 1) for line in droplet.ssh("sshd -T").stdout.splitlines() if " " in line)
    for name, value in {
        "permitrootlogin": "no",
        "passwordauthentication": "no",
        "kbdinteractiveauthentication": "no",
        "permitemptypasswords": "no",
        "x11forwarding": "no",
        "pubkeyauthentication": "yes",
    }.items():
        assert settings[name] == value, name
    assert int(settings["maxauthtries"]) <= 4
    for weak in ("sha1", "cbc", "3des", "arcfour", "md5"):
        assert weak not in settings["ciphers"] + settings["macs"] + settings["kexalgorithms"]


def test_admin_user_becomes_root_without_a_password(droplet):
    assert droplet.ssh("sudo -n id -un", root=False).stdout.strip() == "root"
    assert droplet.ssh("id -un", root=False).stdout.strip() == "ops"


def test_security_upgrades_come_by_themselves(droplet):
    for unit in ("apt-daily.timer", "apt-daily-upgrade.timer"):
        assert droplet.ssh(f"systemctl is-active {unit}").stdout.strip() == "active"
        assert droplet.ssh(f"systemctl is-enabled {unit}").stdout.strip() == "enabled"
    settings = droplet.ssh("apt-config dump").stdout
    assert 'APT::Periodic::Unattended-Upgrade "1"' in settings
    assert 'APT::Periodic::Update-Package-Lists "1"' in settings
    # The program itself tells which origins it would take upgrades from.
    said = droplet.ssh("unattended-upgrade --dry-run --debug 2>&1", timeout=180).stdout
    assert re.search(r"Allowed origins are: .*-security", said), said[-1500:]


def test_time_zone_and_clock(droplet):
    assert droplet.ssh("timedatectl show --property=Timezone --value").stdout.strip() == "Asia/Singapore"
    assert droplet.ssh("date +%z").stdout.strip() == "+0800"


def test_kernel_settings_are_in_force(droplet):
    wanted = {
        "net.ipv4.conf.all.accept_redirects": "0",
        "net.ipv4.conf.all.accept_source_route": "0",
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.tcp_syncookies": "1",
        "net.ipv4.ip_forward": "1",  # or no container would have a way out
    }
    found = dict(re.findall(r"^(\S+) = (\S+)$", droplet.ssh(["sysctl", *wanted]).stdout, re.M))
    assert found == wanted


def test_compilers_are_for_root(droplet):
    """Those that are there, and the assembler and the linker, which any package may bring later."""
    kept = droplet.ssh("dpkg-statoverride --list").stdout
    for program in ("as", "ld.bfd"):
        assert re.search(rf"^root root 750 /usr/bin/\S+-{re.escape(program)}$", kept, re.M), kept
    found = droplet.ssh("command -v as ld cc gcc c++ g++ clang tcc", check=False).stdout.split()
    for path in found:
        assert droplet.ssh(["runuser", "-u", "nobody", "--", "test", "-x", path], check=False).returncode == 1, path


def test_journal_is_limited_and_kept(droplet):
    settings = droplet.ssh("systemd-analyze cat-config systemd/journald.conf").stdout
    assert re.findall(r"^SystemMaxUse=(\S+)", settings, re.M)
    assert droplet.ssh("test -d /var/log/journal").returncode == 0
    assert droplet.ssh("journalctl --quiet --no-pager --lines 1").stdout


def test_no_unit_has_failed(droplet):
    failed = droplet.ssh("systemctl list-units --failed --no-legend --plain").stdout
    assert failed == ""
    assert droplet.ssh("systemctl is-system-running", check=False).stdout.strip() == "running"


def test_fail2ban_watches(droplet):
    status = droplet.ssh(["fail2ban-client", "status"]).stdout
    jails = set(re.search(r"Jail list:\s*(.*)", status)[1].split(", "))
    assert {"sshd", "ipai-odoo"} <= jails
    assert any(jail.startswith("nginx") for jail in jails)


def test_engine_is_set_up_for_servers(droplet):
    info = __import__("json").loads(droplet.docker("info", "--format", "{{json .}}"))
    assert info["LiveRestoreEnabled"] is True
    assert info["LoggingDriver"] in ("json-file", "local", "journald")
    pools = [pool["Base"] for pool in info["DefaultAddressPools"]]
    assert pools == ["10.201.0.0/16"]
    assert any("5000" in mirror for mirror in info["RegistryConfig"]["Mirrors"])
    timers = droplet.ssh("systemctl list-timers --no-legend").stdout
    assert "ipai-docker-prune.timer" in timers


def test_prune_takes_neither_volumes_nor_releases(droplet):
    """Run as the timer runs it, with an unused volume and both releases lying there."""
    droplet.docker("volume", "create", "lab-keep")
    droplet.docker("build", "--tag", "lab-dangling", "-", stdin="FROM scratch\nLABEL lab=dangling\n")
    droplet.docker("rmi", "lab-dangling")
    before = set(droplet.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split())
    try:
        droplet.ssh("systemctl start ipai-docker-prune.service", timeout=180)
        after = set(droplet.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split())
        running = {info["Config"]["Image"] for info in droplet.containers().values()}
        releases = {name for name in before if name.startswith(("ipai", "erp", "odoo/"))}
        assert running <= {*after, *(image.removeprefix("docker.io/") for image in after)}
        assert releases <= after, before - after
        assert "lab-keep" in droplet.docker("volume", "ls", "--quiet").split()
    finally:
        droplet.docker("volume", "rm", "lab-keep")


def test_lynis(droplet, figure):
    after = measure.lynis(droplet)
    before = places.RECORDS / "lynis-before"
    was = before.read_text(encoding="utf-8").strip() if before.exists() else "not measured in this run"
    figure("Lynis hardening index", f"before {was}, after {after}")
    assert after >= 75
