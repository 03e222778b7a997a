# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import rules

from .conftest import MadeFakes, form

SAMPLES: t.Mapping[str, t.Sequence[str]] = {
    "name": ["Azure Interior", "María José Núñez", "王小明", "7", "O'Brien-Smith, Jr."],
    "names": ["Azure Interior, Brandon Freeman", "@From: ann@firm.cl", "#Created by: Ann Lee"],
    "email": ["Ann@Firm.cl", "not an address", '"Ann" <ann@firm.cl>', "a@b@c"],
    "emails": ['"Ann Lee" <a@b.cl>, c@d.cl', "a@b.cl;c@d.cl", "=?utf-8?q?Jos=C3=A9?= <j@b.cl>"],
    "phone": ["+56 9 8765 4321", "911", "02 2345 6789 ext. 12", "ask Maria"],
    "vat": ["CL76086428-5", "123-456-789-000", "anything", "B12"],
    "account": ["DE89370400440532013000", "00123-4567", "x"],
    "identifier": ["EMP-0012", "A", "7", "ß12"],
    "street": ["Main Street 12", "Depto 5"],
    "city": ["Santiago"],
    "zip": ["8320000", "SW1A 1AA"],
    "url": ["https://www.firm.cl/a?b=c", "firm.cl", "/my/orders/5", "Juan", "mailto:a@b.cl"],
    "domain": ["firm.cl", "www.firm.cl:8069", "@firm.cl", "a@firm.cl"],
    "login": ["ann", "ann@firm.cl"],
    "filename": ["Contract Ann Lee.pdf", "Ann.Lee"],
    "text": ["Dear Ann,\n\nyour invoice.\n  Bye", "x", "Ann"],
    "html": ["<p>Dear <b>Ann</b></p>", "<p Ann", "Ann & Bob"],
    "secret": ["hunter2", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "1234"],
    "token": ["b7d1e7c7-3c41-4fa6-9c45-5b8d6e8f1a2b", "0123456789abcdef0123456789abcdef"],
    "date": ["1984-02-29", "2026-01-15 10:11:12.5", "0001-01-01", "9999-12-31"],
    "amount": ["1234.50", "-7", "0.05", "1e+20"],
}
KINDS = sorted({**rules.FAKES, **rules.TEXTS, **rules.SECRETS, **rules.NUMBERS})


@pytest.mark.parametrize("kind", KINDS)
class TestAllKinds:
    def test_another_value(self, kind: str, make: MadeFakes) -> None:
        fake = make().function(kind)
        for one in SAMPLES[kind]:
            made = fake(one, "CL")
            assert form(kind, made) != form(kind, one) or (not form(kind, one) and made != one), one
            assert fake(one, "CL") == made

    def test_what_says_nothing_stays(self, kind: str, make: MadeFakes) -> None:
        fake = make().function(kind)
        for one in ("", " ", "\n", "-", "/", "***", " \t "):
            assert fake(one, "") == one

    def test_other_secrets_make_other_fakes(self, kind: str, make: MadeFakes) -> None:
        one, other = make(b"one").function(kind), make(b"other").function(kind)
        values = SAMPLES[kind]
        assert [one(value, "CL") for value in values] != [other(value, "CL") for value in values]


def test_another_process_makes_the_same(make: MadeFakes) -> None:
    script = (
        "from ansible_collections.ipai.odoo.plugins.module_utils._scrub import fakes, words\n"
        "class Nothing:\n    known = staticmethod(lambda kind, value: False)\n"
        "made = fakes.Fakes(b'secret', words.invented(), Nothing())\n"
        f"print(ascii([made.function(kind)(one, 'CL') for kind, all_ in {SAMPLES!r}.items() for one in all_]))"
    )
    run = [sys.executable, "-c", script]
    environment = {
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": ":".join([__file__.partition("/ansible_collections/")[0], *sys.path]),
    }
    said = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
    made = make()
    assert said.strip() == ascii([made.function(kind)(one, "CL") for kind, all_ in SAMPLES.items() for one in all_])


def test_what_is_remembered_is_bounded(make: MadeFakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.ipai.odoo.plugins.module_utils._scrub.fakes._REMEMBERED", 3)
    fake = make(b"bounded").function("city")
    first = [fake(f"city {one}", "CL") for one in range(10)]
    assert [fake(f"city {one}", "CL") for one in range(10)] == first
