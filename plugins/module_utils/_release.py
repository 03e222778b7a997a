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
import re
import shlex
import typing as t
from dataclasses import asdict, dataclass, field, replace

from ansible_collections.ipai.odoo.plugins.module_utils import _release_programs

#: Our own things in the image.  Not /mnt/extra-addons: the official images
#: declare it a volume, and Compose carries the content of such a volume over to
#: the next container, where it would hide the addons of the new release.
HOME = "/opt/ipai"
ADDONS = f"{HOME}/addons"
VENV = f"{HOME}/venv"
CERTIFICATES = "/usr/local/share/ca-certificates/ipai"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

#: Fonts for PDF: Latin, Greek and Cyrillic in several widths; most other scripts; Chinese, Japanese and Korean.
FONTS = ("fonts-dejavu", "fonts-noto-core", "fonts-noto-cjk")

LABEL_RELEASE = "ipai.odoo.release"
LABEL_ENVIRONMENT = "ipai.odoo.environment"
LABEL_BASE = "ipai.odoo.base"
LABEL_BASE_ID = "ipai.odoo.base_id"
LABEL_COMMITS = "ipai.odoo.commits"
LABEL_UID = "ipai.odoo.uid"
LABEL_GID = "ipai.odoo.gid"

#: Tag in check mode, when what decides it is not there yet.
PENDING = "pending"

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
    """What the image says about itself; pruning keeps images that have them."""
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


def parse_owner(text: str) -> tuple[int, int]:
    """Numeric user and group from the two lines that ``id -u odoo; id -g odoo`` prints.

    :raises ReleaseError: there is no such user in the image.
    """
    numbers = text.split()
    if len(numbers) != 2 or not all(number.isdigit() for number in numbers):
        raise ReleaseError("the base image has no user odoo; it does not have the interface of the official images")
    uid, gid = (int(number) for number in numbers)
    if uid == 0:
        raise ReleaseError("in the base image the user odoo is root; such an image is not used")
    return uid, gid


def files(recipe: Recipe) -> dict[str, str]:
    """The texts of the build context by path, without certificates and addons."""
    result = {
        "Dockerfile": dockerfile(recipe),
        "bin/entrypoint": _release_programs.ENTRYPOINT,
        "bin/healthcheck": _release_programs.HEALTHCHECK,
    }
    if recipe.pip_packages:
        result["requirements.txt"] = "".join(f"{line.strip()}\n" for line in recipe.pip_packages)
    return result


def _run(*commands: str) -> str:
    return "RUN " + " \\\n && ".join(commands)


def dockerfile(recipe: Recipe) -> str:
    """How the image is made.  Works with BuildKit and with the builder before it.

    What changes seldom comes first, so that a release with other addons only
    adds a layer to what is there.
    """
    lines = [f"FROM {recipe.base_pinned or recipe.base}", "USER root"]
    if recipe.certificates:
        lines += [
            f"COPY certificates/ {CERTIFICATES}/",
            _run("update-ca-certificates"),
            # Python's packages bring certificates of their own and do not ask the system.
            f"ENV PIP_CERT={BUNDLE} REQUESTS_CA_BUNDLE={BUNDLE} SSL_CERT_FILE={BUNDLE}",
        ]
    install = "apt-get install -y --no-install-recommends"
    if recipe.apt_packages:
        lines.append(
            _run(
                "export DEBIAN_FRONTEND=noninteractive",
                "apt-get update",
                f"{install} {' '.join(shlex.quote(package) for package in sorted(set(recipe.apt_packages)))}",
                "rm -rf /var/lib/apt/lists/*",
            )
        )
    if recipe.pip_packages:
        lines += [
            f"COPY requirements.txt {HOME}/requirements.txt",
            # PEP 668: the distribution's Python is not for pip. A venv that sees its packages is, and Odoo runs in it.
            _run(
                "if ! python3 -m pip --version >/dev/null 2>&1; then"
                f" apt-get update && DEBIAN_FRONTEND=noninteractive {install} python3-pip"
                " && rm -rf /var/lib/apt/lists/*; fi",
                f"python3 -m venv --system-site-packages --without-pip {VENV}",
                f"python3 -m pip --python {VENV}/bin/python3 install --no-cache-dir"
                f" --disable-pip-version-check --root-user-action=ignore --requirement {HOME}/requirements.txt",
                f'printf \'#!/bin/sh\\nexec {VENV}/bin/python3 %s "$@"\\n\' "$(command -v odoo)" >{VENV}/bin/odoo',
                f"chmod 0755 {VENV}/bin/odoo",
            ),
            f"ENV PATH={VENV}/bin:$PATH",
        ]
    lines.append(f"COPY bin/ {HOME}/bin/")
    lines += [f"ADD addons/{repository.name}.tar {repository.addons}/" for repository in recipe.repositories]
    if recipe.repositories:
        # The root file system is read-only when Odoo runs: what is not compiled now is compiled at every start.
        lines.append(_run(f"python3 -m compileall -q {ADDONS} || true"))
    lines += [
        "ENV ODOO_RC=/etc/odoo/odoo.conf PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
        f'HEALTHCHECK --interval=30s --timeout=30s --start-period=180s --retries=3 CMD ["{HOME}/bin/healthcheck"]',
        f'ENTRYPOINT ["{HOME}/bin/entrypoint"]',
        'CMD ["odoo"]',
        "USER odoo",
    ]
    return "\n".join(lines) + "\n"
