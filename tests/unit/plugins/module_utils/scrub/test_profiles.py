# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The profiles that are shipped."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import profile
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.profile import Layer, Profile

ROOT = Path(__file__).parents[5]
FOLDER = ROOT / "roles/refresh/files/profiles"
CORPUS = Path(__file__).parent / "corpus"
SERIES = ("18.0", "19.0")
TYPES = {"varchar": "character varying"}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    not_null: bool


@dataclass(frozen=True)
class Table:
    columns: list[Column]


@pytest.fixture(scope="module", params=SERIES)
def series(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def layers(series: str) -> list[Layer]:
    return profile.shipped(FOLDER, series)


@pytest.fixture(scope="module")
def shipped(layers: list[Layer]) -> Profile:
    return profile.load(layers)


def tables(series: str) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for line in (CORPUS / f"columns-{series}.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        table, kind, *names = line.split()
        plain = kind.rstrip("!")
        found.setdefault(table, Table([])).columns.extend(
            Column(one, TYPES.get(plain, plain), kind != plain) for one in names
        )
    return found


def test_each_column_and_each_table_is_decided_once(layers: list[Layer]) -> None:
    columns: set[tuple[str, str]] = set()
    emptied: set[str] = set()
    for layer in layers:
        for table, said in layer.tables.items():
            if isinstance(said, str):
                assert table not in emptied, f"{layer.name}: {table} twice"
                emptied.add(table)
                continue
            for column in said:
                assert (table, column) not in columns, f"{layer.name}: {table}.{column} twice"
                columns.add((table, column))
    assert not emptied & {one[0] for one in columns}


def test_one_form(layers: list[Layer]) -> None:
    for path in FOLDER.rglob("*.yml"):
        lines = path.read_text().splitlines()
        assert lines[2] == "---", path
        # Names that YAML would read as something else, quotes, anchors: none is needed.
        assert all(re.fullmatch(r"(  )?\w+:( [\w ]+)?|#.*|---", line) for line in lines), path
    for layer in layers:
        assert list(layer.tables) == sorted(layer.tables), layer.name
        for said in layer.tables.values():
            assert isinstance(said, str) or list(said) == sorted(said), layer.name


def test_no_column_of_odoo_is_missing(series: str, shipped: Profile) -> None:
    found = tables(series)
    assert len(found) > 60
    assert not profile.unclassified(found, shipped)
    assert not profile.unfit(found, shipped)


@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [
        ("res_partner", "name", "fake name"),
        ("res_partner", "complete_name", "fake names"),
        ("res_partner", "commercial_company_name", "fake name"),
        ("res_partner", "email_normalized", "fake email"),
        ("res_partner", "phone_sanitized", "fake phone"),
        ("res_partner", "partner_latitude", "null position"),
        ("res_partner_bank", "sanitized_acc_number", "fake account"),
        ("res_users", "password", "row password"),
        ("res_users", "totp_secret", "null secret"),
        ("res_users", "login", "fake login"),
        ("ir_config_parameter", "value", "row parameter"),
        ("ir_attachment", "index_content", "row attachment"),
        ("mail_tracking_value", "new_value_datetime", "row tracking"),
        ("crm_lead", "email_domain_criterion", "fake domain"),
        ("mail_message", "body", "replace html"),
        ("hr_employee", "birthday", "change date"),
    ],
)
def test_what_matters_most(shipped: Profile, table: str, column: str, rule: str) -> None:
    assert str(shipped.columns[table][column]) == rule


@pytest.mark.parametrize(
    "table", ["mail_mail", "sms_sms", "bus_bus", "res_users_apikeys", "ir_mail_server", "res_config_settings"]
)
def test_what_is_emptied(shipped: Profile, table: str) -> None:
    assert table in shipped.tables


def test_what_is_called_a_secret_is_none_that_stays(shipped: Profile) -> None:
    secret = re.compile(r"(password|secret|(access|refresh|auth|bearer)_token|(api|private|secret)_key)$")
    kept: list[t.Any] = [
        (table, column, str(rule))
        for table, columns in shipped.columns.items()
        for column, rule in columns.items()
        if secret.search(column) and not (rule.secret or rule.action in ("row", "null"))
    ]
    assert not kept
