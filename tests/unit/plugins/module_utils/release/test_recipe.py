# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import (
    Recipe,
    ReleaseError,
    check,
    pinned,
    tree_of,
)

from .conftest import COMMIT, FULL, PLAIN, TOOLS, changed


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
        ("docker.io/library/odoo:18.0", ["odoo@sha256:1f"], "odoo@sha256:1f"),
        ("docker.io/team/odoo:18.0", ["team/odoo@sha256:1f"], "team/odoo@sha256:1f"),
        ("odoo:18.0", ["mirror.example/odoo@sha256:1f"], ""),
    ],
)
def test_base_by_its_digest(name: str, digests: list[str], reference: str | None) -> None:
    assert pinned(name, digests) == (digests[0] if reference is None else reference)


def test_tree() -> None:
    assert tree_of(TOOLS) == COMMIT
    assert tree_of(dataclasses.replace(TOOLS, modules_path="./a//b/")) == f"{COMMIT}:a/b"


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
        check(recipe)


def test_accepted() -> None:
    check(PLAIN)
    check(FULL)
