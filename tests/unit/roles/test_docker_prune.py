# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images the weekly prune removes."""

from __future__ import annotations

import runpy
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest

NOW = datetime(2026, 3, 31, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def removable(root: Path) -> t.Callable[[list[dict[str, t.Any]]], list[str]]:
    function = runpy.run_path(str(root / "roles/docker/files/prune.py"))["removable"]
    return lambda images, used=(): function(images, set(used), NOW, 14, 2)  # type: ignore[misc]


def image(name: str, layers: str, created: str = "2026-01-01T00:00:00.123456789Z", **more: t.Any) -> dict[str, t.Any]:
    return {"Id": name, "Created": created, "RootFS": {"Layers": list(layers)}, "Config": {"Labels": None}, **more}


def test_old_and_unused_goes(removable: t.Callable[..., list[str]]) -> None:
    assert removable([image("old", "a")]) == ["old"]


def test_releases_and_what_they_were_built_on_stay(removable: t.Callable[..., list[str]]) -> None:
    release = image("release", "abcd", Config={"Labels": {"ipai.odoo.release": "x"}})
    assert removable([release, image("base", "ab"), image("other", "ax")]) == ["other"]


def test_older_releases_go_each_environment_for_itself(removable: t.Callable[..., list[str]]) -> None:
    def release(name: str, environment: str, day: int) -> dict[str, t.Any]:
        labels = {"ipai.odoo.release": name, "ipai.odoo.environment": environment}
        return image(name, name, created=f"2026-01-{day:02}T00:00:00Z", Config={"Labels": labels})

    images = [release(f"erp-{day}", "erp", day) for day in (3, 1, 5, 4, 2)] + [release("staging-1", "staging", 1)]
    # The two newest stay, and the one that runs, which was rolled back to.
    assert sorted(removable(images, ["erp-2"])) == ["erp-1", "erp-3"]


def test_what_a_container_uses_stays(removable: t.Callable[..., list[str]]) -> None:
    assert removable([image("server", "ab"), image("below", "a"), image("other", "z")], ["server"]) == ["other"]


def test_the_young_stay(removable: t.Callable[..., list[str]]) -> None:
    built = image("built", "a", created="2026-03-30T00:00:00Z")
    pulled = image("pulled", "b", Metadata={"LastTagTime": "2026-03-30T10:00:00.1+08:00"})
    never = image("never tagged", "c", Metadata={"LastTagTime": "0001-01-01T00:00:00Z"})
    assert removable([built, pulled, never]) == ["never tagged"]


def test_an_image_without_layers_is_no_ground(removable: t.Callable[..., list[str]]) -> None:
    release = image("release", "ab", Config={"Labels": {"ipai.odoo.release": "x"}})
    assert removable([release, image("scratch", "")]) == ["scratch"]
