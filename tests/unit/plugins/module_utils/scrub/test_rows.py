# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of COPY's text become other rows."""

from __future__ import annotations

import collections
import json
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import attachments, copy_text, placeholders, rows, rules
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Column, Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.row_rules import Context
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule


class Values:
    """Says of each value what it was asked for."""

    def __init__(self) -> None:
        self.asked: collections.Counter[tuple[str, str]] = collections.Counter()

    def function(self, kind: str) -> rows.Function:
        def make(value: str, country: str) -> str:
            self.asked[kind, value] += 1
            return f"{kind}:{country}:{len(value)}"

        return make


def tools(**more: t.Any) -> rows.Tools:
    context = Context(
        ("web.*",), dict.fromkeys(("ir_act_server", "ir_ui_view"), frozenset(["1"])), {"7": Rule("fake", "email")}
    )
    defaults = {"countries": {b"5": "CL"}, "country": "PH", "hooks": {}}
    return rows.Tools(Values(), lambda text: text.replace("Ann", "Eve"), context, **{**defaults, **more})


def changed(
    table: Table, said: t.Mapping[str, str], *lines: t.Sequence[str | None], with_: t.Any = None
) -> list[list[str | None]]:
    transform = rows.transformation(table, {name: rules.parse(text) for name, text in said.items()}, with_ or tools())
    assert transform is not None
    text = b"".join(b"\t".join(map(copy_text.write, line)) + b"\n" for line in lines)
    done = transform(text)
    assert done.endswith(b"\n")
    return [[copy_text.read(field) for field in line.split(b"\t")] for line in done[:-1].split(b"\n")]


PARTNER = Table(
    "res_partner",
    (
        Column("id", "integer", True),
        Column("name", "character varying"),
        Column("phone", "character varying"),
        Column("country_id", "integer"),
        Column("note", "jsonb"),
        Column("age", "integer"),
    ),
)


def test_each_column_by_its_rule_and_nothing_else() -> None:
    done = changed(PARTNER, {"name": "fake name", "age": "null date of birth"}, ["1", "Ann", "12", "5", None, "30"])
    assert done == [["1", "name:CL:3", "12", "5", None, None]]


def test_country_of_the_row_and_of_rows_without() -> None:
    done = changed(
        PARTNER, {"phone": "fake phone"}, ["1", "", "12", "5", None, None], ["2", "", "12", None, None, None]
    )
    assert [row[2] for row in done] == ["phone:CL:2", "phone:PH:2"]


def test_null_stays_null_and_escapes_are_undone() -> None:
    done = changed(
        PARTNER, {"name": "fake name"}, ["1", None, "", None, None, None], ["2", "a\tb\n\\c", "", None, None, None]
    )
    assert [row[1] for row in done] == [None, "name:PH:6"]


def test_strings_of_json_at_any_depth_and_no_keys() -> None:
    value = json.dumps({"en_US": "Ann", "more": [{"Ann": "x", "n": 5, "no": None}]})
    done = changed(PARTNER, {"note": "sweep typed"}, ["1", "", "", None, value, None])
    assert json.loads(done[0][4] or "") == {"en_US": "Eve", "more": [{"Ann": "x", "n": 5, "no": None}]}


def test_a_value_that_comes_again_is_not_computed_again() -> None:
    made = tools()
    changed(PARTNER, {"name": "fake name"}, *[["1", "Ann", "", None, None, None]] * 50, with_=made)
    assert t.cast("Values", made.values).asked["name", "Ann"] == 1


def test_whole_numbers_stay_whole() -> None:
    class Halves(Values):
        def function(self, kind: str) -> rows.Function:
            return lambda value, country: "12.5"

    made = tools()
    made.values = Halves()
    assert changed(PARTNER, {"age": "change amount"}, ["1", "", "", None, None, "30"], with_=made)[0][5] == "12"


def test_a_table_without_rules_is_copied_as_it_is() -> None:
    assert rows.transformation(PARTNER, {}, tools()) is None
    assert rows.transformation(PARTNER, {"name": Rule("keep", "selection")}, tools()) is None


PARAMETER = Table("ir_config_parameter", (Column("key", "text", True), Column("value", "text", True)))


def test_parameters_that_are_not_known_are_emptied() -> None:
    done = changed(PARAMETER, {"value": "row parameter"}, ["web.base.url", "https://x"], ["my.api_key", "hunter2"])
    assert done == [["web.base.url", "https://x"], ["my.api_key", ""]]


ACTION = Table("ir_act_server", (Column("id", "integer", True), Column("code", "text"), Column("name", "jsonb")))


def test_code_that_somebody_has_typed_is_gone_and_a_module_s_is_swept() -> None:
    done = changed(ACTION, {"code": "row code"}, ["1", "mail(Ann)", None], ["2", "mail(Ann)", None])
    assert [row[1] for row in done] == ["mail(Eve)", rows.CODE]


