# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What visitors see while an environment is away, by intention or not.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_maintenance.py
"""

from __future__ import annotations

from lab import playbook, tools, web


def sorry(answer: web.Answer) -> bool:
    return (
        answer.status == 503 and "text/html" in answer.headers["Content-Type"] and bool(answer.headers["Retry-After"])
    )


def test_page_while_odoo_is_down(droplet, erp, staging):
    droplet.docker("stop", "erp-staging-odoo", timeout=120)
    try:
        assert sorry(staging.fetch("/web/login"))
        assert staging.fetch("/web/login").headers["Strict-Transport-Security"]
        assert erp.fetch("/web/login").status == 200, "production has nothing to do with it"
    finally:
        droplet.docker("start", "erp-staging-odoo")
    tools.until("staging again", lambda: staging.fetch("/web/login").status == 200, seconds=90)


def test_page_by_intention(droplet, erp, staging):
    """The switch odoo_maintenance, of one environment and by its tag alone."""
    on = playbook.play("--limit", "erp-staging", "--tags", "odoo_vhost", "--extra-vars", '{"odoo_maintenance": true}')
    try:
        assert on.code == 0, on.failures
        assert on.total("changed") == 1, on.changes
        assert sorry(staging.fetch("/web/login"))
        assert sorry(staging.fetch("/ipai_demo/release"))
        assert erp.fetch("/web/login").status == 200
    finally:
        off = playbook.play("--limit", "erp-staging", "--tags", "odoo_vhost")
    assert off.code == 0, off.failures
    assert off.total("changed") == 1, off.changes
    assert staging.fetch("/web/login").status == 200
