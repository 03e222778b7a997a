# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Who reads production for a copy: a role that can read one database, and nothing else, for as long as that takes."""

from __future__ import annotations

import contextlib
import secrets
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server

#: Sessions at once: what holds the snapshot is somebody else.
SESSIONS = 12

MAKE = """
    SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
"""
ADMIT = """
    SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';
    ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT {sessions}
        PASSWORD '{password}';
    ALTER ROLE :"role" SET default_transaction_read_only = on;
    GRANT pg_read_all_data TO :"role";
    GRANT CONNECT ON DATABASE :"name" TO :"role";
"""
DISMISS = """
    ALTER ROLE :"role" NOLOGIN PASSWORD NULL;
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = :'role';
    DROP OWNED BY :"role";
    DROP ROLE :"role";
"""


@contextlib.contextmanager
def visit(server: Server, database: str, role: str) -> t.Iterator[Server]:
    """The server as that role; it is gone afterwards, and what it was still reading with it.

    :raises CommandError: the server refuses.
    """
    password = secrets.token_hex(24)
    server.execute("postgres", MAKE, role=role)
    try:
        sql = ADMIT.format(sessions=SESSIONS, password=password)
        # Given by standard input: neither a process list nor the server's log has it.
        server.execute("postgres", sql, role=role, name=database)
        yield Server(server.name, role, password)
    finally:
        server.execute("postgres", DISMISS, role=role)
