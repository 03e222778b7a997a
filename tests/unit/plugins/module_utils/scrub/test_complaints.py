# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No value of a row is in what is said of it."""

from __future__ import annotations

import pickle

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import complaints

CHECK = """psql:<stdin>:52953: ERROR:  new row for relation "ir_model_data" violates check constraint "name_nospaces"
DETAIL:  Failing row contains (2706, null, Betty Baker).
CONTEXT:  COPY ir_model_data, line 2710: "2706	Betty Baker"
"""
TYPE = """psql:<stdin>:7: ERROR:  invalid input syntax for type integer: "Betty"
CONTEXT:  COPY res_partner, line 5, column color: "Betty"
"""
UNIQUE = """pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 5; 2606 1 CONSTRAINT res_users res_users_login_key odoo
pg_restore: error: could not execute query: ERROR:  could not create unique index "res_users_login_key"
DETAIL:  Key (login)=(betty@baker.com) is duplicated.
Command was: ALTER TABLE ONLY public.res_users
"""
FOREIGN = """pg_restore: error: could not execute query: ERROR:  insert or update on table "a" violates "a_b_fkey"
DETAIL:  Key (b)=(Betty) is not present in table "b".
"""


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            CHECK,
            'new row for relation "ir_model_data" violates check constraint "name_nospaces"; in table ir_model_data',
        ),
        (TYPE, "invalid input syntax for type integer; in table res_partner, column color"),
        (UNIQUE, 'could not create unique index "res_users_login_key"; (login) is duplicated.'),
        (FOREIGN, 'insert or update on table "a" violates "a_b_fkey"; (b) is not present in table "b".'),
        ("Cannot connect to the Docker daemon", ""),
    ],
)
def test_what_and_where_and_no_value(text: str, short: str) -> None:
    assert complaints.said(text) == short
    error = complaints.cleaned(CommandError(["psql"], 3, "", text))
    assert "etty" not in str(error)
    assert (short or text) in str(error)


def test_failures_come_out_of_other_processes() -> None:
    error = CommandError(["psql", "-f"], 3, "out", "err", "a reason")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.argv, copy.rc, copy.stdout, copy.stderr, str(copy)) == (error.argv, 3, "out", "err", str(error))
