# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import subprocess
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _odoo
from ansible_collections.ipai.odoo.plugins.module_utils._odoo import OdooError, Plan, State, Wanted

WANTED = Wanted(
    modules=("crm", "sale"),
    languages=("en_US", "de_DE"),
    parameters={"web.base.url": "https://erp.example.com", "gone": None},
    secret_parameters={"api.key": "hush"},
)
DONE = State(
    begun=True,
    initialised=True,
    modules={"base": "installed", "crm": "installed", "sale": "installed"},
    languages=frozenset({"de_DE", "en_US", "fr_FR"}),
    parameters={"web.base.url": "https://erp.example.com", "api.key": "hush", "database.uuid": "u"},
    uuid="u",
)


def without(state: State, *modules: str) -> State:
    return dataclasses.replace(state, modules={k: v for k, v in state.modules.items() if k not in modules})


def test_nothing_to_do() -> None:
    planned = _odoo.plan(DONE, WANTED, administrator=False)
    assert planned.empty
    assert not planned.starts_odoo
    assert _odoo.described(DONE, WANTED, planned) == ({}, {})
    _odoo.check_reached(DONE, WANTED)


def test_empty_database() -> None:
    planned = _odoo.plan(State(), WANTED, administrator=False)
    assert planned.initialise
    assert planned.install == ("base", "crm", "sale")
    # In the order in which they were given: Odoo makes the first one the default.
    assert planned.languages == ("en_US", "de_DE")
    assert planned.parameters == {"api.key": "hush", "web.base.url": "https://erp.example.com"}
    assert planned.administrator
    assert _odoo.install_command(planned, ["--without-demo=all"]) == [
        "odoo", "--no-http", "--workers=0", "--max-cron-threads=0", "--stop-after-init", "--without-demo=all",
        "--init=base,crm,sale", "--load-language=en_US,de_DE",
    ]  # fmt: skip
    before, after = _odoo.described(State(), WANTED, planned)
    assert before["database"] == "empty"
    assert after["modules"] == {"base": "installed", "crm": "installed", "sale": "installed"}


def test_plain_english_needs_no_language() -> None:
    planned = _odoo.plan(State(), Wanted(), administrator=False)
    assert planned.languages == ()
    assert not [part for part in _odoo.install_command(planned, []) if "language" in part]


@pytest.mark.parametrize(
    "state",
    [
        State(begun=True, modules={"base": "to install"}),
        State(begun=True, modules={"base": "installed", "crm": "to install", "mail": "to install"}),
    ],
)
def test_interrupted_initialisation(state: State) -> None:
    planned = _odoo.plan(state, WANTED, administrator=False)
    assert planned.initialise
    assert planned.install == ("base", "crm", "sale")
    assert planned.resume == tuple(name for name in ("mail",) if name in state.modules)
    assert _odoo.described(state, WANTED, planned)[0]["database"] == "interrupted initialisation"


def test_interrupted_installation() -> None:
    state = dataclasses.replace(DONE, modules={**DONE.modules, "sale": "to install", "mail": "to install"})
    planned = _odoo.plan(state, WANTED, administrator=False)
    assert planned.install == ()
    assert planned.resume == ("mail", "sale")
    # Not base, whose first data, with the administrator's first password, would be loaded once more.
    assert "--init=mail,sale" in _odoo.install_command(planned, [])
    before, after = _odoo.described(state, WANTED, planned)
    assert before["modules"] == {"mail": "to install", "sale": "to install"}
    assert after["modules"] == {"mail": "installed", "sale": "installed"}


def test_marks_are_left_alone() -> None:
    state = dataclasses.replace(DONE, modules={**DONE.modules, "sale": "to remove", "stock": "to upgrade"})
    planned = _odoo.plan(state, WANTED, administrator=False)
    assert planned.empty
    _odoo.check_marks(state, planned)
    _odoo.check_reached(state, WANTED)
    other = dataclasses.replace(WANTED, modules=("crm", "mrp"))
    with pytest.raises(OdooError, match=r"sale \(to remove\), stock \(to upgrade\)\. Installing mrp"):
        _odoo.check_marks(state, _odoo.plan(state, other, administrator=False))


