# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A copy of a database server as it was at a moment, made from its archive, beside it, without a way to anybody."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import archive_window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive, Backup, container_options
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_settings import ArchiveSettings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server, exchange
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.throwaway import remove
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import stamp
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: Marks what may be removed by whoever has the copy's lock.
LABEL = "ipai.odoo.archive_copy"
#: Seconds for laying out the files, and for replaying WAL up to the moment.
RESTORE_TIMEOUT = 4 * 3600.0
REPLAY_TIMEOUT = 4 * 3600.0
#: Seconds that somebody else's copy of the same server is waited for.
PATIENCE = 3600.0
PAUSE = 0.25
#: How much more room there must be than the server's data take.
ROOM = 1.2
#: A crash of the copy costs nothing.  Where the WAL ends before the moment, PostgreSQL stops and does not promote.
SETTINGS = {
    "archive_mode": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "hot_standby": "off",
    "listen_addresses": "",
    "synchronous_commit": "off",
    "logging_collector": "off",
}


@dataclass(frozen=True)
class Copy:
    """A copy that runs and takes connections over its socket.

    :param container: its container, which C(docker exec) reaches; it is in no network.
    :param backup: what it was made of.
    :param restore_seconds: for the files; ``replay_seconds`` for the WAL.
    """

    container: str
    moment: datetime.datetime | None
    repository: str
    backup: str
    restore_seconds: float
    replay_seconds: float

    @property
    def server(self) -> Server:
        return Server(self.container)


@contextlib.contextmanager
def at(
    settings: ArchiveSettings,
    moment: datetime.datetime | None,
    *,
    repository: str | None = None,
    folder: str | None = None,
    backups: t.Sequence[Backup] = (),
) -> t.Iterator[Copy]:
    """The server as it was at ``moment``; the copy is gone afterwards.

    :param moment: ``None`` is the end of the archived WAL, to the last commit in it.
    :param repository: which one to read; otherwise the first from which the moment can be reached.
    :param backups: what to begin with, and what else if that fails; otherwise the newest of each repository from before
        the moment.
    :param folder: where its files lie for the time being; beside the server's own if not given.
    :raises BackupError: the moment cannot be reached, or there is no room; production was not touched.
    """
    name = f"{settings.server}-copy"
    # Made anew each time, below the given folder: what a killed run has left is known by its place.
    place = os.path.join(folder or settings.home, "copy")
    with _lock.hold(name, PATIENCE, f"a copy of {settings.server} as of {told(moment)}"):
        remove(name, place, LABEL)
        archive = Archive(settings)
        wanted = backups or choose(archive.backups(), settings, moment, repository)
        try:
            yield _first(archive, name, place, wanted, moment)
        finally:
            remove(name, place, LABEL)


def _first(
    archive: Archive, name: str, place: str, wanted: t.Sequence[Backup], moment: datetime.datetime | None
) -> Copy:
    """A copy made of the first backup of which one can be made."""
    failed = []
    for backup in wanted:
        try:
            if moment is None:
                _check_whole(archive, backup)
            _check_room(place, backup)
            os.makedirs(place, mode=0o700)
            return _made(archive.settings, name, place, backup, moment)
        except (BackupError, CommandError) as exc:
            failed.append(f"from repository {backup.repository}: {exc}")
            remove(name, place, LABEL)
    raise BackupError(
        f"a copy of {archive.settings.server} as of {told(moment)} cannot be made " + "; and ".join(failed)
    )


def told(moment: datetime.datetime | None) -> str:
    """A moment for messages."""
    return "the end of its WAL" if moment is None else stamp(moment)


def choose(
    backups: t.Sequence[Backup], settings: ArchiveSettings, moment: datetime.datetime | None, repository: str | None
) -> list[Backup]:
    """The newest base backup that was complete at ``moment``, of each repository that has one, in their order.

    :raises BackupError: there is none.
    """
    found = []
    for place in settings.chosen(repository):
        whole = [one for one in backups if one.repository == place.name and not one.damaged]
        found += [one for one in whole if moment is None or one.stop <= moment][-1:]
    if found:
        return found
    known = min((one.stop for one in backups if repository in (None, one.repository)), default=None)
    begin = f"the first moment that can be restored is {known:%Y-%m-%dT%H:%M:%SZ}" if known else "there is none yet"
    raise BackupError(
        f"no base backup of {settings.server} was complete at {told(moment)}"
        + (f" in repository {repository}" if repository else "")
        + f": {begin}"
    )


