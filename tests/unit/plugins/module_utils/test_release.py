# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _release
from ansible_collections.ipai.odoo.plugins.module_utils._release import Recipe, ReleaseError, Repository

COMMIT = "5c2b1a9d8e7f60312233445566778899aabbccdd"
TOOLS = Repository("server-tools", "/srv/odoo/erp/src/server-tools", COMMIT)
PLAIN = Recipe("erp", "19.0", "odoo:19.0", "sha256:1")
FULL = Recipe(
    "erp",
    "18.0",
    "odoo:18.0",
    "sha256:2",
    apt_packages=("libreoffice", "xmlsec1=1.2.41-1+b1", "libreoffice"),
    pip_packages=("openupgradelib==3.10.0", "foo[bar]>=1,<2"),
    certificates={"company.crt": "-----BEGIN CERTIFICATE-----\n"},
    repositories=(TOOLS, dataclasses.replace(TOOLS, name="own", modules_path="addons/18")),
)


def changed(**fields: t.Any) -> Recipe:
    return dataclasses.replace(FULL, **fields)


def test_same_content_same_tag() -> None:
    assert _release.tag(FULL) == _release.tag(changed())
    assert _release.tag(FULL).startswith("18.0-")
    assert len(_release.tag(FULL)) == len("18.0-") + 12
    elsewhere = tuple(dataclasses.replace(repository, path="/elsewhere") for repository in FULL.repositories)
    assert _release.tag(changed(repositories=elsewhere)) == _release.tag(FULL)
    assert _release.tag(changed(environment="other")) == _release.tag(FULL)


@pytest.mark.parametrize(
    "other",
    [
        changed(base_id="sha256:3"),
        changed(apt_packages=("libreoffice",)),
        changed(pip_packages=("openupgradelib==3.10.1",)),
        changed(certificates={}),
        changed(certificates={"company.crt": "another"}),
        changed(repositories=(TOOLS,)),
        changed(repositories=tuple(reversed(FULL.repositories))),
        changed(repositories=(dataclasses.replace(TOOLS, commit=COMMIT[::-1]), FULL.repositories[1])),
        changed(repositories=(dataclasses.replace(TOOLS, modules_path="x"), FULL.repositories[1])),
    ],
)
def test_other_content_other_tag(other: Recipe) -> None:
    assert _release.tag(other) != _release.tag(FULL)


def test_unknown_content_has_no_tag_yet() -> None:
    assert _release.image(dataclasses.replace(PLAIN, base_id="")) == "ipai/erp:19.0-pending"
    absent = dataclasses.replace(TOOLS, commit="")
    assert _release.tag(dataclasses.replace(PLAIN, repositories=(absent,))) == "19.0-pending"


def test_dockerfile_of_nothing_special_needs_no_network() -> None:
    text = _release.dockerfile(PLAIN)
    assert "RUN" not in text
    assert text.splitlines()[0] == "FROM odoo:19.0"
    assert text.splitlines()[-1] == "USER odoo"
    assert "requirements.txt" not in _release.files(PLAIN)


@pytest.mark.parametrize(
    ("name", "digests", "reference"),
    [
        ("odoo:18.0", ["odoo@sha256:1f"], "odoo@sha256:1f"),
        ("odoo", ["other@sha256:2e", "odoo@sha256:1f"], "odoo@sha256:1f"),
        ("registry.example:5000/team/odoo:18.0", ["registry.example:5000/team/odoo@sha256:1f"], None),
        ("registry.example:5000/team/odoo", ["registry.example:5000/team/odoo@sha256:1f"], None),
        ("odoo@sha256:1f", ["odoo@sha256:1f"], "odoo@sha256:1f"),
        ("odoo:18.0@sha256:1f", ["odoo@sha256:1f"], "odoo@sha256:1f"),
        ("built-here:1", [], ""),
        ("odoo:18.0", ["mirror.example/odoo@sha256:1f"], ""),
    ],
)
def test_base_by_its_digest(name: str, digests: list[str], reference: str | None) -> None:
    assert _release.pinned(name, digests) == (digests[0] if reference is None else reference)


def test_built_on_the_very_image_that_was_looked_at() -> None:
    by_digest = changed(base_pinned="odoo@sha256:1f")
    assert _release.dockerfile(by_digest).splitlines()[0] == "FROM odoo@sha256:1f"
    assert _release.tag(by_digest) == _release.tag(FULL), "the same image from another registry is the same release"


def test_dockerfile_of_everything() -> None:
    text = _release.dockerfile(FULL)
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
    assert _release.files(FULL)["requirements.txt"] == "openupgradelib==3.10.0\nfoo[bar]>=1,<2\n"
    # Nothing that an operator wrote is in a shell line, except names of packages.
    assert "openupgradelib" not in text
    assert FULL.addons_path == ["/opt/ipai/addons/server-tools", "/opt/ipai/addons/own"]


def test_scripts_are_python() -> None:
    for name in ("bin/entrypoint", "bin/healthcheck"):
        text = _release.files(PLAIN)[name]
        assert text.startswith("#!/usr/bin/env python3\n")
        compile(text, name, "exec")


def test_labels() -> None:
    labels = _release.labels(FULL, 100, 101)
    assert json.loads(labels["ipai.odoo.commits"]) == {"own": COMMIT, "server-tools": COMMIT}
    assert labels["ipai.odoo.release"] == _release.tag(FULL)
    assert _release.owner(labels) == (100, 101)
    assert _release.owner({}) is None
    released = _release.released(FULL, 100, 101)
    assert json.loads(released.as_json()) == released.as_dict()
    assert released.image == f"ipai/erp:{released.tag}"


def test_tree() -> None:
    assert _release.tree_of(TOOLS) == COMMIT
    assert _release.tree_of(dataclasses.replace(TOOLS, modules_path="./a//b/")) == f"{COMMIT}:a/b"


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (changed(environment="Erp"), "environment"),
        (changed(series="18"), "series"),
        (changed(apt_packages=("a b",)), "Debian package"),
        (changed(apt_packages=("curl;reboot",)), "Debian package"),
        (changed(apt_packages=("-y",)), "Debian package"),
        (changed(pip_packages=("--index-url=http://x",)), "options are not accepted"),
        (changed(pip_packages=("a\nb",)), "one line"),
        (changed(pip_packages=(" ",)), "requirement"),
        (changed(certificates={"../x.crt": ""}), "certificate"),
        (changed(repositories=(TOOLS, TOOLS)), "two addon repositories"),
        (changed(repositories=(dataclasses.replace(TOOLS, name="../x"),)), "name"),
        (changed(repositories=(dataclasses.replace(TOOLS, commit="main"),)), "full commit"),
        (changed(repositories=(dataclasses.replace(TOOLS, modules_path="../x"),)), "leads out"),
        (changed(repositories=(dataclasses.replace(TOOLS, modules_path="/etc"),)), "leads out"),
    ],
)
def test_refused(recipe: Recipe, words: str) -> None:
    with pytest.raises(ReleaseError, match=words):
        _release.check(recipe)


def test_accepted() -> None:
    _release.check(PLAIN)
    _release.check(FULL)


def test_owner_of_an_image() -> None:
    assert _release.parse_owner("100\n101\n") == (100, 101)
    with pytest.raises(ReleaseError, match="no user odoo"):
        _release.parse_owner("")
    with pytest.raises(ReleaseError, match="root"):
        _release.parse_owner("0\n0\n")
