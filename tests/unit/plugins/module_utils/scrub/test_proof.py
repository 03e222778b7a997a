# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found of planted originals, and what is not taken for one."""

from __future__ import annotations

import base64
import io
import quopri
import urllib.parse
import zipfile
import zlib

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import copy_text, projections, rules, verify
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals

NAME, MAIL, PHONE = "Zoë Vandenbrugge", "zoe.vdb+x@kwakkel.example.org", "+32 (0)475 91 82 73"
KEPT = (
    ("fake name", NAME),
    ("fake name", "Schnörkelwerk"),
    ("fake name", "Łukasz Żółkiewski"),
    ("fake name", "Иван Петров"),
    ("fake name", "張偉明"),
    ("fake login", "nikolai"),
    ("fake name", "Kwast, Zonen & Co"),
    ("fake email", MAIL),
    ("fake phone", "+32 475 91 82 73"),
    ("fake phone", "020 7946 0018"),
    ("fake vat", "BE0477472701"),
    ("fake vat", "ESX1234567L"),
    ("fake account", "NL91ABNA0417164300"),
    ("fake street", "Chaussée de Namur 40"),
    ("fake url", "https://www.kwakkelhuis.example.net/over-ons"),
    ("null secret", "sk_live_9aQ!7x"),
    ("rotate token", "5d41402abc4b2a76b9719d911017c592"),
    ("fake identifier", "81.07.15-123.45"),
    ("replace html", "<p>Yesterday our bookkeeper embezzled several thousand euros again.</p>"),
)


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:t>{text}</w:t>")
    return out.getvalue()


def pdf(text: str) -> bytes:
    return b"%PDF-1.4\n1 0 obj\nstream\n" + zlib.compress(b"BT (%s) Tj ET" % text.encode("cp1252")) + b"\nendstream\n"


def hexed(raw: bytes) -> str:
    return "\\x" + raw.hex()