def _check_whole(archive: Archive, backup: Backup) -> None:
    """PostgreSQL would take a gap for the end."""
    clusters = [one for contents in archive.info() for one in contents.clusters]
    contents = next(one for one in clusters if backup in one.backups)
    for stretch in archive_window.whole(archive, contents):
        if backup.label in stretch.backups and stretch.gap:
            raise BackupError(
                f"the WAL of {archive.settings.server} in repository {backup.repository} has a gap after"
                f" {backup.label}: {stretch.gap}. Name a moment before it, or another repository"
            )


def _check_room(place: str, backup: Backup) -> None:
    where = os.path.dirname(place)
    free, needed = shutil.disk_usage(where).free, backup.bytes * ROOM
    if free < needed:
        raise BackupError(
            f"the copy needs {needed / 1e6:.0f} MB in {where}, and {free / 1e6:.0f} MB are free. Make room, or name"
            " another folder"
        )


def _made(settings: ArchiveSettings, name: str, place: str, backup: Backup, moment: datetime.datetime | None) -> Copy:
    start = time.monotonic()
    data = os.path.join(place, "data")
    inside = os.path.relpath(settings.pgdata, settings.data_mount)
    os.makedirs(os.path.join(data, inside), mode=0o700)
    for folder, _folders, _files in os.walk(data):
        os.chown(folder, settings.uid, settings.gid)
    options = [*_options(settings, name, data), *exchange(place)]
    number = settings.repository(backup.repository).number
    restore = ["pgbackrest", f"--stanza={settings.server}", f"--repo={number}", f"--set={backup.label}"]
    if moment is not None:
        target = moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        restore += ["--type=time", f"--target={target}", "--target-action=promote"]
    restore += ["--archive-mode=off", "restore"]
    _stack.container_run(name, settings.image, [*options, "--entrypoint", restore[0]], restore[1:])
    code = _stack.container_wait(name, RESTORE_TIMEOUT)
    if code:
        raise BackupError(f"the files of {settings.server} could not be restored: {_stack.logs(name, 20)}")
    _stack.container_remove(name)
    restored = time.monotonic()
    command = ["-c", "config_file=/etc/postgresql/postgresql.conf"]
    command += [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    _stack.container_run(name, settings.image, [*options, "--entrypoint", "postgres"], command)
    _wait(settings, name, moment, os.path.join(data, inside, "postmaster.pid"))
    _stack.network_disconnect(settings.server, name)
    return Copy(
        name, moment, backup.repository, backup.label, round(restored - start, 1), round(time.monotonic() - restored, 1)
    )


def _options(settings: ArchiveSettings, name: str, data: str) -> list[str]:
    """As the server's own container: same image, user, configuration and repositories; the network to read these."""
    options = [*container_options(settings), "--label", f"{LABEL}={settings.server}", "--hostname", name]
    options += ["--log-driver", "journald", "--log-opt", f"tag=postgres/{name}"]
    options += [
        "--memory",
        f"{settings.memory_mb}m",
        "--cpu-shares",
        "256",
        "--shm-size",
        f"{settings.memory_mb // 2}m",
    ]
    volumes = [f"{data}:{settings.data_mount}", f"{settings.home}/config:/etc/postgresql:ro"]
    return options + [part for volume in volumes for part in ("--volume", volume)]


def _state(path: str) -> str:
    """What a server says of itself in its C(postmaster.pid) (C(src/include/utils/pidfile.h), line 8)."""
    with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as stream:
        return "".join(stream.read().splitlines()[7:8]).strip()
    return ""


def _wait(settings: ArchiveSettings, name: str, moment: datetime.datetime | None, path: str) -> None:
    """Wait until the copy has replayed its WAL up to the moment and takes connections."""
    end = time.monotonic() + REPLAY_TIMEOUT
    while True:
        # Without hot standby, it is ready when it was promoted and not before.
        if _state(path) == "ready":
            return
        document = _stack.container(name)
        if document is None or not _stack.running(document):
            said = _stack.logs(name, 30)
            if "before configured recovery target was reached" in said:
                raise BackupError(
                    f"{settings.server} cannot be restored to {told(moment)}: its archived WAL ends"
                    " before, at its newest segment or at a gap. `ipai-odoo-backup archive-window"
                    f" {settings.server}` names the moments that can be restored"
                )
            raise BackupError(f"the copy of {settings.server} does not start: {said}")
        if time.monotonic() > end:
            raise BackupError(f"the copy of {settings.server} replayed WAL for {REPLAY_TIMEOUT:g} seconds: given up")
        time.sleep(PAUSE)
