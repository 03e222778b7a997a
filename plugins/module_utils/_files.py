# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Write small files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import re
import secrets
import stat
import typing as t
from dataclasses import dataclass


class FileError(Exception):
    """A file or directory is not what it should be.  The text is for the operator."""


@dataclass(frozen=True)
class Access:
    """Who may do what with a file: numeric owner and group, mode bits."""

    uid: int
    gid: int
    mode: int

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid} {self.mode:04o}"


def parse_mode(text: str) -> int:
    """Mode bits of an octal string such as C(0640)."""
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise FileError(f"mode {text!r} is not an octal mode such as '0640'")
    return int(text, 8)


def find_uid(owner: str) -> int:
    """User id of a name or of a number written as text.

    Numbers need no user of that id on this machine: files for a container
    carry ids that only the container's image knows.
    """
    if owner.isdigit():
        return int(owner)
    try:
        return pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise FileError(f"user {owner!r} does not exist on this machine") from None


def find_gid(group: str) -> int:
    """Group id of a name or of a number written as text, see :func:`find_uid`."""
    if group.isdigit():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise FileError(f"group {group!r} does not exist on this machine") from None


def access_of(path: str) -> Access | None:
    """Access of a regular file; ``None`` when nothing is there.

    :raises FileError: something else than a regular file is there.  A link is
        refused, since who can replace a link chooses what is overwritten.
    """
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "a directory or device"
        raise FileError(f"{path} is {kind}, not a plain file; remove it first")
    return Access(found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def set_access(path: str, want: Access) -> None:
    """Give the file at ``path`` the owner, group and mode of ``want``.

    The owner is changed first: it clears bits that the mode sets again.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _set_access(descriptor, want)
    finally:
        os.close(descriptor)


def _set_access(descriptor: int, want: Access) -> None:
    found = os.fstat(descriptor)
    if (found.st_uid, found.st_gid) != (want.uid, want.gid):
        os.fchown(descriptor, want.uid, want.gid)
    os.fchmod(descriptor, want.mode)


def write_atomic(
    path: str,
    data: bytes,
    access: Access,
    *,
    exclusive: bool = False,
    validate: t.Callable[[str], None] | None = None,
) -> bool:
    """Put ``data`` at ``path`` in one step, readable by nobody else before.

    :param exclusive: leave a file that is already there alone, even one that
        another process created a moment ago.
    :param validate: given the path of the new file before it takes its place;
        what it raises leaves everything as it was.
    :returns: whether the file was written; always true without ``exclusive``.
    :raises FileError: the directory is missing or not writable.
    """
    directory = os.path.dirname(path) or "."
    temporary = os.path.join(directory, f".{os.path.basename(path)}.{secrets.token_hex(8)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, 0o600)
    except FileNotFoundError:
        raise FileError(f"directory {directory} does not exist") from None
    except OSError as exc:
        raise FileError(f"cannot write in {directory}: {exc.strerror}") from exc
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            _set_access(stream.fileno(), access)
            os.fsync(stream.fileno())
        if validate:
            validate(temporary)
        if exclusive:
            try:
                os.link(temporary, path)
            except FileExistsError:
                return False
        else:
            os.replace(temporary, path)
        _sync_directory(directory)
        return True
    except OSError as exc:
        raise FileError(f"cannot write {path}: {exc.strerror}") from exc
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def make_private_directory(path: str, access: Access) -> bool:
    """Create a directory (and, with the usual mode, those above it) if it is missing.

    :raises FileError: what is there is no directory, or others may write into it.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            os.mkdir(path, 0o700)
            os.chown(path, access.uid, access.gid)
            os.chmod(path, access.mode)
        except FileExistsError:
            return make_private_directory(path, access)
        except OSError as exc:
            raise FileError(f"cannot create directory {path}: {exc.strerror}") from exc
        return True
    except NotADirectoryError:
        raise FileError(f"{path} cannot be a directory: something above it is a file") from None
    check_directory(path, found.st_mode)
    return False


def check_directory(path: str, mode: int) -> None:
    """Refuse a place where others could exchange our files."""
    if not stat.S_ISDIR(mode):
        raise FileError(f"{path} is not a directory")
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise FileError(
            f"directory {path} can be written by others (mode {stat.S_IMODE(mode):04o});"
            f" secrets do not belong there: chmod 0700 {path}"
        )


def _sync_directory(path: str) -> None:
    """Make a rename durable; some file systems do not offer it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def given(path: str, uid: int, gid: int) -> bool:
    """Whether :func:`give` has been through with a directory."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    return (found.st_uid, found.st_gid) == (uid, gid)


def give(path: str, uid: int, gid: int) -> None:
    """Give a directory and all in it to a user; the directory itself last, which says that the rest is done."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            os.lchown(os.path.join(folder, name), uid, gid)
    os.chown(path, uid, gid)
    os.chmod(path, 0o700)
