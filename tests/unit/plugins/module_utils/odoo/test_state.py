# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import (
    OdooError,
    State,
    Wanted,
    check,
    parameter_text,
    parameter_texts,
    read_state,
)

from .conftest import DONE, WANTED


def test_what_parameters_mean() -> None:
    given = {"a": True, "b": False, "c": None, "d": 5, "e": "x"}
    assert parameter_texts(given) == {"a": "True", "b": None, "c": None, "d": "5", "e": "x"}
    with pytest.raises(OdooError, match="list"):
        parameter_text(["x"])


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
        check(wanted)


def test_languages_that_odoo_has() -> None:
    check(Wanted(languages=("en_US", "de", "sr@latin", "sr@Cyrl", "ca_ES@valencia", "es_419")))


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
    return read_state(t.cast("t.Any", FakeReader(answers)), WANTED)


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
    # Not to be begun anew.
    with pytest.raises(OdooError, match=r"base\.user_admin"):
        read({**FOUND, "ir_model_data": []})
