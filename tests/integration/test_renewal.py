# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are renewed by the timer's own unit, and nginx serves the new ones without a dropped request.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_renewal.py
"""

from __future__ import annotations

import hashlib
import shlex

from lab import playbook, tools, web

UNIT = "ipai-certbot.service"


def certificate(site: web.Site) -> str:
    return hashlib.sha256(site.fetch("/web/static/img/favicon.ico").certificate).hexdigest()


def test_renewal_serves_a_new_certificate_without_a_dropped_request(droplet, erp, staging):
    before = {site.domain: certificate(site) for site in (erp, staging)}
    commands = droplet.ssh(["systemctl", "cat", UNIT]).stdout
    command = next(line.removeprefix("ExecStart=") for line in commands.splitlines() if line.startswith("ExecStart="))
    folder = f"/run/systemd/system/{UNIT}.d"
    # What the timer runs, told that the time has come.
    text = f"[Service]\nExecStart=\nExecStart={command} --force-renewal\n"
    droplet.ssh(f"mkdir -p {folder} && cat >{folder}/lab.conf && systemctl daemon-reload", stdin=text)
    try:
        with tools.Meanwhile(lambda: erp.fetch("/ipai_demo/release").status, pause=0.05) as requests:
            droplet.ssh(f"systemctl start {UNIT}", timeout=300)
            tools.until(
                "the new certificates",
                lambda: all(certificate(s) != before[s.domain] for s in (erp, staging)),
                seconds=30,
            )
    finally:
        droplet.ssh(f"rm -rf {shlex.quote(folder)} && systemctl daemon-reload")
    assert len(requests.results) > 20
    assert set(requests.results) == {200}, [item for item in requests.results if item != 200][:5]
    # The chain of the new ones was verified by each of these requests; the run after it finds nothing to do.
    run = playbook.play("--tags", "odoo_vhost,mail_catcher_web", "--check")
    assert run.code == 0, run.failures
    assert run.total("changed") == 0, run.changes
