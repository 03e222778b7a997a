# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _certbot
from ansible_collections.ipai.odoo.plugins.modules import certbot_certificate


@pytest.mark.parametrize(
    ("held", "steps"),
    [(None, ["set aside erp", "certonly", "done"]), (object(), ["certonly"])],
)
def test_pieces_are_set_aside_only_when_they_are_of_no_use(
    held: t.Any, steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    @contextlib.contextmanager
    def set_aside(name: str) -> t.Iterator[None]:
        seen.append(f"set aside {name}")
        yield
        seen.append("done")

    (tmp_path / "certbot").touch()
    monkeypatch.setattr(_certbot, "CERTBOT", str(tmp_path / "certbot"))
    monkeypatch.setattr(_certbot, "held", lambda name, run: held)
    monkeypatch.setattr(_certbot, "set_aside", set_aside)
    monkeypatch.setattr(_certbot, "certbot", lambda argv, run, timeout: seen.append(argv[1]))
    want = _certbot.Wanted("erp", ("erp.example.com",), "https://acme.example/dir")
    certbot_certificate.ask({"check_dns": False}, want)
    assert seen == steps