PLANTED = {
    "plain": ("dear ZOE vandenbrugge, hello", "dear zoe vandenbruggen, hello"),
    "decomposed": ("Zoe\u0308 Vandenbrugge", "Zoe\u0308l Vandenbrugge"),
    "single": ("from schnorkelwerk to you", "from schnorkelwerker to you"),
    "polish": ("pan ŁUKASZ ŻÓŁKIEWSKI", "pan ŁUKASZ ŻÓŁKIEWSKA"),
    "cyrillic": ("это ИВАН Петров", "это Иван Петрович"),
    "without spaces": ("我是張偉明先生", "我是張偉先生"),
    "comma": ("Kwast Zonen Co", "Kwast Zonen"),
    "line": ("Zoë\nVandenbrugge", "Zoë\tX Vandenbrugge"),
    "mail": ("<mailto:ZOE.vdb+x@Kwakkel.example.org>", "zoe.vdb+x@kwakkel.example.com"),
    "phone": ("call 0475/91.82.73 now", "call 0475/91.82.74 now"),
    "phone abroad": ("0032475918273", "0033475918273"),
    "phone of a code": ("tel:+32475918273", "1b32475918273c"),
    "phone home": ("+44 20 7946 0018", "+44 20 7946 0019"),
    "day": ("0477472701", "2026-11-21 10:11:12"),
    "vat": ("BE 0477.472.701", "BE 0477.472.702"),
    "vat with letters": ("nr.esx1234567l", "nr.esx1234567m"),
    "account": ("NL91 ABNA 0417 1643 00", "NL91 ABNA 0417 1643 01"),
    "street": ("chaussee de namur, 40", "chaussee de namur 41"),
    "url": ("kwakkelhuis.example.net/over-ons?x=1", "kwakkelhuis.example.net/over-jou"),
    "secret": ("key=SK_LIVE_9aq!7x;", "key=sk_live_9aq!7y"),
    "token": ("/web?t=5d41402abc4b2a76b9719d911017c592&b", "5d41402abc4b2a76b9719d911017c593"),
    "number of a person": ("810715-12345", "810715-12346"),
    "text": (
        "> our bookkeeper embezzled several thousand euros again",
        "our bookkeeper lost several thousand euros again",
    ),
    "tags": ("<b>Zoë</b> <i class='x'>Vandenbrugge</i>", "<b>Zoë</b> and <i>Vandenbrugge</i>"),
    "inside a tag": ('<a title="Zoë Vandenbrugge">x</a>', '<a title="Zoë">Vandenbrugger</a>'),
    "entities": ("Zo&euml;&nbsp;Vandenbrugge", "Zo&auml;&nbsp;Vandenbrugge"),
    "entities twice": ("&lt;p&gt;Zo&amp;euml; Vandenbrugge", "&lt;p&gt;Zo&amp;auml; Vandenbrugge"),
    "json": ('{"a": "x\\nZo\\u00eb Vandenbrugge"}', '{"a": "x\\nZo\\u00ec Vandenbrugge"}'),
    "url escapes": (urllib.parse.quote(f"/to={MAIL}", safe=""), urllib.parse.quote(f"/to=a{MAIL}", safe="")),
    "url of utf-8": ("q=Zo%C3%AB%20Vandenbrugge", "q=Zo%C3%AC%20Vandenbrugge"),
    "quoted-printable": (
        quopri.encodestring(f"{'x' * 60} {NAME} wrote".encode()).decode(),
        quopri.encodestring(f"{'x' * 60} {NAME}n wrote".encode()).decode(),
    ),
    "base64": (
        base64.b64encode(f"hello {NAME}, {MAIL}".encode()).decode(),
        base64.b64encode(b"hello Zoe Vandenbruggen, zoe.vdb@example.com").decode(),
    ),
    "base64 in lines": (
        "Encoding: base64\r\n\r\n" + base64.encodebytes(b"x" * 70 + f" {NAME} ".encode() + b"y" * 99).decode(),
        "Encoding: base64\r\n\r\n" + base64.encodebytes(b"x" * 70 + b" Zoe Van " + b"y" * 99).decode(),
    ),
    "bytea": (hexed(f"a {NAME}".encode()), hexed(b"a Zoe Vandenbruggen")),
    "latin-1": (hexed(f"a {NAME}".encode("latin-1")), hexed("a Zoä Vandenbrugge".encode("latin-1"))),
    "utf-16": (hexed(NAME.encode("utf-16-le")), hexed("Zoa Vandenbrugge".encode("utf-16-le"))),
    "zip": (hexed(zipped(NAME)), hexed(zipped("Zoa Vandenbrugge"))),
    "pdf": (hexed(pdf(NAME)), hexed(pdf("Zoa Vandenbrugge"))),
    "backslash": ("domain\\Nikolai", "domain\\Nikolas"),
    "json in a url": (urllib.parse.quote('{"n": "Zo\\u00eb Vandenbrugge"}'), urllib.parse.quote('{"n": "Zo"}')),
}


@pytest.fixture(scope="module")
def originals() -> Originals:
    made = Originals(b"secret")
    for rule, value in KEPT:
        made.add(rules.parse(rule), [value])
    made.seal()
    return made


def stream(*texts: str) -> list[bytes]:
    """COPY text of a table with a number, a text and another text, many of them harmless."""
    rows = [b"%d\tnobody %d\t\\N\n" % (number, number) for number in range(300)]
    rows[137:137] = [b"1000\t" + copy_text.write(text) + b"\tx\n" for text in texts]
    whole = b"".join(rows)
    return [whole[at : at + 999] for at in range(0, len(whole), 999)]


def hits(originals: Originals, *texts: str) -> list[tuple[str, str]]:
    done = verify.Search(originals, b"key").table("t", ("id", "a", "b"), stream(*texts))
    return sorted((hit.column, hit.kind) for hit in done.hits)


@pytest.mark.parametrize("case", PLANTED)
def test_planted_and_near(originals: Originals, case: str) -> None:
    planted, near = PLANTED[case]
    found = hits(originals, planted)
    assert found and {column for column, _kind in found} == {"a"}
    assert not hits(originals, near)


@pytest.mark.parametrize("way", projections.DECODERS)
def test_each_way_of_decoding_is_needed(originals: Originals, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(projections.DECODERS, way)
    assert [case for case, (planted, _near) in PLANTED.items() if not hits(originals, planted)]
