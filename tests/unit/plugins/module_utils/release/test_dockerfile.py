# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ipai.odoo.plugins.module_utils._release.dockerfile import dockerfile, files
from ansible_collections.ipai.odoo.plugins.module_utils._release.identity import tag

from .conftest import FULL, PLAIN, changed


def test_dockerfile_of_nothing_special_needs_no_network() -> None:
    text = dockerfile(PLAIN)
    assert "RUN" not in text
    assert text.splitlines()[0] == "FROM odoo:19.0"
    assert text.splitlines()[-1] == "USER odoo"
    assert "requirements.txt" not in files(PLAIN)


def test_built_on_the_very_image_that_was_looked_at() -> None:
    by_digest = changed(base_pinned="odoo@sha256:1f")
    assert dockerfile(by_digest).splitlines()[0] == "FROM odoo@sha256:1f"
    assert tag(by_digest) == tag(FULL), "the same image from another registry is the same release"


def test_dockerfile_of_everything() -> None:
    text = dockerfile(FULL)
    order = [
        "USER root",
        "COPY certificates/",
        "update-ca-certificates",
        "apt-get install -y --no-install-recommends libreoffice xmlsec1=1.2.41-1+b1",
        "venv --system-site-packages --without-pip",
        "ENV PATH=/opt/ipai/venv/bin:$PATH",
        "ADD addons/server-tools.tar /opt/ipai/addons/server-tools/",
        "ADD addons/own.tar /opt/ipai/addons/own/",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "USER odoo",
    ]
    positions = [text.index(part) for part in order]
    assert positions == sorted(positions)
    assert "--break-system-packages" not in text
    assert files(FULL)["requirements.txt"] == "openupgradelib==3.10.0\nfoo[bar]>=1,<2\n"
    # Nothing that an operator wrote is in a shell line, except names of packages.
    assert "openupgradelib" not in text
    assert FULL.addons_path == ["/opt/ipai/addons/server-tools", "/opt/ipai/addons/own"]


def test_scripts_are_python() -> None:
    for name in ("bin/entrypoint", "bin/healthcheck"):
        text = files(PLAIN)[name]
        assert text.startswith("#!/usr/bin/env python3\n")
        compile(text, name, "exec")
