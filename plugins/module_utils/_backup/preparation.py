# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Prepare the backups of an environment: its key, its settings, its repositories.

The key is the one thing that cannot be had again.  It is made where there is none at all, and is never exchanged: what
another key has made is found out before anything is written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import tempfile
import typing as t
from dataclasses import dataclass
from datetime import timezone

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _secret, _tree
from ansible_collections.ipai.odoo.plugins.module_utils._backup import settings as places
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Repository, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import run
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access

#: What restic 0.14 brought: compression, and with it repositories of today's format.
OLDEST = (0, 14)
PRIVATE = Access(0, 0, 0o600)


@dataclass(frozen=True)
class Wish:
    """What there shall be.

    :param secrets: repository → access key and secret key.
    :param key: the key that the operator has, if there is one.
    :param webhook: where alerts go; empty for nowhere.
    :param make: repositories that are missing are made; otherwise the settings are without them.
    :param adopt: backups of this environment that another droplet has made are gone on with.
    """

    settings: Settings
    secrets: t.Mapping[str, tuple[str, str]]
    key: str | None = None
    webhook: str = ""
    make: bool = True
    adopt: bool = False


@dataclass(frozen=True)
class Plan:
    """What has to be done: files, the key that there will be (``None``: one is made), repositories to be made."""

    files: list[_tree.Change]
    key: str | None
    held: str | None
    missing: list[str]

    @property
    def changed(self) -> bool:
        return bool(self.files or self.missing) or self.held is None

    def diff(self, hidden: t.Container[str]) -> list[dict[str, str]]:
        """What a diff may show: of secrets only that they are others."""
        shown = []
        for change in self.files:
            diff = change.diff()
            if change.path in hidden:
                diff["before"] = "a secret (not shown)\n" if change.before is not None else ""
                diff["after"] = "another secret (not shown)\n" if change.after is not None else ""
            shown.append(diff)
        made = [f"repository {name}\n" for name in self.missing] + (["a key\n"] if self.held is None else [])
        return [*shown, {"before": "", "after": "".join(made), "after_header": "made"}] if made else shown


def secret_file(settings: Settings, name: str) -> str:
    """Where a secret of the environment lies."""
    return os.path.join(settings.directory, "secrets", name)


def hidden(settings: Settings) -> set[str]:
    """The files that hold secrets."""
    return {
        settings.key_file,
        secret_file(settings, "backup_webhook"),
        *(one.credentials_file for one in settings.repositories),
    }


def with_files(settings: Settings, secrets: t.Mapping[str, tuple[str, str]], webhook: str) -> Settings:
    """The settings with the names of the files that hold secrets.

    Buckets of one key pair share a file: by that, restic is known to reach both at once.
    """
    owners: dict[tuple[str, str], str] = {}
    repositories = tuple(
        dataclasses.replace(
            one,
            credentials_file=secret_file(settings, f"backup_s3_{owners.setdefault(secrets[one.name], one.name)}"),
        )
        if one.remote
        else one
        for one in settings.repositories
    )
    return dataclasses.replace(
        settings,
        repositories=repositories,
        key_file=secret_file(settings, "backup_key"),
        webhook_file=secret_file(settings, "backup_webhook") if webhook else "",
    )


def credentials(access_key: str, secret_key: str) -> str:
    """A file of AWS's programs: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html."""
    return f"[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"


def files(wish: Wish, directory: str = places.DIRECTORY) -> list[_tree.Wanted]:
    """The files of an environment's backups, but for the key."""
    settings = wish.settings
    document = json.dumps(places.dump(settings), indent=1, sort_keys=True) + "\n"
    found = [
        _tree.Wanted(os.path.dirname(settings.key_file), None, mode="0700", directory=True),
        _tree.Wanted(directory, None, mode="0700", directory=True),
        _tree.Wanted(os.path.join(directory, f"{settings.environment}.json"), document.encode(), mode="0600"),
    ]
    pairs = {one.credentials_file: wish.secrets[one.name] for one in settings.repositories if one.remote}
    found += [_tree.Wanted(path, credentials(*pair).encode(), mode="0600") for path, pair in pairs.items()]
    webhook = secret_file(settings, "backup_webhook")
    found.append(_tree.Wanted(webhook, wish.webhook.encode() if wish.webhook else None, mode="0600"))
    return found


def plan(wish: Wish, directory: str = places.DIRECTORY, *, dry_run: bool = False) -> Plan:
    """Look at the droplet and at the repositories; nothing is changed.

    :raises BackupError: a repository cannot be asked or was made with another key, two keys are at odds, or there are
        backups that this droplet has not made.
    """
    held = _secret.read(wish.settings.key_file)
    if held and wish.key and held != wish.key:
        raise BackupError(
            f"the key on the droplet ({wish.settings.key_file}) is not the one of backup_key or of the recovery kit."
            " Nothing was changed. Compare them: if the given one is right (the droplet was set up anew meanwhile),"
            " remove the file and run again; if the droplet's is, put it into the recovery kit and backup_key"
        )
    key = held or wish.key
    restic = shutil.which("restic")
    if restic is None and dry_run:
        missing = [one.name for one in wish.settings.repositories]
    else:
        check_version(run(["restic", "version"], timeout=30, check=True).stdout)
        missing = [one.name for one in wish.settings.repositories if not _exists(wish, one, key)]
        _refuse_vanished(wish.settings, missing, directory)
        if wish.make and not wish.adopt and wish.settings.environment not in places.known(directory):
            _refuse_others(wish, [one for one in wish.settings.repositories if one.name not in missing], key)
    if not wish.make:
        there = tuple(one for one in wish.settings.repositories if one.name not in missing)
        wish, missing = dataclasses.replace(wish, settings=dataclasses.replace(wish.settings, repositories=there)), []
    return Plan(_tree.plan(files(wish, directory), dry_run=dry_run), key, held, missing)


