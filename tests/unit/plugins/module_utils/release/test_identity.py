# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._release import identity
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import Recipe, ReleaseError

from .conftest import COMMIT, FULL, PLAIN, TOOLS, changed


def test_same_content_same_tag() -> None:
    assert identity.tag(FULL) == identity.tag(changed())
    assert identity.tag(FULL).startswith("18.0-")
    assert len(identity.tag(FULL)) == len("18.0-") + 12
    elsewhere = tuple(dataclasses.replace(repository, path="/elsewhere") for repository in FULL.repositories)
    assert identity.tag(changed(repositories=elsewhere)) == identity.tag(FULL)
    assert identity.tag(changed(environment="other")) == identity.tag(FULL)


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
    assert identity.tag(other) != identity.tag(FULL)


def test_unknown_content_has_no_tag_yet() -> None:
    assert identity.image(dataclasses.replace(PLAIN, base_id="")) == "ipai/erp:19.0-pending"
    absent = dataclasses.replace(TOOLS, commit="")
    assert identity.tag(dataclasses.replace(PLAIN, repositories=(absent,))) == "19.0-pending"


def test_labels() -> None:
    labels = identity.labels(FULL, 100, 101)
    assert json.loads(labels["ipai.odoo.commits"]) == {"own": COMMIT, "server-tools": COMMIT}
    assert labels["ipai.odoo.release"] == identity.tag(FULL)
    assert identity.owner(labels) == (100, 101)
    assert identity.owner({}) is None
    released = identity.released(FULL, 100, 101)
    assert json.loads(released.as_json()) == released.as_dict()
    assert released.image == f"ipai/erp:{released.tag}"


def test_owner_of_an_image() -> None:
    assert identity.parse_owner("100\n101\n") == (100, 101)
    with pytest.raises(ReleaseError, match="no user odoo"):
        identity.parse_owner("")
    with pytest.raises(ReleaseError, match="root"):
        identity.parse_owner("0\n0\n")
