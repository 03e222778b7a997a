#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_release
short_description: Build the immutable image of an environment
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Builds the image C(ipai/ENVIRONMENT:TAG) from an Odoo image, packages, certificates and the modules of addon
    repositories at their exact commits. The tag stands for all of that, so what is there already is never built again.
  - Pulls the base image if it is not on the machine. A base image that is there is not looked for elsewhere.
  - Prepares the environment's data directory for the user of Odoo in the image, whose number differs between images.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - If the base image or the commit of a repository is not known yet, the tag ends with C(pending).
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  series:
    description:
      - Series of Odoo, the first part of the tag.
    type: str
    required: true
  base_image:
    description:
      - An image with the interface of the official ones.
    type: str
    required: true
  directory:
    description:
      - The environment's directory. It is made if it is missing, and only root gets into it.
      - The module keeps C(release) and C(release.json) in it, and the owner of C(data).
    type: path
    required: true
  repositories:
    description:
      - Repositories whose checked out commit goes into the image, in the order of Odoo's addons path.
      - Each name stands for the working tree C(src/NAME) in O(directory), and its value for the folder in it that holds
        the modules, V(.) if that is the repository itself.
      - Repositories with submodules are refused.
    type: dict
    default: {}
  commits:
    description:
      - Commits that the repositories are going to have, by name. Only check mode reads it, for repositories in which it
        has not been checked out.
    type: dict
    default: {}
  apt_packages:
    description:
      - Debian packages to add, each with V(=version) if it must be an exact one.
    type: list
    elements: str
    default: []
  pip_packages:
    description:
      - Requirements for pip. They go to a virtual environment that sees the packages of the base image.
    type: list
    elements: str
    default: []
  fonts:
    description:
      - Adds the fonts DejaVu and Noto, without which PDF files show boxes for many scripts.
    type: bool
    default: false
  ca_directory:
    description:
      - Directory with certificates (C(*.crt)) that the image must trust besides the usual ones. It need not exist.
    type: path
    default: /usr/local/share/ca-certificates/ipai
  timeout:
    description:
      - Seconds that pulling and building may take, each.
    type: int
    default: 1800
requirements:
  - Docker Engine with its C(docker) program, and C(git), on the target
seealso:
  - module: ipai.odoo.odoo_database
"""

EXAMPLES = r"""
- name: Build the release of an environment
  ipai.odoo.odoo_release:
    environment: erp
    series: '19.0'
    base_image: odoo:19.0
    directory: /srv/odoo/erp
    repositories:
      server-tools: .
    pip_packages:
      - openupgradelib==3.10.0
  register: erp_release

- name: Show the image
  ansible.builtin.debug:
    var: erp_release.release.image
"""

RETURN = r"""
release:
  description: What is in the release. C(release.json) in the environment's directory says the same.
  type: dict
  returned: success
  contains:
    environment:
      description: Name of the environment.
      type: str
      returned: always
      sample: erp
    image:
      description: Name and tag of the image.
      type: str
      returned: always
      sample: ipai/erp:19.0-3f1c5d20b7aa
    tag:
      description: The tag alone.
      type: str
      returned: always
      sample: 19.0-3f1c5d20b7aa
    series:
      description: Series of Odoo.
      type: str
      returned: always
      sample: '19.0'
    base:
      description: Name of the base image.
      type: str
      returned: always
      sample: odoo:19.0
    base_id:
      description: Identifier of the base image; empty in check mode if it is not there.
      type: str
      returned: always
      sample: sha256:388691e5b91608aa6ad8a1dae1f50b1cf4e4a3ce6cc9b8c2c4ca1d8f24e7a8fc
    commits:
      description: Commit of each addon repository.
      type: dict
      returned: always
      sample:
        server-tools: 5c2b1a9d8e7f60312233445566778899aabbccdd
    uid:
      description: Number of the user odoo in the image; 0 in check mode if it is not known.
      type: int
      returned: always
      sample: 100
    gid:
      description: Number of this user's group; 0 in check mode if it is not known.
      type: int
      returned: always
      sample: 101
    addons_path:
      description: Folders with modules in the image, for Odoo's option C(addons_path).
      type: list
      elements: str
      returned: always
      sample:
        - /opt/ipai/addons/server-tools
built:
  description: Whether the image was built, or in check mode would be.
  type: bool
  returned: success
  sample: true
seconds:
  description: How long pulling and building took.
  type: float
  returned: success
  sample: 41.3
"""

import contextlib
import os
import shutil
import stat
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _git, _lock, _release, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, FileError, access_of, write_atomic

PROBE = "id -u odoo; id -g odoo"
MANIFEST_ACCESS = Access(0, 0, 0o640)


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "series": {"type": "str", "required": True},
        "base_image": {"type": "str", "required": True},
        "directory": {"type": "path", "required": True},
        "repositories": {"type": "dict", "default": {}},
        "commits": {"type": "dict", "default": {}},
        "apt_packages": {"type": "list", "elements": "str", "default": []},
        "pip_packages": {"type": "list", "elements": "str", "default": []},
        "fonts": {"type": "bool", "default": False},
        "ca_directory": {"type": "path", "default": _release.CERTIFICATES},
        "timeout": {"type": "int", "default": 1800},
    }


def read_certificates(directory: str) -> dict[str, str]:
    """The certificates of a directory by file name; none when it does not exist."""
    result = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        if name.endswith(".crt"):
            with open(os.path.join(directory, name), encoding="ascii") as stream:
                result[name] = stream.read()
    return result


def read_text(path: str) -> str:
    """The text of a plain file, or nothing."""
    if access_of(path) is None:
        return ""
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write_context(directory: str, recipe: _release.Recipe) -> None:
    """Lay out what the image is built from, from scratch."""
    shutil.rmtree(directory, ignore_errors=True)
    texts = {
        **_release.files(recipe),
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
            _release.tree_of(repository),
            os.path.join(directory, "addons", f"{repository.name}.tar"),
        )


def give(path: str, uid: int, gid: int) -> None:
    """Give a directory and all in it to a user; the directory itself last, which says that the rest is done."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            os.lchown(os.path.join(folder, name), uid, gid)
    os.chown(path, uid, gid)
    os.chmod(path, 0o700)


