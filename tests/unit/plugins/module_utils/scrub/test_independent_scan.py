# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

SCAN = Path(__file__).resolve().parents[4] / "independent" / "scan.sh"


def scan(*arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", SCAN, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def needles(tmp_path: Path) -> Path:
    path = tmp_path / "needles"
    path.write_text("Zoë Vandenbrugge\nkwast@example.org\n0475.91\n", encoding="utf-8")
    return path


def test_each_place_is_searched(tmp_path: Path, needles: Path) -> None:
    dump, heap, files = tmp_path / "dump.sql", tmp_path / "base", tmp_path / "filestore"
    dump.write_text("COPY t FROM stdin;\n1\tKWAST@example.ORG kwast@example.org\n", encoding="utf-8")
    heap.mkdir()
    (heap / "16384").write_bytes(b"\0\1\xff" + "Zoë Vandenbrugge".encode() + b"\0\n\xfe")
    (files / "ab").mkdir(parents=True)
    with zipfile.ZipFile(files / "ab" / "abcd", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.xml", "tel 0475.91" * 9)
    done = scan(needles, dump, heap, files)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{dump}: string 2: 2 times",
        f"{heap}: string 1: 1 times",
        f"{files}/ab/abcd: string 3: 9 times",
    ]


def test_nothing_is_found(tmp_path: Path, needles: Path) -> None:
    dump = tmp_path / "dump.sql"
    dump.write_text("zoe vandenbrugge, kwast@example.com, 0475x91\n", encoding="utf-8")
    done = scan(needles, dump)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_cannot_be_said(tmp_path: Path, needles: Path) -> None:
    assert scan(needles, tmp_path / "missing").returncode == 2
    needles.write_text("a\n\n", encoding="utf-8")
    assert scan(needles, tmp_path).returncode == 2
    assert scan(needles).returncode == 2
