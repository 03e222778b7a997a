# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The texts in binary content: of archives (office documents among them), PDF, and of anything else as it stands."""

from __future__ import annotations

import io
import re
import typing as t
import zipfile
import zlib

#: Larger parts of an archive are read to here: bytes.
PART = 64 << 20
#: Archives in archives are opened to this depth.
DEPTH = 3

#: How the content begins that is more than its bytes.
SIGNS = (b"PK\x03\x04", b"%PDF", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x08")
_STREAM = re.compile(rb"stream\r?\n")
_ARRAY = re.compile(rb"\[((?:\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|[^\[\]()<>])*)\]\s*TJ")
_STRING = re.compile(rb"\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f\s]+)>")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)


def texts(raw: bytes, depth: int = DEPTH) -> t.Iterator[bytes]:
    """The texts in ``raw``, in UTF-8."""
    if depth and raw[:4] == b"PK\x03\x04":
        try:
            yield from _members(raw, depth)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
            yield from _plain(raw)
    elif depth and raw[:2] == b"\x1f\x8b":
        yield from texts(_inflated(raw, 31), depth - 1)
    elif raw[:5] == b"%PDF-":
        yield from _pdf(raw)
    else:
        yield from _plain(raw)


def _members(raw: bytes, depth: int) -> t.Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        yield "\r".join(archive.namelist()).encode("utf-8", "replace")
        for member in archive.infolist():
            with archive.open(member) as part:
                yield from texts(part.read(PART), depth - 1)


def _inflated(raw: bytes, window: int) -> bytes:
    """As much as can be read: streams may be followed by something else."""
    try:
        return zlib.decompressobj(window).decompress(raw, PART)
    except zlib.error:
        return b""


def _plain(raw: bytes) -> t.Iterator[bytes]:
    try:
        raw.decode()
        yield raw
    except UnicodeDecodeError:
        yield raw.decode("cp1252", "replace").encode()
    for encoding, zeros in (("utf-16-le", raw[1:400:2]), ("utf-16-be", raw[:400:2])):
        if zeros.count(0) * 2 > len(zeros):
            yield raw.decode(encoding, "replace").encode("utf-8", "replace")


def _pdf(raw: bytes) -> t.Iterator[bytes]:
    """What is outside of streams, and the strings that a page shows.

    Fonts with a numbering of their own hide their letters: such text is not read.
    """
    yield from _plain(raw)
    for found in _STREAM.finditer(raw):
        content = _inflated(raw[found.end() :], 15)
        if content:
            # A line may be shown in pieces, to move letters closer: TJ.
            content = _ARRAY.sub(lambda pieces: b"(" + b"".join(_shown(pieces[1])) + b")", content)
            yield b" ".join(_shown(content)).decode("cp1252", "replace").encode()


def _shown(content: bytes) -> t.Iterator[bytes]:
    for string in _STRING.finditer(content):
        if string[1] is not None:
            yield _ESCAPED.sub(_letter, string[1])
        else:
            digits = b"".join(string[2].split())
            yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).replace(b"\0", b"")


def _letter(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1].isdigit():
        return bytes([int(code, 8) & 255])
    return b"" if code[-1:] == b"\n" else b" " if code in b"nrtbf" else code