def close(path: str, check_mode: bool) -> bool:
    """Have a directory that only root gets into; whether something had to be done."""
    try:
        found = os.stat(path)
        wrong = (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) != (0, 0, 0o700)
    except FileNotFoundError:
        wrong = True
    if wrong and not check_mode:
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.chown(path, 0, 0)
        os.chmod(path, 0o700)
    return wrong


def given(path: str, uid: int, gid: int) -> bool:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    return (found.st_uid, found.st_gid) == (uid, gid)


class Builder:
    """Brings one release about, or says in check mode what it would do."""

    def __init__(self, params: t.Mapping[str, t.Any], check_mode: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self.directory: str = params["directory"]
        #: What the image is built from.
        self.context = os.path.join(self.directory, "release")
        self.engine = not check_mode or _stack.available()

    def repositories(self) -> tuple[_release.Repository, ...]:
        result = []
        for name, folder in self.params["repositories"].items():
            path = os.path.join(self.directory, "src", name)
            commit = (self.params["commits"].get(name) if self.check_mode else None) or _git.head(path)
            if commit is None and not self.check_mode:
                raise _release.ReleaseError(f"there is no git repository at {path}")
            # In check mode, git's task tells the branch where the repository is to come from another address.
            known = commit if commit and _release.COMMIT.fullmatch(commit) else ""
            result.append(_release.Repository(name, path, known, str(folder)))
        return tuple(result)

    def check_modules(self, repository: _release.Repository) -> None:
        """A repository without a module is a wrong path, and Odoo would say nothing about it."""
        try:
            found = _git.modules(repository.path, _release.tree_of(repository))
        except CommandError as exc:
            raise _release.ReleaseError(
                f"repository {repository.name} has no folder {repository.modules_path} at commit {repository.commit}"
            ) from exc
        if not found:
            raise _release.ReleaseError(
                f"repository {repository.name} has no Odoo module in its folder {repository.modules_path!r};"
                " set modules_path to the folder whose folders are modules"
            )
        if _git.has_submodules(repository.path, repository.commit):
            raise _release.ReleaseError(
                f"repository {repository.name} has git submodules (.gitmodules) at commit {repository.commit}, whose"
                " files would be missing in the release; name the repositories that it refers to as addon repositories"
            )

    def base(self) -> dict[str, t.Any] | None:
        """The base image; pulled when it is not there."""
        name = self.params["base_image"]
        if not self.engine:
            return None
        document = _stack.image(name)
        if document is None and not self.check_mode:
            _stack.image_pull(name, timeout=self.params["timeout"])
            document = _stack.image(name)
        return document

    def recipe(self) -> _release.Recipe:
        params = self.params
        base = self.base()
        fonts = _release.FONTS if params["fonts"] else ()
        recipe = _release.Recipe(
            environment=params["environment"],
            series=params["series"],
            base=params["base_image"],
            base_id=base["Id"] if base else "",
            base_pinned=_release.pinned(params["base_image"], base.get("RepoDigests") or []) if base else "",
            apt_packages=(*params["apt_packages"], *fonts),
            pip_packages=tuple(params["pip_packages"]),
            certificates=read_certificates(params["ca_directory"]),
            repositories=self.repositories(),
        )
        _release.check(recipe)
        return recipe

    def run(self) -> dict[str, t.Any]:
        start = time.monotonic()
        opened = close(self.directory, self.check_mode)
        recipe = self.recipe()
        document = _stack.image(_release.image(recipe)) if recipe.known and self.engine else None
        owner = _release.owner(_stack.image_labels(document)) if document else None
        built = owner is None
        if owner is None and not self.check_mode:
            owner = self.build(recipe)
        release = _release.released(recipe, *(owner or (0, 0)))

        path = os.path.join(self.directory, "release.json")
        before, after = read_text(path), release.as_json()
        data = os.path.join(self.directory, "data")
        misowned = owner is None or not given(data, *owner)
        if not self.check_mode and owner:
            # After a failed build it stays, to be looked at.
            shutil.rmtree(self.context, ignore_errors=True)
            if misowned:
                give(data, *owner)
            if before != after:
                write_atomic(path, after.encode("utf-8"), MANIFEST_ACCESS)
        return {
            "changed": opened or built or misowned or before != after,
            "release": release.as_dict(),
            "built": built,
            "seconds": round(time.monotonic() - start, 1),
            "diff": {"before_header": path, "after_header": path, "before": before, "after": after},
        }

    def build(self, recipe: _release.Recipe) -> tuple[int, int]:
        for repository in recipe.repositories:
            self.check_modules(repository)
        uid, gid = _release.parse_owner(_stack.image_run(recipe.base_id, PROBE))
        write_context(self.context, recipe)
        _stack.image_build(
            self.context, _release.image(recipe), _release.labels(recipe, uid, gid), timeout=self.params["timeout"]
        )
        return uid, gid


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        with contextlib.ExitStack() as stack:
            if not module.check_mode:
                timeout = 2.0 * module.params["timeout"]
                stack.enter_context(_lock.hold(_lock.environment(module.params["environment"]), timeout))
            result = Builder(module.params, module.check_mode).run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (_release.ReleaseError, FileError, OSError, UnicodeDecodeError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
