# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What decides the content of a release, and what is refused there.  Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

#: Our own things in the image.  Not /mnt/extra-addons: the official images
#: declare it a volume, and Compose carries the content of such a volume over to
#: the next container, where it would hide the addons of the new release.
HOME = "/opt/ipai"
ADDONS = f"{HOME}/addons"

#: Debian policy 5.6.1 for names, 5.6.12 for versions.
APT_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?")
#: The names of environments and of addon repositories.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
SERIES = re.compile(r"[1-9][0-9]\.0")
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class ReleaseError(Exception):
    """A release cannot be made from what was asked.  The text is for the operator."""


@dataclass(frozen=True)
class Repository:
    """An addon repository at an exact commit, as it lies on the droplet."""

    name: str
    #: Its working tree.
    path: str
    #: Full commit id; empty in check mode when the repository is not there yet.
    commit: str
    #: The folder in it that holds the modules.
    modules_path: str = "."

    @property
    def addons(self) -> str:
        """Where its modules lie in the image."""
        return f"{ADDONS}/{self.name}"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a release contains."""

    environment: str
    series: str
    base: str
    #: Identifier of the base image; empty when it is not known yet.
    base_id: str
    #: The base image by its digest (``odoo@sha256:…``), or its name where the registry gave none.
    #: By name alone, an engine may ask the registry again and build on another image than the one that was looked at.
    base_pinned: str = ""
    apt_packages: tuple[str, ...] = ()
    pip_packages: tuple[str, ...] = ()
    #: File name → PEM text.
    certificates: t.Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[Repository, ...] = ()

    @property
    def commits(self) -> dict[str, str]:
        return {repository.name: repository.commit for repository in self.repositories}

    @property
    def known(self) -> bool:
        """Whether all that decides the tag is known."""
        return bool(self.base_id) and all(self.commits.values())

    @property
    def addons_path(self) -> list[str]:
        return [repository.addons for repository in self.repositories]


def pinned(name: str, digests: t.Iterable[str]) -> str:
    """The reference with a digest, out of ``RepoDigests`` of ``docker image inspect``, of the repository that
    ``name`` is of; empty when there is none, as for an image that was built and not pulled."""
    repository = re.sub(r"(:[^:/@]+)?(@.+)?$", "", name)
    # Docker leaves out of its answers what it takes for granted.
    repository = re.sub(r"^((index\.)?docker\.io/)?(library/)?", "", repository)
    return next((digest for digest in digests if digest.partition("@")[0] == repository), "")


def check(recipe: Recipe) -> None:
    """Refuse what would end up in a shell line or path and is not what it should be.

    :raises ReleaseError: names the first offender.
    """
    if not NAME.fullmatch(recipe.environment):
        raise ReleaseError(f"{recipe.environment!r} is no name of an environment: use a-z, 0-9, _ and -, at most 40")
    if not SERIES.fullmatch(recipe.series):
        raise ReleaseError(f"{recipe.series!r} is no Odoo series such as 18.0")
    for package in recipe.apt_packages:
        if not APT_PACKAGE.fullmatch(package):
            raise ReleaseError(f"{package!r} is no name of a Debian package, with =version at most")
    for requirement in recipe.pip_packages:
        if not requirement.strip() or requirement.lstrip().startswith("-") or len(requirement.splitlines()) != 1:
            raise ReleaseError(f"{requirement!r} is no requirement for pip; options are not accepted, one line each")
    for name in recipe.certificates:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.crt", name):
            raise ReleaseError(f"{name!r} is no name of a certificate's file, which ends in .crt")
    _check_repositories(recipe.repositories)


def _check_repositories(repositories: t.Iterable[Repository]) -> None:
    seen: set[str] = set()
    for repository in repositories:
        if not REPOSITORY_NAME.fullmatch(repository.name):
            raise ReleaseError(f"{repository.name!r} is no name of an addon repository: letters, digits, _ . and -")
        if repository.name in seen:
            raise ReleaseError(f"two addon repositories have the name {repository.name}")
        seen.add(repository.name)
        if repository.commit and not COMMIT.fullmatch(repository.commit):
            raise ReleaseError(f"repository {repository.name}: {repository.commit!r} is no full commit id")
        parts = repository.modules_path.split("/")
        if repository.modules_path.startswith(("/", "-", ":")) or ".." in parts:
            raise ReleaseError(
                f"repository {repository.name}: modules_path {repository.modules_path!r} leads out of the repository"
            )


def tree_of(repository: Repository) -> str:
    """What git calls the folder of modules at the commit."""
    folder = "/".join(part for part in repository.modules_path.split("/") if part not in ("", "."))
    return f"{repository.commit}:{folder}" if folder else repository.commit
