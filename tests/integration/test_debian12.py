# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of the machine on Debian 12: hardening, Docker's engine from the distribution, nginx.

First scripts/lab.sh test scenario debian12, then scripts/lab.sh test tests/integration/test_debian12.py
"""

from __future__ import annotations

from lab import places, playbook, tools, world

PLAYBOOK = str(places.ROOT / "molecule" / "debian12" / "converge.yml")


def test_it_is_debian_12(debian12):
    assert "VERSION_CODENAME=bookworm" in debian12.read("/etc/os-release")


def test_second_run_changes_nothing(debian12):
    run = playbook.play(droplet=debian12, playbook=PLAYBOOK)
    assert run.code == 0, run.failures
    assert run.recap["droplet"]["ok"] > 10
    assert run.total("changed") == 0, run.changes


def test_check_mode_agrees(debian12):
    run = playbook.play("--check", "--diff", droplet=debian12, playbook=PLAYBOOK)
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes


def test_services_run_and_none_has_failed(debian12):
    for unit in ("docker", "nginx", "fail2ban", "ssh", "ipai-certbot.timer"):
        assert debian12.ssh(f"systemctl is-active {unit}").stdout.strip() == "active", unit
    assert debian12.ssh("systemctl list-units --failed --no-legend --plain").stdout == ""
    assert debian12.ssh("ufw status").stdout.startswith("Status: active")


def test_engine_runs_containers_and_the_firewall_holds(debian12):
    """A container publishes a port on all addresses: the droplet reaches it, nobody outside does."""
    image = "postgres:17"  # what the lab's registry has anyway
    debian12.docker("pull", "--quiet", image, timeout=300)
    debian12.docker(
        "run",
        "--detach",
        "--name",
        "lab-published",
        "--publish",
        "0.0.0.0:18080:5432",
        "--env",
        "POSTGRES_PASSWORD=lab-lab-lab-lab",
        image,
    )
    try:
        target = (debian12.address, 18080)
        tools.until("the container", lambda: world.reach(debian12.python, [target])[target] == "open", seconds=60)
        assert world.reach(tools.locally, [target])[target] != "open"
    finally:
        debian12.docker("rm", "--force", "--volumes", "lab-published")
    control = (debian12.address, 443)
    assert world.reach(tools.locally, [control])[control] == "open"


def test_root_may_not_log_in(debian12):
    settings = dict(line.split(" ", 1) for line in debian12.ssh("sshd -T").stdout.splitlines() if " " in line)
    assert settings["permitrootlogin"] == settings["passwordauthentication"] == "no"


def test_compilers_are_for_root(debian12):
    """The assembler and the linker come with needrestart here; a package that is unpacked anew leaves them closed."""
    package = debian12.ssh("dpkg --search $(readlink -f /usr/bin/as)").stdout.partition(":")[0]
    debian12.ssh(["apt-get", "install", "--yes", "--reinstall", package], timeout=300)
    for program in ("as", "ld"):
        assert "GNU" in debian12.ssh([program, "--version"]).stdout, "positive control"
        refused = debian12.ssh(f"runuser -u nobody -- {program} --version", check=False)
        assert refused.returncode != 0 and "Permission denied" in refused.stderr, program


def test_nginx_refuses_unknown_names(debian12):
    done = tools.run(["curl", "--silent", "--insecure", "--max-time", "5", f"https://{debian12.address}/"], check=False)
    assert done.returncode != 0