def test_modules_of_an_image() -> None:
    listing = "/usr/lib/odoo/addons/crm/__manifest__.py\n/opt/ipai/addons/own/linked\n/__manifest__.py\n\n"
    assert {"crm", "linked"} <= _odoo.found_modules(listing)
    assert "__manifest__.py" not in _odoo.found_modules(listing)
    done = subprocess.run(["/bin/sh", "-n", "-c", _odoo.FIND_MODULES], check=False, capture_output=True)
    assert done.returncode == 0


def test_small_changes_start_no_installation() -> None:
    state = dataclasses.replace(
        DONE,
        languages=frozenset({"en_US"}),
        parameters={"web.base.url": "http://localhost:8069", "gone": "still here", "api.key": "old"},
    )
    planned = _odoo.plan(state, WANTED, administrator=False)
    assert not planned.starts_odoo
    assert planned.needs_shell
    before, after = _odoo.described(state, WANTED, planned)
    assert before["parameters"]["gone"] == "still here"
    assert after["parameters"]["gone"] is None
    assert after["languages"] == ["de_DE", "en_US"]
    assert "hush" not in json.dumps([before, after])
    assert "old" not in json.dumps([before, after])


def test_what_parameters_mean() -> None:
    given = {"a": True, "b": False, "c": None, "d": 5, "e": "x"}
    assert _odoo.parameter_texts(given) == {"a": "True", "b": None, "c": None, "d": "5", "e": "x"}
    with pytest.raises(OdooError, match="list"):
        _odoo.parameter_text(["x"])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(modules=("crm,sale",)), "technical name"),
        (Wanted(modules=("--help",)), "technical name"),
        (Wanted(languages=("german",)), "language"),
        (Wanted(parameters={"a": "1"}, secret_parameters={"a": "2"}), "twice"),
    ],
)
def test_refused(wanted: Wanted, words: str) -> None:
    with pytest.raises(OdooError, match=words):
        _odoo.check(wanted)


def test_languages_that_odoo_has() -> None:
    _odoo.check(Wanted(languages=("en_US", "de", "sr@latin", "sr@Cyrl", "ca_ES@valencia", "es_419")))


def test_what_was_not_reached() -> None:
    with pytest.raises(OdooError, match="not initialised"):
        _odoo.check_reached(State(), WANTED)
    with pytest.raises(OdooError, match=r"does not find the modules sale.*odoo_addon_repositories"):
        _odoo.check_reached(without(DONE, "sale"), WANTED)
    with pytest.raises(OdooError, match=r"mail \(to install\).*cancel it in Odoo"):
        _odoo.check_reached(dataclasses.replace(DONE, modules={**DONE.modules, "mail": "to install"}), WANTED)
    with pytest.raises(OdooError, match=r"sale \(uninstallable\)"):
        _odoo.check_reached(dataclasses.replace(DONE, modules={**DONE.modules, "sale": "uninstallable"}), WANTED)


def test_administrator_is_remembered() -> None:
    salt, mark = _odoo.remembered(None)
    assert mark == ""
    first = _odoo.fingerprint(salt, "uuid", "admin", "one password")
    assert _odoo.remembered(_odoo.remember(salt, first)) == (salt, first)
    for other in (("other", "admin", "one password"), ("uuid", "root", "one password"), ("uuid", "admin", "two")):
        assert _odoo.fingerprint(salt, *other) != first
    assert _odoo.fingerprint(_odoo.remembered(None)[0], "uuid", "admin", "one password") != first
    for broken in ("", "{", "[]", '{"salt": "x", "fingerprint": "y"}', '{"salt": 1}'):
        assert _odoo.remembered(broken)[1] == ""


