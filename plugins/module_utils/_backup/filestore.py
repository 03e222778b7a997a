# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A filestore: the files of attachments, each named by the SHA-1 of its content and never changed once it is written.

Odoo writes a file before the transaction that names it commits, and only its collector removes one
(odoo/addons/base/models/ir_attachment.py, _file_write and _gc_file_store).
"""

from __future__ import annotations

import contextlib
import os
import typing as t
from dataclasses import dataclass

#: Notes of Odoo about files that the collector may look at: of use to nobody else.
CHECKLIST = "checklist"


@dataclass
class Mirrored:
    """What became of a mirror: files that came, that went, and that are in it."""

    added: int = 0
    removed: int = 0
    files: int = 0


def mirror(live: str, copy: str) -> Mirrored:
    """Make ``copy`` hold hard links of exactly the files of ``live``, both on one file system.

    What has taken the place of another file under its name is linked anew: a name alone does not tell a damaged file
    from the good one that was put there, nor a filestore from the one that was published before it.
    Costs a listing of names and a link for each file that is new: no content is read, nothing takes space.

    :raises OSError: other file system, or no such folder as ``live``.
    """
    done = Mirrored()
    os.makedirs(copy, mode=0o700, exist_ok=True)
    _mirror(live, copy, done, top=True)
    return done


def _mirror(live: str, copy: str, done: Mirrored, *, top: bool = False) -> None:
    files, folders = _names(live)
    if top:
        folders.discard(CHECKLIST)
    own_files, own_folders = _names(copy)
    for name in own_files.keys() - files.keys():
        os.unlink(os.path.join(copy, name))
        done.removed += 1
    for name in own_folders - folders:
        done.removed += _remove(os.path.join(copy, name))
    for name, inode in files.items():
        if own_files.get(name) == inode:
            continue
        if name in own_files:
            os.unlink(os.path.join(copy, name))
        # Odoo's temporary files may vanish meanwhile; what a committed transaction names does not.
        with contextlib.suppress(FileNotFoundError):
            os.link(os.path.join(live, name), os.path.join(copy, name), follow_symlinks=False)
            done.added += 1
    done.files += len(files)
    for name in folders:
        inner = os.path.join(copy, name)
        if name not in own_folders:
            os.mkdir(inner, 0o700)
        with contextlib.suppress(FileNotFoundError):
            _mirror(os.path.join(live, name), inner, done)


def _names(folder: str) -> tuple[dict[str, int], set[str]]:
    """The files of a folder with their inodes, and the names of its folders; links are neither."""
    files, folders = {}, set()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.add(entry.name)
            elif entry.is_file(follow_symlinks=False):
                files[entry.name] = entry.inode()
    return files, folders


def _remove(folder: str) -> int:
    """Remove a folder of the mirror; the number of files in it."""
    count = 0
    for base, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(base, name))
        for name in folders:
            os.rmdir(os.path.join(base, name))
        count += len(files)
    os.rmdir(folder)
    return count


def missing(folder: str, names: t.Iterable[str]) -> list[str]:
    """Those of ``names`` (``xx/xxxx…``, as attachments have them) that are no file of the filestore ``folder``."""
    present: dict[str, set[str]] = {}
    lost = []
    for name in names:
        part, _separator, last = name.rpartition("/")
        if part not in present:
            try:
                present[part] = set(os.listdir(os.path.join(folder, part)))
            except (FileNotFoundError, NotADirectoryError):
                present[part] = set()
        if last not in present[part]:
            lost.append(name)
    return sorted(lost)


def size(folder: str) -> int:
    """The bytes of all files in a folder."""
    total = 0
    for base, _folders, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(base, name)).st_size
    return total
