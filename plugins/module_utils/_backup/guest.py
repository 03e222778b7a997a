# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The role that loads a dump, looks at what it made, and owns nothing else.

Who loads a dump runs what is in it: constraints, indexes and views call functions.  In a session of the superuser's,
these could do what the superuser may, whatever the session's role: RESET ROLE leads back.  So this role logs in itself,
by a password that is made for one visit.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program

#: Extensions that only a superuser can make.  The database is its owner's, who may have set another search path.
UNTRUSTED = """
    SET search_path = pg_catalog;
    SELECT extname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace
    WHERE nspname = 'public' AND EXISTS (
        SELECT FROM pg_available_extension_versions AS v WHERE v.name = extname AND superuser AND NOT trusted
    )
"""
MAKE = """
    SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
"""
REFUSED = re.compile('permission denied to create extension "([^"]+)"')


@contextlib.contextmanager
def visit(server: Server, database: str, role: str, owner: str = "") -> t.Iterator[Server]:
    """The server as the role, which may log in meanwhile, and make things in ``database``.

    That stays somebody else's: its owner could change settings of it that hold for the superuser as well.

    :param owner: another role, whose things this one may use meanwhile.
    """
    password = secrets.token_hex(24)
    # Not an argument, and not in the server's log of statements.
    sql = f"""
        SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';
        ALTER ROLE :"role" LOGIN NOSUPERUSER PASSWORD '{password}';
        GRANT ALL ON DATABASE :"name" TO :"role";
    """
    server.execute("postgres", MAKE, role=role)
    try:
        server.execute("postgres", sql, role=role, name=database)
        server.execute(database, 'GRANT ALL ON SCHEMA public TO :"role";', role=role)
        if owner:
            server.execute("postgres", 'GRANT :"owner" TO :"role";', role=role, owner=owner)
        yield Server(server.name, role, password)
    finally:
        sql = 'ALTER ROLE :"role" NOLOGIN PASSWORD NULL; REVOKE ALL ON DATABASE :"name" FROM :"role";'
        server.execute("postgres", sql, role=role, name=database)
        if owner:
            server.execute("postgres", 'REVOKE :"owner" FROM :"role";', role=role, owner=owner)
        server.execute(database, 'REVOKE ALL ON SCHEMA public FROM :"role";', role=role)


@contextlib.contextmanager
def loading(server: Server, database: str, role: str, live: Server, name: str) -> t.Iterator[Program]:
    """What reads a dump into the empty ``database``, so that all in it becomes the role's.

    :param live: where the live database is, called ``name``: of the extensions that only a superuser can make, those
        that it has are made beforehand.
    :raises BackupError: the dump needs others.
    """
    made = make_extensions(server, database, live, name)
    try:
        with visit(server, database, role) as session:
            # A dump describes its extensions, and only their owner may do so.
            yield session.restore(database, comments=not made)
    except CommandError as exc:
        refused = REFUSED.search(exc.stderr)
        if refused is None:
            raise
        raise BackupError(
            f"the backup has the extension {refused[1]}, which only a superuser can make. Make it in the live database,"
            f" and it is made in restored ones: docker exec --user postgres {live} psql --dbname={name}"
            f" --command='CREATE EXTENSION \"{refused[1]}\" SCHEMA public'"
        ) from exc


def make_extensions(server: Server, database: str, live: Server, name: str) -> list[str]:
    """Make what only a superuser can, as the database ``name`` of ``live`` has it, if there is one."""
    made = live.execute(name, UNTRUSTED).stdout.split() if name in live.databases() else []
    for extension in made:
        server.execute(
            database, 'CREATE EXTENSION IF NOT EXISTS :"extension" SCHEMA public CASCADE;', extension=extension
        )
    return made
