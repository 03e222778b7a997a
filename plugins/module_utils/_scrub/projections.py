# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""In which forms a text is searched.

Everything here takes many cells at once: tabs and newlines keep cells apart, a newline inside a cell is a carriage
return.  So the same functions serve a megabyte of rows, one cell and a file.

- the text itself, with HTML's entities decoded: without its tags, and the insides of the tags by themselves;
- what is left of it when the escapes of JSON, of a URL or of quoted-printable are decoded;
- what base64 of 24 characters and more says, and the binary cells of PostgreSQL; archives in them are opened.

A decoded text is decoded further, each way once.  Of all of these, the words are looked at in small letters without
accents (:func:`fold`), and the numbers without what stands between their digits (:data:`NUMBER`).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical, copy_text, unpacked

#: Characters of base64 from which on it is decoded.
BASE64 = 24
#: A number of eight digits or more, as people write them.
NUMBER = re.compile(rb"[0-9][0-9 ()./-]{6,}[0-9]")
_TAG = re.compile(rb"</?[A-Za-z!?][^<>\t\n]*>")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(rb"\\+(u[0-9A-Fa-f]{4}|[^\t\n])")
_PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(rb"=(\r+|[0-9A-F]{2})")
_HEX = re.compile(rb"\\x((?:[0-9a-f]{2})+)")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
#: Frequent entities, decoded without a call for each.  ``&amp;`` first: what was escaped twice is decoded twice.
_FREQUENT = ((b"&amp;", b"&"), (b"&nbsp;", b" "), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&#39;", b"'"))
_SPACED = {b"n": b"\r", b"r": b"\r", b"t": b" ", b"b": b" ", b"f": b" "}
#: Nothing decoded may look like the end of a cell.
_INSIDE = bytes.maketrans(b"\t\n", b" \r")


def cells(copied: bytes) -> bytes:
    """COPY text with the escapes of PostgreSQL undone."""
    # A backslash of a text would be two.
    copied = copied.replace(b"\t\\N", b"\t").replace(b"\n\\N", b"\n")
    if copied[:2] == copy_text.NULL:
        copied = copied[2:]
    if b"\\" not in copied:
        return copied
    for old, new in (
        (b"\\\\", b"\0"),
        (b"\\n", b"\r"),
        (b"\\r", b"\r"),
        (b"\\t", b" "),
        (b"\\b", b" "),
        (b"\\f", b" "),
        (b"\\v", b" "),
        (b"\0", b"\\"),
    ):
        copied = copied.replace(old, new)
    return copied


def cell(text: str) -> bytes:
    """One text, as :func:`cells` gives it."""
    return inside(text.encode("utf-8", "replace"))


def inside(text: bytes) -> bytes:
    """Any text as one cell."""
    return text.translate(_INSIDE)


def views(text: bytes) -> t.Iterator[bytes]:
    """All forms of these cells (see :func:`cells`)."""
    yield from _views(text, tuple(DECODERS.values()))


def _views(text: bytes, decoders: t.Sequence[t.Callable[[bytes], bytes]]) -> t.Iterator[bytes]:
    yield from markup(text)
    for decoder in decoders:
        decoded = decoder(text)
        if decoded:
            yield from _views(decoded, [other for other in decoders if other is not decoder])


def markup(text: bytes) -> t.Iterator[bytes]:
    """Without tags, and the insides of tags."""
    if b"&" in text:
        for old, new in _FREQUENT:
            text = text.replace(old, new)
        if b"&" in text:
            text = _ENTITY.sub(lambda found: cell(html.unescape(found[0].decode())), text)
    if b"<" in text:
        tags = _TAG.findall(text)
        if tags:
            yield _TAG.sub(b" ", text)
            yield b"\n".join(tags)
            return
    yield text


def without_tags(text: bytes) -> bytes:
    """What markup shows."""
    return _TAG.sub(b" ", text) if b"<" in text else text


def _of(pattern: re.Pattern[bytes], sign: bytes, text: bytes) -> bytes:
    """The cells that may hold something to decode."""
    if sign not in text:
        return b""
    return b"\n".join(
        one for line in text.split(b"\n") if sign in line for one in line.split(b"\t") if pattern.search(one)
    )


def from_json(text: bytes) -> bytes:
    """Cells with the escapes of JSON, decoded."""
    return _ESCAPE.sub(_letter, _of(_ESCAPE, b"\\", text))


def _letter(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return cell(chr(int(code[1:], 16))) if len(code) > 1 else _SPACED.get(code, code)


def from_url(text: bytes) -> bytes:
    """Cells with ``%40``, decoded."""
    return _PERCENT.sub(
        lambda found: bytes.fromhex(found[0].replace(b"%", b"").decode()).translate(_INSIDE), _of(_PERCENT, b"%", text)
    )


def from_quoted(text: bytes) -> bytes:
    """Cells of quoted-printable, as in mails."""
    return _QUOTED.sub(
        lambda found: b"" if found[1][:1] == b"\r" else bytes.fromhex(found[1].decode()).translate(_INSIDE),
        _of(_QUOTED, b"=", text),
    )


def from_base64(text: bytes) -> bytes:
    """What base64 in these cells says."""
    said: list[bytes] = []
    for code in _base64(text):
        # Long words and numbers in base 16 have letters of one size; two dozen characters of base64 have both.
        if code in (code.lower(), code.upper()):
            continue
        try:
            raw = base64.b64decode(code[: len(code) - (len(code) % 4 == 1)] + b"=" * (-len(code) % 4))
        except binascii.Error:
            continue
        # Many a long word looks like base64, and says nothing.
        if raw[:4] in unpacked.SIGNS or not _CONTROL.search(raw):
            said.extend(inside(one) for one in unpacked.texts(raw))
    return b"\n".join(said)


def _base64(text: bytes) -> t.Iterator[bytes]:
    # To look for a run of one letter is ten times as fast as to look for a run of many.
    marked, end = text.translate(_MARKED), 0
    while True:
        start = marked.find(b"a" * BASE64, end)
        if start < 0:
            return
        end = next((at.start() for at in _UNMARKED.finditer(marked, start)), len(marked))
        code = b""
        for line in text[start:end].split(b"\r"):
            code += line.translate(_URL_SAFE)
            # Lines of mails are long; what follows a short one has nothing to do with it.
            if (len(line) < 60 or len(line) % 4) and line:
                if len(code) >= BASE64:
                    yield code
                code = b""
        if len(code) >= BASE64:
            yield code


def from_hex(text: bytes) -> bytes:
    """What C(bytea) in these cells says."""
    if b"\\x" not in text:
        return b""
    return b"\n".join(
        inside(one) for found in _HEX.findall(text) for one in unpacked.texts(bytes.fromhex(found.decode()))
    )


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_MARKED = bytes(
    97 if chr(code).isascii() and (chr(code).isalnum() or chr(code) in "+/-_\r") else 32 for code in range(256)
)
_UNMARKED = re.compile(rb"[^a]")
#: Name → what decodes cells in that way; nothing, where there is nothing to decode.
DECODERS: dict[str, t.Callable[[bytes], bytes]] = {
    "json": from_json,
    "url": from_url,
    "quoted-printable": from_quoted,
    "base64": from_base64,
    "bytea": from_hex,
}


def fold(text: bytes) -> bytes:
    """Words in small letters without accents, with a space between them; a comma is a word of its own.

    A comma keeps names apart: in ``Dupont Martin, Lucas Bernard`` nobody is called Martin Lucas.  The words are not
    UTF-8: they only compare with each other.
    """
    if not text.isascii():
        text = text.decode("utf-8", "replace").encode("cp1252", "ipai.odoo.scrub").replace(b"\xdf", b"ss")
    text = text.translate(_TABLE)
    return text.replace(b",", b" , ") if b"," in text else text


def words(text: str) -> list[bytes]:
    """The words of one text, commas included."""
    return fold(text.encode("utf-8", "replace")).split()


def _folded(code: int) -> int:
    letter = bytes([code]).decode("cp1252", "ignore")
    if letter in (",", ";"):
        return ord(",")
    plain = canonical.plain(letter)
    if len(plain) != 1 or not plain.isalnum():
        return ord(" ")
    return (plain.encode("cp1252", "ignore") or b" ")[0]


_TABLE = bytes(_folded(code) for code in range(256))


def _others(error: UnicodeError) -> tuple[bytes, int]:
    """What Windows' western letters have no place for: plain, or else in letters that stand for it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = []
    for one in canonical.plain(error.object[error.start : error.end]):
        try:
            out.append(one.encode("cp1252"))
        except UnicodeEncodeError:
            out.append(_named(one))
    return b"".join(out), error.end


def _named(one: str) -> bytes:
    if not one.isalnum():
        return b" "
    code = f"{ord(one):x}".translate(_DIGITS).encode()
    # Scripts that put no space between words: each sign is a word.
    return b" z%s " % code if ord(one) >= 0x2E80 else b"z%s" % code


_DIGITS = str.maketrans("0123456789", "ghijklmnop")
codecs.register_error("ipai.odoo.scrub", _others)
