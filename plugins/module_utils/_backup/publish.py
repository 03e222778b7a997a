# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A restored database and its filestore take the place of the live ones, which are kept.

The databases change their names in one transaction, the filestores in one system call.  Between the two, and around
them, a journal says what was meant; :func:`mend` compares it with what there is and finishes, or takes back, what a
killed run has left.  Odoo rests meanwhile, and not even Docker starts it before both have changed.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import ctypes
import dataclasses
import json
import os
import secrets
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, give, make_private_directory, write_atomic

JOURNAL = "publish.json"
#: In the restored filestore until all is done: wherever it is, that is the restored one.
MARKER = ".ipai-odoo-publish"
#: What :func:`renameat2` can do besides (linux/fs.h).
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
#: Restart policy of an Odoo that is stopped on purpose.
RESTING = "no"
#: By this and its ticket the server knows a session that renames.
APPLICATION = "ipai-odoo-publish"

#: The renaming session holds the exclusive lock of the live database first, which keeps newcomers waiting, and then
#: waits up to five seconds for those inside to leave (PostgreSQL's CountOtherDBBackends): :data:`EMPTY` sees to that.
#: The ticket makes sure that a session whose caller was killed long ago does nothing after `mend` has been there.
SWAP = """
    SET application_name = :'application';
    SET lock_timeout = '15s';
    BEGIN;
    \\if :replace
    ALTER DATABASE :"live" RENAME TO :"former";
    \\endif
    ALTER DATABASE :"restored" RENAME TO :"live";
    SELECT 1 / count(*) FROM pg_database
    WHERE datname = :'live' AND oid = :'oid' AND shobj_description(oid, 'pg_database') = :'ticket';
    ALTER DATABASE :"live" OWNER TO :"owner";
    ALTER DATABASE :"live" ALLOW_CONNECTIONS true;
    \\if :replace
    ALTER DATABASE :"former" OWNER TO CURRENT_USER;
    ALTER DATABASE :"former" ALLOW_CONNECTIONS false;
    \\endif
    COMMIT;
"""
#: Ends the sessions of a database from when somebody has its exclusive lock until that is over.
EMPTY = """
    SELECT set_config('ipai.database', :'oid', false);
    DO $$
    DECLARE
        target oid := current_setting('ipai.database');
        locked boolean;
        seen boolean := false;
    BEGIN
        FOR turn IN 1..500 LOOP
            locked := EXISTS (
                SELECT FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_database'::regclass
                AND objid = target AND mode = 'AccessExclusiveLock'
            );
            EXIT WHEN seen AND NOT locked;
            seen := locked;
            IF locked THEN
                PERFORM pg_stat_clear_snapshot();
                PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datid = target;
            END IF;
            PERFORM pg_sleep(0.02);
        END LOOP;
    END $$;
"""


@dataclass(frozen=True)
class Journal:
    """What a run was about to do.

    :param live: name of the database that Odoo serves, and of its filestore.
    :param restored: name of what is to take its place.
    :param former: name that the live one gets.
    :param oid: the restored database itself, whatever its name is.
    :param replaced: the live database itself; 0 if there is none.
    :param serving: Odoo ran before.
    """

    live: str
    restored: str
    former: str
    oid: int
    ticket: str
    replaced: int
    serving: bool


def publish(settings: Settings, restored: str, former: str) -> bool:
    """Let the database and filestore called ``restored`` take the place of the live ones, which become ``former``.

    Takes the environment's lock.

    :returns: whether Odoo ran before, and does again.
    :raises BackupError: there is nothing of that name, or something has the name ``former``.
    :raises CommandError: the server or Docker refuses; then all is as it was.
    """
    server = Server(settings.server)
    with _lock.hold(_lock.environment(settings.environment)):
        mend_held(settings)
        journal = _begin(settings, server, restored, former)
        try:
            if journal.serving:
                _rest(settings)
            swap(server, journal, settings.user)
        finally:
            # The one way to the end, whatever has happened: after a failure it takes all back.
            mend_held(settings)
        if not _published(server, journal):
            raise BackupError(f"{restored} did not become {settings.database}; all is as it was")
        return journal.serving


def mend(settings: Settings) -> str:
    """Finish what a killed :func:`publish` has begun, or take it back; returns what was done, or nothing.

    :raises CommandError: another run is at work in this environment.
    """
    if not os.path.exists(_journal(settings)):
        return ""
    with _lock.hold(_lock.environment(settings.environment), timeout=0):
        return mend_held(settings)


def mend_held(settings: Settings) -> str:
    """:func:`mend` for who has the environment's lock."""
    journal = read(settings)
    if journal is None:
        return ""
    server = Server(settings.server)
    _fence(server, journal)
    done = _published(server, journal)
    if done:
        move_files(settings, journal)
    if journal.serving:
        _wake(settings)
    for folder in (journal.live, journal.restored):
        _remove(os.path.join(settings.filestores, folder, MARKER))
    _remove(_journal(settings))
    return f"{journal.restored} is {journal.live} now" if done else f"{journal.live} is what it was"


def read(settings: Settings) -> Journal | None:
    """The journal of a run that has not come to its end."""
    try:
        with open(_journal(settings), encoding="utf-8") as stream:
            return Journal(**json.load(stream))
    except FileNotFoundError:
        return None


# The databases


