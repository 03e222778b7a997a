# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders are what they say they are."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from xml.etree import ElementTree

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import placeholders


def test_png_is_a_picture() -> None:
    content = placeholders.of("image/png")
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds, data = 8, [], b""
    while at < len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        assert struct.unpack(">I", content[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        kinds.append(kind)
        data += body if kind == b"IDAT" else b""
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(data)) == placeholders.SIZE * (placeholders.SIZE + 1)


@pytest.mark.parametrize(
    ("mimetype", "begin", "end"),
    [
        ("image/jpeg", b"\xff\xd8\xff", b"\xff\xd9"),
        ("image/gif", b"GIF89a", b";"),
        ("image/webp", b"RIFF", b""),
        ("application/pdf", b"%PDF-", b"%%EOF\n"),
        ("message/rfc822", b"From: ", b"\r\n"),
        ("image/x-unknown", b"\x89PNG", b""),
        ("application/x-unknown", b"This file", b"\n"),
    ],
)
def test_begin_and_end(mimetype: str, begin: bytes, end: bytes) -> None:
    content = placeholders.of(mimetype)
    assert content.startswith(begin) and content.endswith(end)


def test_pdf_points_where_its_objects_are() -> None:
    content = placeholders.of("application/pdf")
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref")
    for number, line in enumerate(content[start:].splitlines()[3:8], 1):
        assert content[int(line[:10]) :].startswith(b"%d 0 obj" % number)


@pytest.mark.parametrize("kind", ["wordprocessingml.document", "spreadsheetml.sheet"])
def test_office_files_open(kind: str) -> None:
    content = placeholders.of(f"application/vnd.openxmlformats-officedocument.{kind}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None and "[Content_Types].xml" in archive.namelist()
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))


def test_texts_parse() -> None:
    assert json.loads(placeholders.of("application/json; charset=utf-8")) == {}
    ElementTree.fromstring(placeholders.of("image/svg+xml"))
    ElementTree.fromstring(placeholders.of("text/xml"))


def test_always_the_same() -> None:
    first = placeholders.of("application/zip")
    placeholders.of.cache_clear()
    assert placeholders.of("application/zip") == first


def test_like_what_it_stands_for() -> None:
    for mimetype in ("image/png", "image/jpeg", "application/pdf", "image/gif"):
        assert placeholders.like(placeholders.of(mimetype)) == placeholders.of(mimetype)
    assert placeholders.like(b"whatever").startswith(b"This file")