class Record:
    """Enough of Odoo's environment for the script."""

    def __init__(self, log: list[t.Any]) -> None:
        self.log = log
        self.cr = self
        self.registry = self
        self.ids = [7]
        self.codes: list[str] = []

    def __getitem__(self, name: str) -> Record:
        self.log.append(name)
        return self

    def with_context(self, **context: t.Any) -> Record:
        return self

    def sudo(self) -> Record:
        return self

    def search(self, domain: list[t.Any]) -> Record:
        self.codes = [code for code in domain[0][2] if code != "xx_XX"]
        return self

    def mapped(self, name: str) -> list[str]:
        return self.codes

    def create(self, values: dict[str, t.Any]) -> Record:
        self.log.append(values)
        return self

    def lang_install(self) -> None:
        self.log.append("lang_install")

    def ref(self, name: str) -> Record:
        self.log.append(name)
        return self

    def write(self, values: dict[str, t.Any]) -> None:
        self.log.append(values)

    def set_param(self, key: str, value: t.Any) -> None:
        self.log.append((key, value))

    def commit(self) -> None:
        self.log.append("commit")

    def signal_changes(self) -> None:
        self.log.append("signal")


def run_script(script: str) -> list[t.Any]:
    log: list[t.Any] = []
    exec(compile(script, "shell", "exec"), {"env": Record(log), "__name__": "__main__"})
    return log


def test_script(capsys: pytest.CaptureFixture[str]) -> None:
    password = 'it\'s "quoted"\\ and {odd!r} ü'
    script = _odoo.shell_script(["de_DE"], {"a": "1", "b": None}, {"login": "admin", "password": password})
    log = run_script(script)
    assert {"lang_ids": [(6, 0, [7])], "overwrite": False} in log
    assert ("a", "1") in log
    assert ("b", False) in log
    assert {"login": "admin", "password": password} in log
    assert log[-2:] == ["commit", "signal"]
    output = capsys.readouterr().out
    assert password not in output
    assert _odoo.shell_result("noise\n" + output) == {
        "languages": ["de_DE"],
        "parameters": ["a", "b"],
        "administrator": True,
    }


def test_script_with_unknown_language() -> None:
    with pytest.raises(SystemExit, match="xx_XX"):
        run_script(_odoo.shell_script(["xx_XX"], {}, None))


def test_shell_without_result() -> None:
    with pytest.raises(OdooError, match="without a result"):
        _odoo.shell_result("something else\n")


class FakeReader:
    """Answers questions from a table of fragments."""

    def __init__(self, answers: dict[str, list[tuple[t.Any, ...]]]) -> None:
        self.answers = answers

    def rows(self, sql: str, *parameters: t.Any) -> list[tuple[t.Any, ...]]:
        assert sql.count("%s") == len(parameters)
        return next(rows for fragment, rows in self.answers.items() if fragment in sql)

    def value(self, sql: str, *parameters: t.Any) -> t.Any:
        rows = self.rows(sql, *parameters)
        return rows[0][0] if rows else None


def read(answers: dict[str, list[tuple[t.Any, ...]]]) -> State:
    return _odoo.read_state(t.cast("t.Any", FakeReader(answers)), WANTED)


FOUND: dict[str, list[tuple[t.Any, ...]]] = {
    "ir_module_module') IS NULL": [(False,)],
    "res_lang') IS NULL": [(False,)],
    "SELECT name, state": list(DONE.modules.items()),
    "SELECT key, value": list(DONE.parameters.items()),
    "ir_model_data": [(1,)],
    "SELECT demo": [(False,)],
    "SELECT code": [(code,) for code in DONE.languages],
}


def test_reading() -> None:
    assert read(FOUND) == DONE
    assert read({**FOUND, "ir_module_module') IS NULL": [(True,)]}) == State()
    half = read({**FOUND, "SELECT name, state": [("base", "to install")]})
    assert half.begun
    assert not half.initialised
    nobody = read({**FOUND, "ir_model_data": []})
    assert nobody.begun
    assert not nobody.initialised


def test_plan_is_empty_by_default() -> None:
    assert Plan().empty
