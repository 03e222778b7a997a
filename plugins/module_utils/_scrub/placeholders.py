# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Small valid files of every common type, which stand for what people have uploaded.

The same type gives the same bytes, always: in a filestore, all that stands for pictures is one file.
"""

from __future__ import annotations

import functools
import io
import struct
import typing as t
import zipfile
import zlib

#: What a person reads who opens one.
TEXT = "This file is not part of the copy."
#: Grey, and as wide as what Odoo shows of it.
SIZE = 128


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xc8" * SIZE) * SIZE
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def _gif() -> bytes:
    return bytes.fromhex("47494638396101000100800000c8c8c80000002c00000000010001000002024401003b")


def _jpeg() -> bytes:
    """One grey block of eight by eight: the tables of ITU-T T.81, annex K, that its few codes need."""
    quantization = b"\xff\xdb\x00\x43\x00" + b"\x10" * 64
    frame = b"\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00"
    # One code each, for a difference of nothing and for the end of the block.
    direct = b"\xff\xc4\x00\x14\x00" + b"\x01" + b"\x00" * 15 + b"\x00"
    alternating = b"\xff\xc4\x00\x14\x10" + b"\x01" + b"\x00" * 15 + b"\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x3f"
    return b"\xff\xd8" + quantization + frame + direct + alternating + scan + b"\xff\xd9"


def _webp() -> bytes:
    return bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")


def _pdf() -> bytes:
    content = f"BT /F1 12 Tf 20 100 Td ({TEXT}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, one in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, one))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def _zip(files: t.Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            # Always of the same day, so that it is always the same file.
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{part}" ContentType="{type}"/>'
    "</Types>"
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{part}"/>'
    "</Relationships>"
)


def _docx() -> bytes:
    part, kind = "word/document.xml", f"{_OOXML}wordprocessingml.document.main+xml"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:body></w:document>'
    return _package(part, kind, {part: document})


def _xlsx() -> bytes:
    part, kind = "xl/workbook.xml", f"{_OOXML}spreadsheetml.sheet.main+xml"
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = (
        f'<workbook xmlns="{space}" xmlns:r="{relations}"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets>'
        "</workbook>"
    )
    sheet = (
        f'<worksheet xmlns="{space}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{TEXT}</t></is></c></row>'
        "</sheetData></worksheet>"
    )
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        f' Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return _package(part, kind, {part: book, "xl/worksheets/sheet1.xml": sheet, "xl/_rels/workbook.xml.rels": links})


def _package(part: str, kind: str, files: t.Mapping[str, str]) -> bytes:
    head = {"[Content_Types].xml": _TYPES.format(part=part, type=kind), "_rels/.rels": _RELATIONS.format(part=part)}
    return _zip({**head, **files})


def _mail() -> bytes:
    return f"From: nobody@example.com\r\nSubject: {TEXT}\r\n\r\n{TEXT}\r\n".encode()


_MAKERS: t.Mapping[str, t.Callable[[], bytes]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/jpg": _jpeg,
    "image/webp": _webp,
    "image/svg+xml": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>',
    "application/pdf": _pdf,
    "application/zip": lambda: _zip({"README.txt": TEXT}),
    f"{_OOXML}wordprocessingml.document": _docx,
    f"{_OOXML}spreadsheetml.sheet": _xlsx,
    "application/json": lambda: b"{}",
    "text/csv": f"text\n{TEXT}\n".encode,
    "text/html": f"<p>{TEXT}</p>".encode,
    "text/calendar": lambda: b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//copy//EN\r\nEND:VCALENDAR\r\n",
    "application/xml": lambda: b"<copy/>",
    "text/xml": lambda: b"<copy/>",
    "message/rfc822": _mail,
}
#: How files of a type begin.
_MAGIC: t.Sequence[tuple[bytes, str]] = (
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
    (b"{", "application/json"),
)


@functools.cache
def of(mimetype: str) -> bytes:
    """The placeholder of a type; one line of text for what is not known."""
    kind = mimetype.partition(";")[0].strip().lower()
    if kind in _MAKERS:
        return _MAKERS[kind]()
    if kind.startswith("image/"):
        return _png()
    return f"{TEXT}\n".encode()


def like(content: bytes) -> bytes:
    """The placeholder for a file that is known by its content alone."""
    for magic, mimetype in _MAGIC:
        if content.lstrip().startswith(magic):
            return of(mimetype)
    return of("")
