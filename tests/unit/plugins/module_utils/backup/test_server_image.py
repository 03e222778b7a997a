# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image of a database server with pgBackRest: what it says, when one is built, and on what."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import server_image
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server_image import Builder, ServerImage
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

SAID = "999|999|/var/lib/postgresql/data|postgres (PostgreSQL) 17.6 (Debian 17.6-1)|"
WITH = SAID + "pgBackRest 2.55.1"
DIGEST = "postgres@sha256:" + "0" * 64


def test_what_an_image_says() -> None:
    assert server_image.parse("x", SAID) == ServerImage("x", 999, 999, "/var/lib/postgresql/data", 17, "")
    assert server_image.parse("x", WITH).pgbackrest == "2.55.1"
    for text in ("", "||||", "999|999||postgres (PostgreSQL) 17.6|"):
        with pytest.raises(BackupError, match="must have the interface of the official image"):
            server_image.parse("x", text)


@pytest.mark.parametrize(
    ("postgres", "pgbackrest", "good"),
    [(15, "2.48", True), (15, "2.45", False), (17, "2.51", False), (17, "2.52.1", True), (18, "2.54.2", False)],
)
def test_versions(postgres: int, pgbackrest: str, good: bool) -> None:
    image = ServerImage("x", postgres=postgres, pgbackrest=pgbackrest)
    if good:
        server_image.check_version(image)
    else:
        with pytest.raises(BackupError, match=f"pgBackRest {pgbackrest} in the image x is too old"):
            server_image.check_version(image)


def test_dockerfile() -> None:
    text = server_image.dockerfile("postgres:17", "", ())
    assert text.startswith("FROM postgres:17\nUSER root\nRUN ") and "COPY" not in text
    text = server_image.dockerfile("postgres:17", "postgres", {"ca.crt": "PEM"})
    assert "COPY certificates/" in text and text.endswith("USER postgres\n")


def test_the_tag_stands_for_the_content() -> None:
    one = server_image.tag(17, "sha256:a", "text", {})
    assert one.startswith("17-") and one == server_image.tag(17, "sha256:a", "text", {})
    others = {server_image.tag(17, "sha256:b", "text", {}), server_image.tag(17, "sha256:a", "text", {"ca": "PEM"})}
    assert len({one, *others}) == 3


class Docker:
    """An engine with one image, which says ``text`` of itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
        self.text, self.built = text, dict[str, str]()
        monkeypatch.setattr(_lock, "DIRECTORY", str(tmp_path))
        monkeypatch.setattr(_stack, "available", lambda: True)
        monkeypatch.setattr(_stack, "image", self.image)
        monkeypatch.setattr(_stack, "image_run", lambda name, _command: WITH if name in self.built else self.text)
        monkeypatch.setattr(_stack, "image_build", self.build)

    def image(self, name: str) -> dict[str, t.Any] | None:
        known = name == "postgres:17" or name in self.built
        return {"Id": "sha256:a", "Config": {"User": ""}, "RepoDigests": [DIGEST]} if known else None

    def build(self, context: str, name: str, _arguments: object, _timeout: float) -> None:
        self.built[name] = (Path(context) / "Dockerfile").read_text()


def run(tmp_path: Path, *, check_mode: bool = False) -> tuple[ServerImage, bool]:
    return Builder("postgres:17", 17, ca_directory=str(tmp_path), timeout=1, check_mode=check_mode).run()


def test_an_image_that_has_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = Docker(monkeypatch, tmp_path, WITH)
    found, built = run(tmp_path)
    assert (found.image, built, docker.built) == ("postgres:17", False, {})


def test_otherwise_one_is_built_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = Docker(monkeypatch, tmp_path, SAID)
    planned, would = run(tmp_path, check_mode=True)
    assert would and not docker.built
    found, built = run(tmp_path)
    assert built and found.image == planned.image and found.pgbackrest == "2.55.1"
    assert docker.built[found.image].startswith(f"FROM {DIGEST}\n"), "by its digest, which nobody moves"
    assert run(tmp_path) == (found, False) and len(docker.built) == 1
