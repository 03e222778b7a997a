# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, words


def test_faker_builds_the_same_lists_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faker")
    monkeypatch.setattr(words, "_ASKED", 200)
    made = words.build(["es_CL", "en_PH"])
    assert made == words.build(["es_CL", "en_PH"]) != words.build(["es_CL", "en_PH"], seed=1)
    path = tmp_path / "words.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    read = words.read(path)
    assert [one.country for one in read] == ["PH", "CL"]
    for locale in read:
        assert len(locale.given) > 50 and len(locale.surnames) > 50
        assert all(len(canonical.words(one)) == 1 for one in (*locale.given, *locale.surnames, *locale.suffixes))


def test_faker_must_know_the_locale() -> None:
    pytest.importorskip("faker")
    with pytest.raises(words.WordsError, match="no locale xx_YY"):
        words.build(["xx_YY"])


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"en_US": {"given": ["Ann"]}}'])
def test_files_that_are_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "words.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(words.WordsError, match=r"words\.json"):
        words.read(path)


def test_invented_words_are_many() -> None:
    (locale,) = words.invented()
    assert len(set(locale.given)) * len(set(locale.surnames)) ** 2 > 5 * 10**8
