# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import reach


def test_patience_ends_with_lasting_trouble_only(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(30.0, "503"), (200.0, "503"), (220.0, ""), (400.0, "503"), (450.0, "503"), (470.0, "503")]
    times = iter([0.0])
    monkeypatch.setattr(reach.time, "monotonic", lambda: next(times, answers[0][0]))
    look = reach.patience("s3.example.com", lambda _: answers[0][1])
    said = []
    while answers:
        said.append(look())
        answers.pop(0)
    assert said == ["", "", "", "", "", "503"]
