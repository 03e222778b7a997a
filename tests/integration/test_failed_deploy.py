# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be deployed leaves what was there before serving, as it was.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_failed_deploy.py
"""

from __future__ import annotations

import json

from lab import places, playbook, tools

CONTAINER = "erp-staging-odoo"


def seen(droplet) -> tuple[str, str]:
    """The image of staging's container, and the configuration that it reads."""
    return droplet.inspect(CONTAINER)[0]["Image"], droplet.docker("exec", CONTAINER, "cat", "/etc/odoo/odoo.conf")


def releases(droplet) -> set[str]:
    return set(droplet.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "ipai/erp-staging").split())


def test_typo_in_a_new_release(droplet, staging):
    """Other addons, another configuration, and a module that is in none of them, all in one commit to the inventory."""
    before, images = seen(droplet), releases(droplet)
    repository = {"url": f"git://{places.WORLD}/addons-demo.git", "version": "19.0"}
    asked = {
        "odoo_addon_repositories": [{**repository, "name": name} for name in ("addons-demo", "addons-more")],
        "odoo_modules": ["mail", "ipai_demo", "ipai_dmeo"],
        "odoo_config": {"limit_request": 54321},
    }
    try:
        run = playbook.play("--limit", "erp-staging", "--extra-vars", json.dumps(asked))
        assert run.code != 0
        assert "ipai_dmeo" in run.failures
        assert staging.fetch("/web/login").status == 200
        assert seen(droplet) == before
        # Nor does it get the other configuration when it starts anew, as after a power cut.
        droplet.docker("restart", CONTAINER, timeout=120)
        tools.until("staging again", lambda: staging.fetch("/web/login").status == 200, seconds=90)
        assert seen(droplet) == before
    finally:
        mended = playbook.play("--limit", "erp-staging")
        added = releases(droplet) - images
        droplet.docker("image", "rm", *added)
        droplet.ssh("rm -r /srv/odoo/erp-staging/src/addons-more")
    assert len(added) == 1, "positive control: there was a new release"
    assert mended.code == 0, mended.failures
    assert seen(droplet) == before
    left = droplet.ssh("ls /srv/odoo/erp-staging/odoo-*.conf").stdout.split()
    assert len(left) == 1, "the configuration that never ran is still there"


def test_configuration_that_somebody_has_changed(droplet, staging):
    """Edited by hand, and Odoo restarted with it: the run puts back the file, and Odoo runs with that again."""
    _image, before = seen(droplet)
    (path,) = droplet.ssh("ls /srv/odoo/erp-staging/odoo-*.conf").stdout.split()
    droplet.ssh(f"sed -i 's/^limit_request = .*/limit_request = 12345/' {path}")
    droplet.docker("restart", CONTAINER, timeout=120)
    assert "limit_request = 12345" in seen(droplet)[1], "positive control: Odoo has the other file"
    run = playbook.play("--limit", "erp-staging")
    assert run.code == 0, run.failures
    assert seen(droplet)[1] == before == droplet.read(path).strip()
    assert staging.fetch("/web/login").status == 200
