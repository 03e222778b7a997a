# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release that runs is the addon repository at its exact commit.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_release.py
"""

from __future__ import annotations

import hashlib
import json

import pytest
from lab import places, tools, web

ENVIRONMENTS = ["erp", "erp-staging"]
REPOSITORY = "/srv/git/addons-demo.git"


def git(*arguments: str) -> str:
    return tools.run(["docker", "exec", places.WORLD_CONTAINER, "git", "-C", REPOSITORY, *arguments]).stdout


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_own_addon_answers(droplet, environment):
    site = web.Site(droplet.site(environment), droplet.address)
    answer = site.fetch("/ipai_demo/release")
    assert (answer.status, answer.text) == (200, "one")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_image_names_the_commit_and_has_its_files(droplet, environment):
    commit = git("rev-parse", "19.0").strip()
    info = droplet.inspect(f"{environment}-odoo")[0]
    image = droplet.inspect(info["Image"])[0]
    assert commit in json.dumps(image["Config"]["Labels"]), image["Config"]["Labels"]
    kept = droplet.read(f"/srv/odoo/{environment}/release.json")
    assert commit in kept
    assert info["Config"]["Image"] in json.dumps(json.loads(kept)) or info["Config"]["Image"].rsplit(":")[-1] in kept
    source = """
import hashlib, json, os
import odoo
import odoo.modules.module as modules
odoo.tools.config.parse_config(["-c", "/etc/odoo/odoo.conf"])
modules.initialize_sys_path()
path = modules.Manifest.for_addon("ipai_demo").path
out = {}
for folder, _, names in os.walk(path):
    for name in names:
        if not name.endswith(".pyc"):
            with open(os.path.join(folder, name), "rb") as handle:
                out[os.path.relpath(handle.name, path)] = hashlib.sha256(handle.read()).hexdigest()
print(json.dumps(out))
"""
    there = droplet.inside(f"{environment}-odoo", source)
    wanted = {}
    for name in git("ls-tree", "-r", "--name-only", "19.0", "ipai_demo/").split():
        data = git("show", f"19.0:{name}")
        wanted[name.removeprefix("ipai_demo/")] = hashlib.sha256(data.encode()).hexdigest()
    assert there == wanted


@pytest.mark.parametrize(("environment", "server"), [("erp", "pg-production"), ("erp-staging", "pg-nonproduction")])
def test_modules_are_installed(droplet, environment, server):
    states = dict(
        droplet.sql(server, environment, "SELECT name, state FROM ir_module_module WHERE state <> 'uninstalled'")
    )
    assert states["ipai_demo"] == "installed"
    assert set(states.values()) <= {"installed", "uninstallable"}, states
    demo = droplet.sql(server, environment, "SELECT count(*) FROM ir_module_module WHERE demo")
    assert demo == [["0"]], "demo data"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_code_ships_in_the_image(droplet, environment):
    """No code is mounted: a release is the image, and rolling back is choosing another."""
    mounts = {mount["Destination"] for mount in droplet.inspect(f"{environment}-odoo")[0]["Mounts"]}
    assert mounts <= {"/etc/odoo/odoo.conf", "/var/lib/odoo", "/mnt/extra-addons"}, mounts


def test_authorities_of_the_inventory_reach_the_release(droplet):
    """A company's proxy: its authority is trusted on the droplet and inside the image that was built there."""
    url = f"https://{places.WORLD}:14000/dir"
    assert droplet.ssh(["curl", "--silent", "--fail", url], check=False).returncode == 0
    source = """
import json, ssl, sys, urllib.request
def ask(context):
    try:
        return urllib.request.urlopen(sys.argv[1], context=context, timeout=5).status
    except OSError as error:
        return type(getattr(error, "reason", error)).__name__
bundle = ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt")
print(json.dumps([ask(bundle), ask(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))]))
"""
    assert droplet.inside("erp-odoo", source, url) == [200, "SSLCertVerificationError"]
