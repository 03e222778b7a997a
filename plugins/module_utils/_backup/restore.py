# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Restore a backup, or a moment, beside the live database and filestore; look at it; publish it if that was asked.

Nothing live is touched before the restored pair has passed its checks and Odoo has served it.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    checks,
    dumps,
    guest,
    moment,
    odoo_probe,
    pairs,
    publish,
    runs,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restore_plan import (
    Plan,
    check_name,
    is_ours,
    live_is_empty,
    source_of,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, Server, refuse
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, give, make_private_directory, write_atomic
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program

#: Names what a run is restoring, so that :func:`mend` can remove it after a kill.
NOTE = "restoring.json"
#: Seconds in which Odoo has to be healthy after publishing.
WAKE = 300.0
#: Seconds between two looks at programs that are to end.
PAUSE = 0.2


def restore(settings: Settings, planned: Plan, say: pairs.Say = lambda text: None) -> dict[str, t.Any]:
    """Do what was planned.

    :returns: V(name), V(id) (of a backup), V(at) and V(base) (of a moment), V(repository), V(checks), V(seconds),
        V(published), V(former).
    :raises BackupError: it cannot be restored or is not good; nothing of it is left, and what is live is as it was.
    """
    with runs.recording(settings, "restore") as run, lock(settings):
        mend_held(settings)
        start = time.monotonic()
        details = run.details
        details.update(name=planned.name, published=False, former="", **planned.origin)
        server = Server(settings.server)
        if not planned.there:
            refuse(planned.name, server.databases())
            with making(settings, planned.name):
                with pairs.reading(source_of(settings, planned.wish.source), f"a restore of {settings.environment}"):
                    details["checks"] = judged(planned, _fetch(settings, planned, server, say))
                _look(settings, planned, server, details, say)
        elif planned.wish.publish:
            details["checks"] = _checked(settings, planned, server, say)
        if planned.wish.publish:
            take_place(settings, planned.name, planned.former, details, say)
        details["seconds"] = round(time.monotonic() - start, 1)
        return dict(details)


def lock(settings: Settings) -> t.ContextManager[bool]:
    """Be the only one who restores in an environment; backups go on meanwhile.

    :raises CommandError: somebody else is; the message says so.
    """
    return _lock.hold(f"restore-{settings.environment}", 0.0, f"a restore of {settings.environment}")


@contextlib.contextmanager
def making(settings: Settings, name: str) -> t.Iterator[None]:
    """What is made by this name is whole at the end, or nothing of it is left.

    After a kill, :func:`mend` sees to that.  What takes the place of what is live meanwhile has lost that name.
    """
    make_private_directory(settings.home, Access(0, 0, 0o700))
    note = os.path.join(settings.home, NOTE)
    write_atomic(note, json.dumps({"name": name}).encode(), Access(0, 0, 0o600))
    try:
        yield
    except BaseException:
        _discard(settings)
        raise
    os.unlink(note)


def make_folder(settings: Settings, name: str) -> str:
    """Make an empty filestore of this name."""
    if not os.path.isdir(settings.filestores):
        # Odoo makes it with its first file, and there may have been none yet.
        os.mkdir(settings.filestores, 0o755)
        owner = os.stat(os.path.join(settings.directory, "data"))
        os.chown(settings.filestores, owner.st_uid, owner.st_gid)
    folder = os.path.join(settings.filestores, name)
    os.mkdir(folder, 0o700)
    return folder


def _fetch(settings: Settings, planned: Plan, server: Server, say: pairs.Say) -> list[checks.Check]:
    """Restore; what was seen of the database's origin meanwhile."""
    place = t.cast("Restic", planned.place)
    role = publish.role(settings)
    say(f"restoring {planned.described()} to {planned.name}")
    # The superuser's, so that REASSIGN OWNED finds no database of this role.
    server.create(planned.name, "postgres")
    owner = os.stat(os.path.join(settings.directory, "data"))
    folder = make_folder(settings, planned.name)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        files = pool.submit(_fetch_files, place, planned.files, folder)
        try:
            with guest.loading(server, planned.name, role, server, settings.database) as reader:
                seen = _fetch_database(settings, planned, reader, say)
        except BaseException:
            # Nobody waits for the files of a database that does not come.
            while not files.done():
                _end(folder)
                concurrent.futures.wait([files], PAUSE)
            raise
        say("database restored; files follow")
        files.result()
    # A dump holds no statistics, without which the first users would wait for bad plans.
    server.execute(planned.name, "ANALYZE;", timeout=LONG)
    give(folder, owner.st_uid, owner.st_gid)
    return seen


def _fetch_database(settings: Settings, planned: Plan, reader: Program, say: pairs.Say) -> list[checks.Check]:
    wish, place = planned.wish, t.cast("Restic", planned.place)
    if wish.newest:
        return [moment.read_newest(settings, wish.repository, reader, say)]
    if wish.moment:
        source = source_of(settings, wish.source)
        return [moment.read_database(source, wish.moment, wish.repository, reader, say)]
    backup = t.cast("pairs.Backup", planned.backup)
    snapshot = backup.places[place.repository.name][pairs.DATABASE]
    dumps.read(place, snapshot, backup.manifest, reader, lambda size: say(f"database: {size / 2**20:.0f} MiB"))
    return []


def _fetch_files(place: Restic, snapshots: t.Sequence[str], folder: str) -> None:
    for snapshot in snapshots:
        place.restore_folder(snapshot, folder)


def _checked(settings: Settings, planned: Plan, server: Server, say: pairs.Say) -> list[dict[str, t.Any]]:
    """The checks of a restored pair that need no Odoo.

    :raises BackupError: one of them failed.
    """
    say("looking at what was restored")
    manifest = planned.backup.manifest if planned.backup else None
    server.execute("postgres", 'ALTER DATABASE :"name" ALLOW_CONNECTIONS true;', name=planned.name)
    folder = os.path.join(settings.filestores, planned.name)
    # What is there already was looked at when it was restored, or was live: it may lack what it has always lacked. And
    # nothing better can be had than the newest.
    strict = not (planned.there or planned.wish.newest)
    # All in what was live is the environment's own role's.
    owner = settings.user if planned.there else ""
    with guest.visit(server, planned.name, publish.role(settings), owner) as session:
        restored = checks.Restored(session, planned.name, folder, manifest, planned.later, planned.files_until, strict)
        return judged(planned, checks.run(restored, settings.invariants))


def judged(planned: Plan, seen: t.Sequence[checks.Check]) -> list[dict[str, t.Any]]:
    """:raises BackupError: a check has failed."""
    wrong = [f"{check.name}: {check.said}" for check in seen if not check.ok]
    if wrong:
        raise BackupError(
            f"{planned.described()} was restored and is not good: {'; '.join(wrong)}. What is live is as it was. Try"
            " another backup (`ipai-odoo-backup list` on the droplet shows them) or another repository"
        )
    return [check.plain() for check in seen]


def _look(settings: Settings, planned: Plan, server: Server, details: dict[str, t.Any], say: pairs.Say) -> None:
    details["checks"] += _checked(settings, planned, server, say)
    say("starting Odoo on it")
    role = publish.role(settings)
    with guest.visit(server, planned.name, role) as session:
        login = odoo_probe.Login(settings.server, 5432, planned.name, role, session.password)
        folder = os.path.join(settings.filestores, planned.name)
        seen = odoo_probe.probe(settings, login, folder, settings.environment)
    details["checks"] += judged(planned, seen)


def take_place(settings: Settings, name: str, former: str, details: dict[str, t.Any], say: pairs.Say) -> None:
    """Publish what was made as ``name``, and wait until Odoo serves it; what was live is ``former`` then.

    ``details`` get V(published), V(former), V(serving) and V(downtime_seconds).

    :raises BackupError: it was published, and Odoo does not serve it.
    """
    server = Server(settings.server)
    empty = live_is_empty(settings)
    replaced = settings.database in server.databases()
    files = os.path.join(settings.filestores, former)
    if replaced and not empty:
        _store_last(settings, say)
    say(f"publishing {name} as {settings.database}")
    start = time.monotonic()
    serving = publish.publish(settings, name, former)
    details["published"] = True
    retire(server, publish.role(settings))
    # Files without a database may be newer than those that were restored.
    if empty and not (os.path.isdir(files) and os.listdir(files)):
        remove_held(settings, former)
    elif replaced:
        details["former"] = former
    details["serving"] = serving
    if not serving:
        say(f"{settings.container} did not run before and was not started: docker start {settings.container}")
    else:
        _await_odoo(settings, name, former)
        details["downtime_seconds"] = round(time.monotonic() - start, 1)


def _store_last(settings: Settings, say: pairs.Say) -> None:
    """The files of the last minutes before something else is live: moments until then can be restored later."""
    try:
        runs.make_pass(settings, say)
    except (BackupError, CommandError) as exc:
        # It was told of, as of any pass; what is live is kept beside what takes its place.
        say(f"the last files of {settings.database} are not in all repositories: {exc}")


def _await_odoo(settings: Settings, name: str, former: str) -> None:
    end = time.monotonic() + WAKE
    while True:
        state, said = _stack.health(_stack.container(settings.container) or {"State": {}})
        if state in ("healthy", "none"):
            return
        if time.monotonic() > end:
            raise BackupError(
                f"{name} was published and Odoo does not serve it: {said}. To go back, publish the former one:"
                f" ipai-odoo-backup restore {settings.environment} name={former} publish=yes"
                f" confirm={settings.environment}"
            )
        time.sleep(1)


# Removing, and what killed runs have left


def remove(settings: Settings, name: str, *, dry_run: bool = False) -> bool:
    """Remove a restored or a former database and its filestore; whether there was one.

    :raises BackupError: it is something else.
    """
    check_name(settings, name)
    there = name in Server(settings.server).databases() or os.path.lexists(os.path.join(settings.filestores, name))
    if there and not dry_run:
        with lock(settings):
            mend_held(settings)
            remove_held(settings, name)
    return there


def remove_held(settings: Settings, name: str) -> None:
    """:func:`remove` for who has the lock."""
    check_name(settings, name)
    server = Server(settings.server)
    server.drop(name)
    folder = os.path.join(settings.filestores, name)
    if os.path.lexists(folder):
        shutil.rmtree(folder)
    retire(server, publish.role(settings))


def retire(server: Server, role: str) -> None:
    """The role of restored databases can do nothing any more, and goes with the last of them."""
    server.execute(
        "postgres",
        """
        SELECT format('ALTER ROLE %I NOLOGIN NOSUPERUSER PASSWORD NULL', rolname)
        FROM pg_roles WHERE rolname = :'role' \\gexec
        SELECT format('DROP ROLE %I', rolname) FROM pg_roles AS r
        WHERE rolname = :'role' AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refobjid = r.oid) \\gexec
        """,
        role=role,
    )


def mend(settings: Settings) -> str:
    """Finish, or take back, what a killed run has left; says what was done, or nothing.

    :raises CommandError: a run is at work.
    """
    if not any(os.path.exists(os.path.join(settings.home, name)) for name in (NOTE, publish.JOURNAL)):
        return ""
    with lock(settings):
        return mend_held(settings)


def mend_held(settings: Settings) -> str:
    """:func:`mend` for who has the lock."""
    said = [publish.mend(settings)]
    if os.path.exists(os.path.join(settings.home, NOTE)):
        said.append(_discard(settings))
    return "; ".join(filter(None, said))


def _discard(settings: Settings) -> str:
    """Remove what has been restored so far.

    Of what was already being published, the files may still have the name that they had before: that is brought to its
    end first.
    """
    if os.path.exists(os.path.join(settings.home, publish.JOURNAL)):
        with _lock.hold(_lock.environment(settings.environment), 60.0):
            publish.mend_held(settings)
    note = os.path.join(settings.home, NOTE)
    with open(note, encoding="utf-8") as stream:
        name = json.load(stream)["name"]
    _end(os.path.join(settings.filestores, name))
    odoo_probe.tidy(settings)
    remove_held(settings, name)
    os.unlink(note)
    return f"the unfinished {name} is removed"


def _end(folder: str) -> None:
    """End what still writes into a folder: the programs of a killed run outlive it."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as stream:
            if os.fsencode(folder) in stream.read().split(b"\0"):
                os.kill(int(name), signal.SIGKILL)


def served(settings: Settings) -> dict[str, str]:
    """The live, restored and former databases of an environment, and what they are, for people."""
    found = {}
    for name, row in Server(settings.server).databases().items():
        if name == settings.database or is_ours(settings, name):
            found[name] = f"database {row['oid']}"
    return found
