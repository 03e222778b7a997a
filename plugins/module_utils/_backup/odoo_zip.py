# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Backups in Odoo's own format, as the database manager and Odoo.sh give and take it.

A zip file with C(dump.sql), C(filestore/) and C(manifest.json) (odoo/service/db.py, dump_db and dump_db_manifest).
It is not encrypted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import typing as t
import zipfile

from ansible_collections.ipai.odoo.plugins.module_utils._backup import dumps, pairs
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings

DUMP, FILES, MANIFEST = "dump.sql", "filestore", "manifest.json"


def odoo_manifest(manifest: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What Odoo writes about a database, from a backup's own manifest."""
    series = ".".join(str(manifest["odoo"]["version"]).split(".")[:2])
    major, minor = (int(part) for part in series.split("."))
    return {
        "odoo_dump": "1",
        "db_name": manifest["database"]["name"],
        "version": series,
        "version_info": [major, minor, 0, "final", 0, ""],
        "major_version": series,
        "pg_version": ".".join(re.findall(r"\d+", manifest["database"]["version"])[:2]),
        "modules": manifest["odoo"]["versions"],
    }


def export(settings: Settings, place: Restic, backup: pairs.Backup, path: str, say: pairs.Say) -> int:
    """Write a backup as a zip file at ``path``, readable by nobody else; its bytes.

    :raises BackupError: there is something at ``path``, or too little space beside it.
    :raises CommandError: the dump cannot be read.
    """
    manifest = backup.manifest
    if os.path.exists(path):
        raise BackupError(f"{path} is there already: remove it or name another file")
    # The plain dump, the files, and a zip of both, which may not be smaller.
    need = 2 * (manifest["dump"]["bytes"] + manifest["filestore"]["bytes"])
    free = shutil.disk_usage(os.path.dirname(path)).free
    if free < need:
        raise BackupError(
            f"{need / 2**20:.0f} MiB are needed beside {path} and {free / 2**20:.0f} MiB are free: make room, or name"
            " another folder"
        )
    folder = f"{path}.parts"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, mode=0o700)
    try:
        parts = backup.places[place.repository.name]
        dump = os.path.join(folder, DUMP)
        say(f"dump of {backup.id} from {place}")
        command = Server(settings.server).argv("pg_restore", "--no-owner", "--no-acl", "--file=-")
        with open(dump, "wb") as stream:
            dumps.read(place, parts[pairs.DATABASE], manifest, command, output=stream)
        say(f"{manifest['filestore']['files']} files from {place}")
        files = os.path.join(folder, FILES)
        place.restore_folder(parts[pairs.FILESTORE], files)
        say("packing")
        target = os.path.join(folder, "out.zip")
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            pack(out, dump, files, odoo_manifest(manifest))
            out.flush()
            os.fsync(out.fileno())
        os.rename(target, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return os.path.getsize(path)


def pack(out: t.IO[bytes], dump: str, files: str, manifest: t.Mapping[str, t.Any]) -> None:
    """Write the zip; the dump first, as Odoo does."""
    with zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        archive.write(dump, DUMP)
        archive.writestr(MANIFEST, json.dumps(manifest, indent=4))
        for base, folders, names in os.walk(files):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                archive.write(path, os.path.join(FILES, os.path.relpath(path, files)))


def unpack(path: str, folder: str) -> dict[str, t.Any]:
    """Take such a zip apart into a folder that does not exist yet; what its manifest says.

    :raises BackupError: it is no such file, is damaged, or names a place outside the folder.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if DUMP not in names:
                raise BackupError(
                    f"{path} has no {DUMP}: choose the format zip (with filestore) when you download it from Odoo"
                )
            for name in names:
                inside = os.path.normpath(name)
                if os.path.isabs(name) or inside.startswith("..") or "\\" in name:
                    raise BackupError(f"{path} names a place outside of itself ({name}): it is not used")
            wanted = [name for name in names if name in (DUMP, MANIFEST) or name.startswith(f"{FILES}/")]
            need = sum(archive.getinfo(name).file_size for name in wanted)
            free = shutil.disk_usage(os.path.dirname(folder)).free
            if free < need:
                raise BackupError(f"{path} needs {need / 2**20:.0f} MiB in {folder}, and {free / 2**20:.0f} are free")
            os.makedirs(folder, mode=0o700)
            archive.extractall(folder, wanted)
            manifest = json.loads(archive.read(MANIFEST)) if MANIFEST in names else {}
    except (OSError, zipfile.BadZipFile, ValueError) as exc:
        raise BackupError(f"{path} cannot be read as a backup of Odoo: {exc}") from exc
    os.makedirs(os.path.join(folder, FILES), exist_ok=True)
    return t.cast("dict[str, t.Any]", manifest)