def _refuse_vanished(settings: Settings, missing: t.Container[str], directory: str) -> None:
    """:raises BackupError: there is nothing where an earlier run has made a repository."""
    try:
        former = places.load(settings.environment, directory).repositories
    except BackupError:
        return
    made = {(one.path, one.endpoint, one.bucket) for one in former}
    for one in settings.repositories:
        if one.name in missing and (one.path, one.endpoint, one.bucket) in made:
            where = f"the bucket {one.bucket}, {one.path}," if one.remote else one.path
            raise BackupError(
                f"{one} was in use, and there is nothing in {where} any more. Nothing was changed. Is a disk not"
                " mounted, or was a bucket emptied? Bring it back and run again. If its backups are lost for good, give"
                " the repository another path in backup_repositories: an empty one is made there"
            )


def _refuse_others(wish: Wish, repositories: t.Iterable[Repository], key: str | None) -> None:
    """:raises BackupError: a droplet that does not know the environment finds backups of it."""
    newest = {}
    for repository in repositories:
        with _opened(wish, repository, key) as restic:
            if snapshots := restic.snapshots():
                newest[repository.name] = max(one.time for one in snapshots)
    if newest:
        name, when = wish.settings.environment, max(newest.values()).astimezone(timezone.utc)
        raise BackupError(
            f"there are backups of {name} in {' and '.join(newest)} that this droplet has not made, the newest of"
            f" {when:%Y-%m-%d %H:%M} UTC. Nothing was written to them, and no database was made. If the droplet that"
            " made them is gone, bring everything back with the playbook ipai.odoo.recover. If it still makes them,"
            " give this one another path or prefix in backup_repositories. To go on in them with what this droplet has,"
            " set backup_adopt to true for one run"
        )


def _exists(wish: Wish, repository: Repository, key: str | None) -> bool:
    """Whether a repository is there, and the key opens it."""
    with _opened(wish, repository, key) as restic:
        return restic.exists()


@contextlib.contextmanager
def _opened(wish: Wish, repository: Repository, key: str | None) -> t.Iterator[Restic]:
    """A repository; what the droplet does not have yet lies in files that only root can read, in memory."""
    os.makedirs(_lock.DIRECTORY, mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:

        def lay_down(text: str) -> str:
            handle = stack.enter_context(tempfile.NamedTemporaryFile("w", dir=_lock.DIRECTORY, encoding="utf-8"))
            handle.write(text)
            handle.flush()
            return handle.name

        if repository.remote:
            text = credentials(*wish.secrets[repository.name])
            repository = dataclasses.replace(repository, credentials_file=lay_down(text))
        # Some key must be tried: without one, restic does not even look.
        key_file = lay_down(key or _secret.generate())
        yield Restic(repository, wish.settings.environment, key_file)


def carry_out(wish: Wish, found: Plan) -> None:
    """Write the files, have the key, make the repositories that are missing.

    The settings come last: what stands in them has been made.

    :raises BackupError: a repository cannot be made.
    """
    document = f"{wish.settings.environment}.json"
    for change in found.files:
        if os.path.basename(change.path) != document:
            _tree.put(change)
    # Some keys were chosen by hand, long ago: what opens the repositories is right.
    _secret.hold(wish.settings.key_file, PRIVATE, value=found.key, strict=False)
    made = [Restic(one, wish.settings.environment, wish.settings.key_file) for one in wish.settings.repositories]
    pattern = next((one for one in made if one.repository.name not in found.missing), None)
    for restic in made:
        if restic.repository.name in found.missing:
            restic.initialise(pattern if pattern is not None and _together(pattern, restic) else None)
            pattern = pattern or restic
    for change in found.files:
        if os.path.basename(change.path) == document:
            _tree.put(change)


def _together(one: Restic, other: Restic) -> bool:
    """Whether restic reaches both at once, which takes one key pair."""
    files = {place.repository.credentials_file for place in (one, other) if place.repository.remote}
    return len(files) < 2


def check_version(said: str) -> None:
    """:raises BackupError: the restic that says this is too old."""
    match = re.match(r"restic (\d+)\.(\d+)", said)
    if match and (int(match[1]), int(match[2])) < OLDEST:
        raise BackupError(
            f"the distribution's restic {match[1]}.{match[2]} is too old: {OLDEST[0]}.{OLDEST[1]} is the least. Debian"
            " 12 and Ubuntu 24.04 have newer ones. Upgrade the droplet, or put a newer restic into /usr/local/bin"
        )
