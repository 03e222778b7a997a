# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Brings a release about: pulls the base image, lays out what the image is built from, and builds it."""

from __future__ import annotations

import os
import shutil
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _git, _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, give, write_atomic
from ansible_collections.ipai.odoo.plugins.module_utils._release import dockerfile, identity
from ansible_collections.ipai.odoo.plugins.module_utils._release.directory import close, read_text
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import (
    COMMIT,
    Recipe,
    ReleaseError,
    Repository,
    check,
    pinned,
    tree_of,
)

#: Fonts for PDF: Latin, Greek and Cyrillic in several widths; most other scripts; Chinese, Japanese and Korean.
FONTS = ("fonts-dejavu", "fonts-noto-core", "fonts-noto-cjk")
#: Of C(release.json).
MANIFEST_ACCESS = Access(0, 0, 0o640)


def read_certificates(directory: str) -> dict[str, str]:
    """The certificates of a directory by file name; none when it does not exist."""
    result = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        if name.endswith(".crt"):
            with open(os.path.join(directory, name), encoding="ascii") as stream:
                result[name] = stream.read()
    return result


def write_context(directory: str, recipe: Recipe) -> None:
    """Lay out what the image is built from, from scratch."""
    shutil.rmtree(directory, ignore_errors=True)
    texts = {
        **dockerfile.files(recipe),
        **{f"certificates/{name}": text for name, text in recipe.certificates.items()},
    }
    os.makedirs(os.path.join(directory, "addons"), mode=0o700)
    for path, text in texts.items():
        target = os.path.join(directory, path)
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        write_atomic(target, text.encode("utf-8"), Access(0, 0, 0o755 if path.startswith("bin/") else 0o644))
    for repository in recipe.repositories:
        _git.archive(
            repository.path,
            tree_of(repository),
            os.path.join(directory, "addons", f"{repository.name}.tar"),
        )


@dataclass(frozen=True)
class Wanted:
    """The release that there should be: the options of C(odoo_release), which says what they mean."""

    environment: str
    series: str
    base_image: str
    directory: str
    repositories: t.Mapping[str, object]
    commits: t.Mapping[str, str]
    apt_packages: t.Sequence[str]
    pip_packages: t.Sequence[str]
    fonts: bool
    ca_directory: str
    timeout: int


class Builder:
    """Brings one release about, or says in check mode what it would do."""

    def __init__(self, wanted: Wanted, *, check_mode: bool) -> None:
        self.wanted = wanted
        self.check_mode = check_mode
        #: What the image is built from.
        self.context = os.path.join(wanted.directory, "release")
        self.engine = not check_mode or _stack.available()

    def repositories(self) -> tuple[Repository, ...]:
        result = []
        for name, folder in self.wanted.repositories.items():
            path = os.path.join(self.wanted.directory, "src", name)
            commit = (self.wanted.commits.get(name) if self.check_mode else None) or _git.head(path)
            if commit is None and not self.check_mode:
                raise ReleaseError(f"there is no git repository at {path}")
            # In check mode, git's task tells the branch where the repository is to come from another address.
            known = commit if commit and COMMIT.fullmatch(commit) else ""
            result.append(Repository(name, path, known, str(folder)))
        return tuple(result)

    def check_modules(self, repository: Repository) -> None:
        """A repository without a module is a wrong path, and Odoo would say nothing about it."""
        try:
            found = _git.modules(repository.path, tree_of(repository))
        except CommandError as exc:
            raise ReleaseError(
                f"repository {repository.name} has no folder {repository.modules_path} at commit {repository.commit}"
            ) from exc
        if not found:
            raise ReleaseError(
                f"repository {repository.name} has no Odoo module in its folder {repository.modules_path!r};"
                " set modules_path to the folder whose folders are modules"
            )
        if _git.has_submodules(repository.path, repository.commit):
            raise ReleaseError(
                f"repository {repository.name} has git submodules (.gitmodules) at commit {repository.commit}, whose"
                " files would be missing in the release; name the repositories that it refers to as addon repositories"
            )

    def base(self) -> dict[str, t.Any] | None:
        """The base image; pulled when it is not there."""
        name = self.wanted.base_image
        if not self.engine:
            return None
        document = _stack.image(name)
        if document is None and not self.check_mode:
            _stack.image_pull(name, timeout=self.wanted.timeout)
            document = _stack.image(name)
        return document

    def recipe(self) -> Recipe:
        wanted = self.wanted
        base = self.base()
        fonts = FONTS if wanted.fonts else ()
        recipe = Recipe(
            environment=wanted.environment,
            series=wanted.series,
            base=wanted.base_image,
            base_id=base["Id"] if base else "",
            base_pinned=pinned(wanted.base_image, base.get("RepoDigests") or []) if base else "",
            apt_packages=(*wanted.apt_packages, *fonts),
            pip_packages=tuple(wanted.pip_packages),
            certificates=read_certificates(wanted.ca_directory),
            repositories=self.repositories(),
        )
        check(recipe)
        return recipe

    def run(self) -> dict[str, t.Any]:
        """Bring the release about; what C(odoo_release) returns, with V(diff) in any case.

        :raises ReleaseError, CommandError, FileError, OSError, ValueError: it could not be brought about.
        """
        if self.check_mode:
            return self.work()
        with _lock.hold(_lock.environment(self.wanted.environment), 2.0 * self.wanted.timeout):
            return self.work()

    def work(self) -> dict[str, t.Any]:
        """What :meth:`run` does once nobody else is at work."""
        start = time.monotonic()
        opened = close(self.wanted.directory, self.check_mode)
        recipe = self.recipe()
        document = _stack.image(identity.image(recipe)) if recipe.known and self.engine else None
        owner = identity.owner(_stack.image_labels(document)) if document else None
        built = owner is None
        path = os.path.join(self.wanted.directory, "release.json")
        before = read_text(path)
        if owner is None:
            owner = identity.former_owner(before, recipe.base_id) if self.check_mode else self.build(recipe)
        release = identity.released(recipe, *(owner or (0, 0)))
        after = release.as_json()
        data = os.path.join(self.wanted.directory, "data")
        # Whom it belongs to later on is odoo_database's business: as long as a former release serves, it is that one's.
        unmade = not os.path.isdir(data)
        if not self.check_mode and owner:
            # After a failed build it stays, to be looked at.
            shutil.rmtree(self.context, ignore_errors=True)
            if unmade:
                give(data, *owner)
            if before != after:
                write_atomic(path, after.encode("utf-8"), MANIFEST_ACCESS)
        return {
            "changed": opened or built or unmade or before != after,
            "release": release.as_dict(),
            "built": built,
            "seconds": round(time.monotonic() - start, 1),
            "diff": {"before_header": path, "after_header": path, "before": before, "after": after},
        }

    def build(self, recipe: Recipe) -> tuple[int, int]:
        """Build the image; the numbers of the user of Odoo in it, and of this user's group."""
        for repository in recipe.repositories:
            self.check_modules(repository)
        uid, gid = identity.parse_owner(_stack.image_run(recipe.base_id, identity.PROBE))
        write_context(self.context, recipe)
        _stack.image_build(
            self.context, identity.image(recipe), identity.labels(recipe, uid, gid), timeout=self.wanted.timeout
        )
        return uid, gid
