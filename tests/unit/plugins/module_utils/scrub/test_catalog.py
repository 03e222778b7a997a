# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases that are refused before anything of them is copied."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import catalog

COLUMN = {"name": "id", "type": "integer", "not_null": True, "generated": False}


def table(name: str, **more: t.Any) -> dict[str, t.Any]:
    plain = {"name": name, "bytes": 1, "strange": False, "policies": False, "columns": [dict(COLUMN)], "key": ["id"]}
    return {**plain, **more}


def database(*tables: dict[str, t.Any], **more: t.Any) -> catalog.Ask:
    answers: dict[str, list[dict[str, t.Any]]] = {
        catalog.TABLES: [table("ir_module_module"), *tables],
        catalog.MODULES: [{"name": "base", "version": "19.0.1.3"}],
        catalog.OBJECTS: [{"number": more.get("objects", 0)}],
        catalog.ELSEWHERE: more.get("elsewhere", []),
        catalog.REFERENCES: [],
        catalog.SEQUENCES: [{"name": one} for one in more.get("sequences", ["res_partner_id_seq"])],
    }
    return lambda select: answers[select]


def test_a_database_of_odoo() -> None:
    found = catalog.read(database(table("Products"), table("x_own table")))
    assert found.series == "19.0" and set(found.tables) == {"ir_module_module", "Products", "x_own table"}
    assert found.tables["Products"].key == ("id",)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (database(table("a (\\! touch x;#")), "signs that Odoo does not use"),
        (database(table("a", columns=[{**COLUMN, "name": "b\n\\! touch x"}])), "signs that Odoo does not use"),
        (database(sequences=["a\\'\\! touch x;#"]), "signs that Odoo does not use"),
        (database(table("a", policies=True)), "a has row level security"),
        (database(table("a", strange=True)), "partitioned or foreign table or a materialized view"),
        (database(table("a", columns=[{**COLUMN, "generated": True}])), "a.id is a generated column"),
        (database(elsewhere=[{"schema": "own", "tables": 2}]), "2 tables in the schema own"),
        (database(objects=1), "large objects"),
    ],
)
def test_refused(found: catalog.Ask, words: str) -> None:
    with pytest.raises(catalog.CatalogError, match=words):
        catalog.read(found)


def test_not_odoo() -> None:
    with pytest.raises(catalog.CatalogError, match="no Odoo database"):
        catalog.read(lambda select: [])


def test_quoted_names() -> None:
    assert catalog.identifier('a"b') == '"a""b"'
