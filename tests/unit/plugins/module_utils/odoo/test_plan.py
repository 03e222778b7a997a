# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.commands import install_command
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.plan import (
    Plan,
    check_marks,
    check_reached,
    described,
    make_plan,
)
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError, State, Wanted

from .conftest import DONE, WANTED


def test_plan_is_empty_by_default() -> None:
    assert Plan().empty


def test_nothing_to_do() -> None:
    planned = make_plan(DONE, WANTED, administrator=False)
    assert planned.empty
    assert not planned.starts_odoo
    assert described(DONE, WANTED, planned) == ({}, {})
    check_reached(DONE, WANTED)


def test_empty_database() -> None:
    planned = make_plan(State(), WANTED, administrator=False)
    assert planned.initialise
    assert planned.install == ("base", "crm", "sale")
    # In the order in which they were given: Odoo makes the first one the default.
    assert planned.languages == ("en_US", "de_DE")
    assert planned.parameters == {"api.key": "hush", "web.base.url": "https://erp.example.com"}
    assert planned.administrator
    assert install_command(planned, ["--without-demo=all"]) == [
        "odoo", "--no-http", "--workers=0", "--max-cron-threads=0", "--stop-after-init", "--without-demo=all",
        "--init=base,crm,sale", "--load-language=en_US,de_DE",
    ]  # fmt: skip
    before, after = described(State(), WANTED, planned)
    assert before["database"] == "empty"
    assert after["modules"] == {"base": "installed", "crm": "installed", "sale": "installed"}


def test_plain_english_needs_no_language() -> None:
    planned = make_plan(State(), Wanted(), administrator=False)
    assert planned.languages == ()
    assert not [part for part in install_command(planned, []) if "language" in part]


@pytest.mark.parametrize(
    "state",
    [
        State(begun=True, modules={"base": "to install"}),
        State(begun=True, modules={"base": "installed", "crm": "to install", "mail": "to install"}),
    ],
)
def test_interrupted_initialisation(state: State) -> None:
    planned = make_plan(state, WANTED, administrator=False)
    assert planned.initialise
    assert planned.install == ("base", "crm", "sale")
    assert planned.resume == tuple(name for name in ("mail",) if name in state.modules)
    assert described(state, WANTED, planned)[0]["database"] == "interrupted initialisation"


def test_interrupted_installation() -> None:
    state = dataclasses.replace(DONE, modules={**DONE.modules, "sale": "to install", "mail": "to install"})
    planned = make_plan(state, WANTED, administrator=False)
    assert planned.install == ()
    assert planned.resume == ("mail", "sale")
    # Not base, whose first data, with the administrator's first password, would be loaded once more.
    assert "--init=mail,sale" in install_command(planned, [])
    before, after = described(state, WANTED, planned)
    assert before["modules"] == {"mail": "to install", "sale": "to install"}
    assert after["modules"] == {"mail": "installed", "sale": "installed"}


def test_marks_are_left_alone() -> None:
    state = dataclasses.replace(DONE, modules={**DONE.modules, "sale": "to remove", "stock": "to upgrade"})
    planned = make_plan(state, WANTED, administrator=False)
    assert planned.empty
    check_marks(state, planned)
    check_reached(state, WANTED)
    other = dataclasses.replace(WANTED, modules=("crm", "mrp"))
    with pytest.raises(OdooError, match=r"sale \(to remove\), stock \(to upgrade\)\. Installing mrp"):
        check_marks(state, make_plan(state, other, administrator=False))


def test_small_changes_start_no_installation() -> None:
    state = dataclasses.replace(
        DONE,
        languages=frozenset({"en_US"}),
        parameters={"web.base.url": "http://localhost:8069", "gone": "still here", "api.key": "old"},
    )
    planned = make_plan(state, WANTED, administrator=False)
    assert not planned.starts_odoo
    assert planned.needs_shell
    before, after = described(state, WANTED, planned)
    assert before["parameters"]["gone"] == "still here"
    assert after["parameters"]["gone"] is None
    assert after["languages"] == ["de_DE", "en_US"]
    assert "hush" not in json.dumps([before, after])
    assert "old" not in json.dumps([before, after])


def without(state: State, *modules: str) -> State:
    return dataclasses.replace(state, modules={k: v for k, v in state.modules.items() if k not in modules})


def test_what_was_not_reached() -> None:
    with pytest.raises(OdooError, match="not initialised"):
        check_reached(State(), WANTED)
    with pytest.raises(OdooError, match=r"does not find the modules sale.*odoo_addon_repositories"):
        check_reached(without(DONE, "sale"), WANTED)
    with pytest.raises(OdooError, match=r"mail \(to install\).*cancel it in Odoo"):
        check_reached(dataclasses.replace(DONE, modules={**DONE.modules, "mail": "to install"}), WANTED)
    with pytest.raises(OdooError, match=r"sale \(uninstallable\)"):
        check_reached(dataclasses.replace(DONE, modules={**DONE.modules, "sale": "uninstallable"}), WANTED)
