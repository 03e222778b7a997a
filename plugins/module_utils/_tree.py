# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Several files and directories as one step: what differs, and making it so."""

from __future__ import annotations

import contextlib
import os
import stat
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, run
from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    access_of,
    find_gid,
    find_uid,
    parse_mode,
    write_atomic,
)


@dataclass(frozen=True)
class Wanted:
    """A file as it should be; ``content`` is ``None`` for a file that should not be.  Or a directory.

    ``validate`` is a program that reads the file C(%s) and fails when it is no good.  ``purge`` is for a directory
    that shall hold no file but those that are wanted with it.
    """

    path: str
    content: bytes | None
    owner: str = "root"
    group: str = "root"
    mode: str = "0644"
    directory: bool = False
    validate: tuple[str, ...] = ()
    purge: bool = False


@dataclass(frozen=True)
class Change:
    """What has to happen with one file or directory; without access it is or shall be absent."""

    path: str
    before: bytes | None
    before_access: Access | None
    after: bytes | None
    after_access: Access | None
    directory: bool = False
    validate: tuple[str, ...] = ()

    def diff(self) -> dict[str, str]:
        there = self.directory or self.after is not None
        return {
            "before_header": f"{self.path} ({self.before_access or 'absent'})",
            "after_header": f"{self.path} ({self.after_access or ('to be' if there else 'absent')})",
            "before": self._text(self.before, self.before_access is not None),
            "after": self._text(self.after, there),
        }

    def _text(self, content: bytes | None, there: bool) -> str:
        if self.directory:
            return "directory\n" if there else ""
        return (content or b"").decode("utf-8", "replace")


def plan(wanted: t.Iterable[Wanted], *, dry_run: bool = False) -> list[Change]:
    """Compare what is wanted with what is there.

    :param dry_run: accept owners and groups that do not exist yet.
    :raises FileError: something of another kind is in the way.
    """
    changes = []
    items = list(wanted)
    for item in items + _strangers(items):
        after_access = None if item.content is None and not item.directory else _access(item, dry_run)
        before = None
        if item.directory:
            before_access = directory_access(item.path)
        else:
            before_access = access_of(item.path)
            if before_access is not None:
                with open(item.path, "rb") as stream:
                    before = stream.read()
        if before != item.content or before_access != after_access:
            changes.append(
                Change(item.path, before, before_access, item.content, after_access, item.directory, item.validate)
            )
    return changes


def _strangers(wanted: list[Wanted]) -> list[Wanted]:
    """Files in the directories to purge that nobody wants."""
    known = {item.path for item in wanted}
    folders = [item.path for item in wanted if item.purge and os.path.isdir(item.path)]
    found = (os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder)))
    files = (path for path in found if os.path.isfile(path) and not os.path.islink(path))
    return [Wanted(path, None) for path in files if path not in known]


def directory_access(path: str) -> Access | None:
    """Access of a directory; ``None`` when nothing is there.

    :raises FileError: something else is there.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        raise FileError(f"{path} is not a directory; remove it first")
    return Access(found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def _access(wanted: Wanted, dry_run: bool) -> Access | None:
    mode = parse_mode(wanted.mode)
    try:
        return Access(find_uid(wanted.owner), find_gid(wanted.group), mode)
    except FileError:
        if dry_run:
            return None
        raise


def put(change: Change) -> None:
    """Make one change."""
    if change.directory:
        _put_directory(change)
    else:
        put_file(change.path, change.after, change.after_access, change.validate)


def put_file(path: str, content: bytes | None, access: Access | None, validate: t.Sequence[str] = ()) -> None:
    """Write one file in one step, or remove it.

    :param validate: see :class:`Wanted`.
    :raises FileError: the file cannot be written, or is refused, and then nothing was changed.
    """
    if content is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return
    if access is None:
        raise FileError(f"{path}: no owner and mode to write it with")
    make_directories(os.path.dirname(path))

    def check(temporary: str) -> None:
        try:
            run([temporary if word == "%s" else word for word in validate], timeout=60, check=True)
        except CommandError as exc:
            raise FileError(f"{path} was left as it was: {exc}") from exc

    write_atomic(path, content, access, validate=check if validate else None)


def _put_directory(change: Change) -> None:
    access = change.after_access
    if access is None:
        raise FileError(f"{change.path}: no owner and mode to make it with")
    make_directories(os.path.dirname(change.path))
    if change.before_access is None:
        _make_directory(change.path)
    os.chown(change.path, access.uid, access.gid, follow_symlinks=False)
    os.chmod(change.path, access.mode)


def make_directories(path: str) -> None:
    """Make a directory and those above it that are missing, open to all whatever the umask is."""
    if os.path.isdir(path):
        return
    make_directories(os.path.dirname(path))
    _make_directory(path)
    os.chmod(path, 0o755)  # noqa: S103 - what must not be open is asked for by itself


def _make_directory(path: str) -> None:
    """Make a directory for root alone; somebody who sets up another host of the same droplet may have been faster."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