def test_the_key_of_a_module_s_view_stays() -> None:
    views = Table("ir_ui_view", (Column("id", "integer", True), Column("key", "character varying")))
    done = changed(views, {"key": "row code"}, ["1", "web.Ann"], ["2", "website.Ann"])
    assert [row[1] for row in done] == ["web.Ann", "website.Eve"]


def test_passwords_are_hashes_of_none() -> None:
    user = Table("res_users", (Column("password", "character varying"),))
    done = changed(user, {"password": "row password"}, ["$pbkdf2-sha512$600000$abc$def"], [None], ["plain"])
    assert done == [[rows.PASSWORD], [None], [rows.PASSWORD]]


TRACKING = Table(
    "mail_tracking_value",
    (
        Column("field_id", "integer"),
        Column("old_value_char", "character varying"),
        Column("new_value_float", "double precision"),
        Column("new_value_datetime", "timestamp without time zone"),
    ),
)


def test_what_was_tracked_is_done_with_as_its_field() -> None:
    said = dict.fromkeys(("old_value_char", "new_value_float", "new_value_datetime"), "row tracking")
    done = changed(TRACKING, said, ["7", "ann@x.com", "5.5", "2020-01-01 00:00:00"], ["8", "Ann", None, None])
    assert done == [["7", "email:PH:9", "amount:PH:3", "date:PH:19"], ["8", "text:PH:3", None, None]]


ATTACHMENT = Table(
    "ir_attachment",
    (
        Column("id", "integer", True),
        *(
            Column(name, "character varying")
            for name in (
                "name",
                "res_model",
                "res_field",
                "url",
                "mimetype",
                "store_fname",
                "checksum",
                "index_content",
            )
        ),
        Column("public", "boolean"),
        Column("file_size", "integer"),
    ),
)
NAMES = [column.name for column in ATTACHMENT.columns]
SAID = dict.fromkeys(("name", "url", "store_fname", "checksum", "index_content", "file_size"), "row attachment")


def attachment(**values: str) -> list[str | None]:
    defaults = {
        "id": "1",
        "name": "Ann.pdf",
        "store_fname": "ab/abc",
        "checksum": "abc",
        "index_content": "Ann",
        "file_size": "9",
    }
    return [{**defaults, **values}.get(name) for name in NAMES]


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"res_model": "sale.order", "mimetype": "application/pdf"}, False),
        ({"res_model": "res.partner", "res_field": "image_1920", "mimetype": "image/png"}, False),
        ({"res_model": "product.template", "res_field": "image_1920", "mimetype": "image/png"}, True),
        ({"res_model": "product.template", "mimetype": "image/png"}, False),
        ({"res_model": "ir.ui.view", "url": "/web/assets/1/web.min.js", "mimetype": "text/javascript"}, True),
        ({"res_model": "ir.ui.view", "public": "t", "mimetype": "image/png"}, True),
        ({"res_model": "ir.ui.view", "public": "f", "mimetype": "image/png"}, False),
        ({"res_model": "ir.ui.view", "public": "t", "mimetype": "application/pdf"}, False),
    ],
)
def test_files(values: dict[str, str], kept: bool) -> None:
    files = attachments.Files()
    made = tools(hooks={attachments.TABLE: files.hook})
    row = dict(zip(NAMES, changed(ATTACHMENT, SAID, attachment(**values), with_=made)[0]))
    assert row["index_content"] == ("Ann" if kept else None)
    if kept:
        assert (row["store_fname"], row["name"]) == ("ab/abc", "Eve.pdf")
        assert files.named == {"ab/abc": ""}
    else:
        content = placeholders.of(values["mimetype"])
        assert row["store_fname"] in files.named and row["store_fname"] != "ab/abc"
        assert row["store_fname"] == f"{row['checksum'][:2]}/{row['checksum']}"  # type: ignore[index]
        assert row["file_size"] == str(len(content))
        assert row["name"] == ("Ann.pdf" if values.get("res_field") else "filename:PH:7")


def test_filestore_is_laid_out(tmp_path: t.Any) -> None:
    (tmp_path / "source" / "ab").mkdir(parents=True)
    (tmp_path / "source" / "ab" / "abc").write_bytes(b"kept")
    named = {"ab/abc": "", "cd/cde": "image/png", "ef/gone": "", "../out": "image/png", "/out": "image/png"}
    assert attachments.lay_out(named, str(tmp_path / "source"), str(tmp_path / "target"))[0] == 2
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["source/ab/abc", "target/ab/abc", "target/cd/cde"]
    # Who writes into the copy does not write into the source.
    (tmp_path / "target" / "ab" / "abc").write_bytes(b"other")
    assert (tmp_path / "source" / "ab" / "abc").read_bytes() == b"kept"
