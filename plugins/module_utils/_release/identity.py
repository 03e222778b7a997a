# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A release: the immutable image of an environment, named by what is in it.

Pure: texts and hashes only.  The same base image, packages, certificates and
commits give the same tag on every machine and at any time, so that an image
that exists never needs to be built again.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import asdict, dataclass, replace

from ansible_collections.ipai.odoo.plugins.module_utils._release.dockerfile import files
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import Recipe, ReleaseError, tree_of

LABEL_RELEASE = "ipai.odoo.release"
LABEL_ENVIRONMENT = "ipai.odoo.environment"
LABEL_BASE = "ipai.odoo.base"
LABEL_BASE_ID = "ipai.odoo.base_id"
LABEL_COMMITS = "ipai.odoo.commits"
LABEL_UID = "ipai.odoo.uid"
LABEL_GID = "ipai.odoo.gid"

#: Tag in check mode, when what decides it is not there yet.
PENDING = "pending"

#: Asks an image for the number of its user odoo and of this user's group.
PROBE = "id -u odoo; id -g odoo"


def tag(recipe: Recipe) -> str:
    """The tag of the image: the series and twelve digits that stand for the content."""
    if not recipe.known:
        return f"{recipe.series}-{PENDING}"
    content = {
        "base": recipe.base_id,
        "certificates": dict(recipe.certificates),
        # The base is named by base_id: a digest depends on the registry that it came from.
        "files": files(replace(recipe, base_pinned="")),
        # Not where they came from: a mirror of the same commit is the same release.
        "trees": [[repository.name, tree_of(repository)] for repository in recipe.repositories],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return f"{recipe.series}-{hashlib.sha256(text.encode('ascii')).hexdigest()[:12]}"


def image(recipe: Recipe) -> str:
    """Name and tag of the image."""
    return f"ipai/{recipe.environment}:{tag(recipe)}"


def labels(recipe: Recipe, uid: int, gid: int) -> dict[str, str]:
    """What the image says about itself; by them, pruning knows the newest releases of each environment."""
    return {
        LABEL_RELEASE: tag(recipe),
        LABEL_ENVIRONMENT: recipe.environment,
        LABEL_BASE: recipe.base,
        LABEL_BASE_ID: recipe.base_id,
        LABEL_COMMITS: json.dumps(recipe.commits, sort_keys=True),
        LABEL_UID: str(uid),
        LABEL_GID: str(gid),
    }


@dataclass(frozen=True)
class Release:
    """What the role and later commands need to know about a release."""

    environment: str
    image: str
    tag: str
    series: str
    base: str
    base_id: str
    commits: dict[str, str]
    uid: int
    gid: int
    addons_path: list[str]

    def as_dict(self) -> dict[str, t.Any]:
        return asdict(self)

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), indent=2, sort_keys=True) + "\n"


def released(recipe: Recipe, uid: int, gid: int) -> Release:
    return Release(
        environment=recipe.environment,
        image=image(recipe),
        tag=tag(recipe),
        series=recipe.series,
        base=recipe.base,
        base_id=recipe.base_id,
        commits=recipe.commits,
        uid=uid,
        gid=gid,
        addons_path=recipe.addons_path,
    )


def owner(found: t.Mapping[str, str]) -> tuple[int, int] | None:
    """Numeric user and group of Odoo from the labels of a release's image."""
    uid, gid = found.get(LABEL_UID, ""), found.get(LABEL_GID, "")
    if uid.isdigit() and gid.isdigit():
        return int(uid), int(gid)
    return None


def former_owner(text: str, base_id: str) -> tuple[int, int] | None:
    """Numeric user and group of Odoo as C(release.json) has them, if that release has the same base image."""
    former = json.loads(text or "{}")
    return (former["uid"], former["gid"]) if base_id and former.get("base_id") == base_id else None


def parse_owner(text: str) -> tuple[int, int]:
    """Numeric user and group from the two lines that :data:`PROBE` prints.

    :raises ReleaseError: there is no such user in the image.
    """
    numbers = text.split()
    if len(numbers) != 2 or not all(number.isdigit() for number in numbers):
        raise ReleaseError("the base image has no user odoo; it does not have the interface of the official images")
    uid, gid = (int(number) for number in numbers)
    if uid == 0:
        raise ReleaseError("in the base image the user odoo is root; such an image is not used")
    return uid, gid
