# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is run in Odoo's container, and what its answers mean."""

from __future__ import annotations

import json

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.odoo_probe import Login
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result
from ansible_collections.ipai.odoo.plugins.module_utils._network import Network
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, egress, neutral, neutral_odoo
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_odoo import Clone, Modules, Odoo

CLONE = Clone(
    session=None,  # type: ignore[arg-type]
    login=Login("pg", 5432, "clone", "role", "secret"),
    filestore="/files",
    container="erp-staging-odoo",
    network="erp-staging",
    home="/home",
)


class Container:
    """Runs nothing; keeps what was to be run, and answers."""

    def __init__(self, monkeypatch, answer="", code=0, said=""):
        self.commands, self.stdin = [], []
        self.answer = Result((), code, answer, said)
        monkeypatch.setattr(_stack, "container_exec", self)

    def __call__(self, name, command, *, stdin=None, **_options):
        self.commands.append(list(command))
        self.stdin.append(stdin)
        return self.answer


def found(**given):
    return json.dumps({"installed": 3, "missing": [], "silent": ["crm"], "failed": {}, **given})


def test_neutralization_is_a_program_for_odoos_python(monkeypatch):
    container = Container(monkeypatch, f"a warning\n{found()}\n")
    assert Odoo("x", CLONE).neutralize([]) == Modules(3, (), ("crm",), {})
    compile(container.stdin[0], "neutralize", "exec")
    assert '"database": "clone"' in container.stdin[0] and "secret" not in container.stdin[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (found(missing=["own_one", "own_two"]), "missing in the environment's release: own_one, own_two"),
        (found(failed={"l10n_xx": "no such column"}), r"fails: l10n_xx \(no such column\)"),
    ],
)
def test_modules_that_odoo_would_pass_over_are_refused_by_name(monkeypatch, answer, words):
    Container(monkeypatch, answer)
    with pytest.raises(BackupError, match=words):
        Odoo("x", CLONE).neutralize(["own_three"])


def test_what_somebody_has_accepted_is_not_refused(monkeypatch):
    Container(monkeypatch, found(missing=["own"], failed={"l10n_xx": "no such column"}))
    modules = Odoo("x", CLONE).neutralize(["own", "l10n_xx"])
    assert (modules.missing, modules.failed) == (("own",), {"l10n_xx": "no such column"})


def test_failure_shows_the_last_words(monkeypatch):
    Container(monkeypatch, code=1, said="psycopg2.OperationalError: no server")
    with pytest.raises(BackupError, match=r"clone, which is not neutralized: psycopg2\.OperationalError"):
        Odoo("x", CLONE).neutralize([])


def test_password_comes_on_standard_input(monkeypatch):
    container = Container(monkeypatch, '{"found": true, "changed": 2}\n')
    password = 'it\'s {given!r} "quoted" \\ \n'
    assert Odoo("x", CLONE).administrate("keeper", password) == 2
    assert not any("quoted" in word for word in container.commands[0])
    compile(container.stdin[0], "administrate", "exec")
    line = next(line for line in container.stdin[0].splitlines() if line.startswith("given = "))
    scope = {"json": json}
    exec(line, scope)
    assert scope["given"] == {"database": "clone", "login": "keeper", "password": password}


def test_database_without_an_administrator(monkeypatch):
    Container(monkeypatch, '{"found": false, "changed": 0}\n')
    with pytest.raises(BackupError, match=r"no user base\.user_admin"):
        Odoo("x", CLONE).administrate("keeper", "x")


@pytest.mark.parametrize("network", [None, Network("erp-staging", internal=False)])
def test_no_odoo_on_a_network_that_leads_outside(monkeypatch, network):
    monkeypatch.setattr(_stack, "network", lambda name: network)
    with pytest.raises(BackupError, match="leads outside"), neutral_odoo.odoo(CLONE):
        raise AssertionError("it was started")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"enters": False, "sent": False, "why": "Access Denied"}, "does not let the administrator keeper in: Access"),
        ({"enters": False, "sent": False, "why": ""}, "it wants more to log in"),
        ({"enters": True, "sent": False, "why": "no server"}, "cannot send a mail to the catcher: no server"),
    ],
)
def test_what_odoo_refuses(monkeypatch, said, words):
    container = Container(monkeypatch, json.dumps(said))
    with pytest.raises(BackupError, match=words):
        canary.enter("x", "clone", "keeper", "it's hidden", "canary-1")
    compile(container.stdin[0], "send", "exec")
    assert container.commands == [["python3", "-"]]


def test_where_there_is_no_mail_only_the_login_is_tried(monkeypatch):
    Container(monkeypatch, json.dumps({"enters": True, "sent": False, "why": ""}))
    canary.enter("x", "clone", "keeper", "hidden")


def test_password_is_not_shown():
    assert "hidden" not in repr(neutral.Administrator("keeper", "hidden"))


def test_way_out_is_refused():
    neutral.refuse_open(egress.Found((), ("a",), (), 0.1), "erp-staging")
    with pytest.raises(BackupError, match="erp-staging has a way out, to: tcp 192"):
        neutral.refuse_open(egress.Found(("tcp 192.0.2.1:25",), (), (), 0.1), "erp-staging")
