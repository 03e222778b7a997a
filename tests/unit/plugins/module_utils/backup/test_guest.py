# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump is loaded by a role that logs in itself, and by a password that no process list shows."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import guest
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result


class Fake(Server):
    """Has the live database C(erp), with these extensions that only a superuser can make."""

    def __init__(self, *extensions: str) -> None:
        super().__init__("pg")
        self.extensions, self.done = extensions, list[str]()

    def databases(self) -> dict[str, dict[str, t.Any]]:
        return {"erp": {}}

    def execute(self, database: str, sql: str, *, timeout: float = 0, **variables: str) -> Result:
        self.done.append(f"{database}: {' '.join(sql.split())}")
        return Result(("psql",), 0, "\n".join(self.extensions) if sql == guest.UNTRUSTED else "", "")


@pytest.fixture(autouse=True)
def container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stack, "container", lambda _name: None)


def test_it_logs_in_itself() -> None:
    server = Fake()
    with guest.loading(server, "copy", "role", server, "erp") as reader:
        assert reader.env["PGUSER"] == "role" and reader.env["PGHOST"] == "127.0.0.1"
        assert len(reader.env["PGPASSWORD"]) == 48 and reader.env["PGPASSWORD"] not in " ".join(reader.argv)
        assert {"PGUSER", "PGHOST", "PGPASSWORD"} < set(reader.argv)
        assert not {"--role=role", "--no-comments"} & set(reader.argv)
    assert "NOLOGIN PASSWORD NULL; REVOKE ALL" in server.done[-2]
    assert server.done[-1].startswith("copy: REVOKE ALL ON SCHEMA public")


def test_extensions_of_the_live_database_are_made_beforehand() -> None:
    server = Fake("postgis", "earthdistance")
    with guest.loading(server, "copy", "role", server, "erp") as reader:
        assert "--no-comments" in reader.argv
    assert sum(line.startswith("copy: CREATE EXTENSION") for line in server.done) == 2


def test_another_extension_is_named() -> None:
    said = 'pg_restore: error: could not execute query: ERROR:  permission denied to create extension "postgis"'
    server = Fake()
    with (
        pytest.raises(BackupError, match=r"extension postgis, which only a superuser.*psql --dbname=erp"),
        guest.loading(server, "copy", "role", server, "erp"),
    ):
        raise CommandError(["pg_restore"], 1, "", said)
    assert "NOLOGIN" in server.done[-2]