def swap(server: Server, journal: Journal, owner: str) -> None:
    """Rename the databases, in one transaction; the new live one becomes ``owner``'s, and nobody enters the former.

    :raises CommandError: the server refuses, and nothing has changed.
    """
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        if journal.replaced:
            emptied = pool.submit(server.execute, "postgres", EMPTY, oid=str(journal.replaced))
        try:
            server.execute(
                "postgres",
                SWAP,
                live=journal.live,
                restored=journal.restored,
                former=journal.former,
                owner=owner,
                oid=str(journal.oid),
                ticket=journal.ticket,
                application=_application(journal),
                replace=str(bool(journal.replaced)).lower(),
            )
        except CommandError:
            if journal.replaced:
                emptied.result()
            raise


def _published(server: Server, journal: Journal) -> bool:
    """Whether the transaction of :func:`swap` was committed."""
    return bool(server.databases().get(journal.live, {}).get("oid") == journal.oid)


def _application(journal: Journal) -> str:
    return f"{APPLICATION} {journal.ticket}"


def _fence(server: Server, journal: Journal) -> None:
    """From now on, no session of a killed run renames anything; those of other environments go on."""
    server.execute(
        "postgres",
        """
        SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = :'application';
        SELECT format('COMMENT ON DATABASE %I IS NULL', datname) FROM pg_database WHERE oid = :'oid' \\gexec
        """,
        application=_application(journal),
        oid=str(journal.oid),
    )


def _own(server: Server, database: str, role: str, owner: str) -> None:
    """Give all in a restored database to ``owner``, who cannot enter it all the same.

    The database itself stays the superuser's until it is published: this role owns none, and so REASSIGN OWNED, which
    takes a role's databases along, finds none.
    """
    server.execute("postgres", 'ALTER DATABASE :"name" ALLOW_CONNECTIONS true;', name=database)
    try:
        # What was restored may have functions and operators that the superuser must not take for PostgreSQL's own.
        sql = """
            SET search_path = pg_catalog;
            SELECT format('REASSIGN OWNED BY %I TO %I', rolname, :'owner') FROM pg_roles WHERE rolname = :'role' \\gexec
        """
        server.execute(database, sql, role=role, owner=owner)
    finally:
        server.execute("postgres", 'ALTER DATABASE :"name" ALLOW_CONNECTIONS false;', name=database)


# The filestores


def renameat2(source: str, target: str, flags: int) -> None:
    """Rename so that the other name is never overwritten, or exchange two names in one step.

    :raises OSError: the kernel or the file system refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    here = -100  # AT_FDCWD
    if libc.renameat2(here, os.fsencode(source), here, os.fsencode(target), flags):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), source, None, target)
    for folder in sorted({os.path.dirname(source), os.path.dirname(target)}):
        _sync(folder)


def move_files(settings: Settings, journal: Journal) -> None:
    """Give the filestores the names that their databases have; what is done already is not done again."""
    live, restored, former = (
        os.path.join(settings.filestores, name) for name in (journal.live, journal.restored, journal.former)
    )
    if not os.path.exists(restored):
        return
    if not _marked(live, journal.ticket):
        there = os.path.exists(live)
        renameat2(restored, live, RENAME_EXCHANGE if there else RENAME_NOREPLACE)
        if not there:
            return
    renameat2(restored, former, RENAME_NOREPLACE)


def _marked(folder: str, ticket: str) -> bool:
    try:
        with open(os.path.join(folder, MARKER), encoding="utf-8") as stream:
            return stream.read() == ticket
    except FileNotFoundError:
        return False


# The steps around them


def role(settings: Settings) -> str:
    """The database role that owns what is restored until it is published."""
    return f"ipai_restore_{settings.environment}"


def _begin(settings: Settings, server: Server, restored: str, former: str) -> Journal:
    """Look whether all is there, prepare what is restored, and write down what is about to happen."""
    databases = server.databases()
    if restored not in databases:
        raise BackupError(f"there is no database {restored} on {server}")
    if former in databases or os.path.lexists(os.path.join(settings.filestores, former)):
        raise BackupError(f"there is a database or a filestore {former} already; remove it first")
    _own(server, restored, role(settings), settings.user)
    owner = os.stat(os.path.join(settings.directory, "data"))
    give(os.path.join(settings.filestores, restored), owner.st_uid, owner.st_gid)
    journal = Journal(
        live=settings.database,
        restored=restored,
        former=former,
        oid=databases[restored]["oid"],
        ticket=secrets.token_hex(16),
        replaced=databases.get(settings.database, {}).get("oid", 0),
        serving=_stack.running(_stack.container(settings.container)),
    )
    make_private_directory(settings.home, Access(0, 0, 0o700))
    write_atomic(_journal(settings), json.dumps(dataclasses.asdict(journal)).encode(), Access(0, 0, 0o600))
    marker = os.path.join(settings.filestores, restored, MARKER)
    write_atomic(marker, journal.ticket.encode(), Access(0, 0, 0o600))
    server.execute("postgres", "COMMENT ON DATABASE :\"name\" IS :'ticket';", name=restored, ticket=journal.ticket)
    return journal


def _rest(settings: Settings) -> None:
    """Stop Odoo; after a reboot it stays so until :func:`mend` has been there."""
    _stack.container_restart_policy(settings.container, RESTING)
    _stack.container_stop(settings.container)


def _wake(settings: Settings) -> None:
    """Have Odoo run; also when a killed run was stopping it, which Docker goes on doing."""
    document = _stack.container(settings.container)
    if document and _stack.restart_policy(document) == RESTING:
        # It counts as running until it has stopped.
        _stack.container_stop(settings.container)
        _stack.container_start(settings.container)
    elif not _stack.running(document):
        _stack.container_start(settings.container)
    _stack.container_restart_policy(settings.container, settings.restart)


def _journal(settings: Settings) -> str:
    return os.path.join(settings.home, JOURNAL)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        _sync(os.path.dirname(path))


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
