# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables as wholes: a rule that is left out is found, whatever its values are; and what all that takes of memory."""

from __future__ import annotations

import json
import random
import tracemalloc
import typing as t
import zipfile
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    copy_text,
    finder,
    originals,
    projections,
    rules,
    scan_report,
    verify,
    verify_files,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.originals import Originals

#: Column → its type, its rule, a value that says something.
COLUMNS = {
    "name": ("character varying", "fake name", "Ann Li"),
    "short": ("character varying", "fake name", "Bo"),
    "names": ("character varying", "fake names", "Azuur NV, Ann Li"),
    "mail": ("character varying", "fake email", "ann@li.example.org"),
    "mails": ("text", "fake emails", '"Ann" <ann@li.example.org>'),
    "phone": ("character varying", "fake phone", "12 34"),
    "vat": ("character varying", "fake vat", "BE12"),
    "account": ("character varying", "fake account", "77"),
    "badge": ("character varying", "fake identifier", "A-7"),
    "street": ("character varying", "fake street", "Laan 1"),
    "city": ("character varying", "fake city", "Gent"),
    "zip": ("character varying", "fake zip", "9000"),
    "site": ("character varying", "fake url", "https://li.example.org"),
    "domain": ("character varying", "fake domain", "li.example.org"),
    "login": ("character varying", "fake login", "ann"),
    "file": ("character varying", "fake filename", "cv.pdf"),
    "note": ("text", "replace text", "call her"),
    "html": ("jsonb", "replace html", '{"en_US": "<p>ill</p>"}'),
    "key": ("character varying", "null secret", "x1"),
    "token": ("character varying", "rotate token", "ab"),
    "why": ("text", "null private note", "ill again"),
    "born": ("date", "change date", "1980-02-29"),
    "wage": ("numeric", "change amount", "3100.50"),
    "scan": ("bytea", "placeholder photo", "\\x8950"),
    "value": ("text", "row parameter", "p1"),
}
SAYS_NOTHING = (None, "", "0", "0.00", "{}", "[]", "OdooBot", "admin")


def stream(rows: t.Iterable[t.Sequence[str | None]]) -> list[bytes]:
    whole = b"".join(b"\t".join(map(copy_text.write, row)) + b"\n" for row in rows)
    return [whole[at : at + 777] for at in range(0, len(whole), 777)]


def collected(rows: t.Sequence[t.Sequence[str | None]], sample: int = originals.ROWS) -> Originals:
    made = Originals(b"secret", rows=sample)
    profile = {name: rules.parse(rule) for name, (_type, rule, _value) in COLUMNS.items()}
    types = [("id", "integer"), *((name, kind) for name, (kind, _rule, _value) in COLUMNS.items())]
    made.collect("person", types, ["id"], profile, stream(rows))
    made.seal()
    return made


def search(made: Originals, rows: t.Iterable[t.Sequence[str | None]]) -> list[verify.Hit]:
    names = ["id", *COLUMNS]
    return verify.Search(made, b"key").table("person", names, stream(rows), ["id"]).hits


ROW = ("7", *(value for _type, _rule, value in COLUMNS.values()))
SCRUBBED = ("7", *("~" for _other in COLUMNS))


@pytest.mark.parametrize("column", COLUMNS)
def test_each_rule_left_out_is_found(column: str) -> None:
    made = collected([ROW])
    assert not search(made, [SCRUBBED])
    at = 1 + list(COLUMNS).index(column)
    row = (*SCRUBBED[:at], ROW[at], *SCRUBBED[at + 1 :])
    assert (column, verify.SAME) in [(hit.column, hit.kind) for hit in search(made, [row])]
    # In another row the same value may be by chance.
    assert verify.SAME not in [hit.kind for hit in search(made, [("8", *row[1:])])]


@pytest.mark.parametrize("value", SAYS_NOTHING)
def test_what_says_nothing_may_stay(value: str | None) -> None:
    row = ("7", *(value for _other in COLUMNS))
    assert not search(collected([row]), [row])


def test_rules_for_rows_say_which_rows() -> None:
    types = [("id", "integer"), ("key", "text"), ("value", "text")]
    rows = [("1", "web.base.url", "https://erp.example.org/x"), ("2", "mail.secret", "s3cr3t-of-mail")]
    made = Originals(b"secret")

    def decide(row: t.Mapping[str, str | None], column: str) -> rules.Rule | None:
        return rules.parse("null secret") if column == "value" and "secret" in str(row["key"]) else None

    profile = {"value": rules.parse("row parameter")}
    made.collect("ir_config_parameter", types, ["id"], profile, stream(rows), {"parameter": decide})
    made.seal()
    done = verify.Search(made, b"key").table("ir_config_parameter", [n for n, _other in types], stream(rows), ["id"])
    assert sorted((hit.kind, hit.count) for hit in done.hits) == [("secret", 1), (verify.SAME, 1)]


def test_a_row_of_an_emptied_table() -> None:
    made = Originals(b"secret")
    made.empty("bus_bus")
    made.seal()
    assert [hit.kind for hit in verify.Search(made, b"k").table("bus_bus", ["id"], [b"1\n"]).hits] == [verify.ROW]
    assert not verify.Search(made, b"k").table("bus_bus", ["id"], []).hits


def test_a_sample_of_many_rows() -> None:
    rows = [(str(number), *ROW[1:]) for number in range(900)]
    made = collected(rows, sample=100)
    # Each row that is taken halves by chance: half, more or less.
    assert 25 <= len(made.rows["person"]) <= 100
    wanted = verify.columns(made, "person", {"id": "integer", **{n: k for n, (k, _r, _v) in COLUMNS.items()}}, ["id"])
    assert wanted == ["id", *COLUMNS]
    same = [hit for hit in search(made, rows) if hit.kind == verify.SAME]
    assert {hit.column for hit in same} == set(COLUMNS)


def test_columns_that_need_not_be_read() -> None:
    types = {"id": "integer", "n": "character varying(64)", "d": "date", "tags": "text[]", "raw": "bytea"}
    assert verify.columns(Originals(b"s"), "t", types, ["id"]) == ["id", "n", "tags", "raw"]


def test_numbers_are_nobodys_by_chance() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    made = Originals(b"secret")
    taken = {f"+324{chance.randrange(10**8):08d}" for _other in range(50_000)}
    made.add(rules.parse("fake phone"), taken)
    made.seal()
    ids = [
        f"<{chance.randrange(10**9)}.{chance.randrange(10**10)}.{chance.randrange(10**9)}-openerp-7@h>"
        for _other in range(20_000)
    ]
    assert not search(made, [(str(at), one) for at, one in enumerate(ids)])
    for number in list(taken)[:200]:
        home = f"0{number[3:6]}/{number[6:8]}.{number[8:10]}.{number[10:]}"
        for spelled in (number, number[1:], f"00{number[1:]}", f"0{number[3:]}", home):
            assert made.known("phone", spelled), spelled


def test_fakes_are_told_what_is_known() -> None:
    made = Originals(b"secret", ["Allowed Here"])
    made.add(rules.parse("fake names"), ['Kwast NV, "Zoë Vandenbrugge" <zoe@kwast.example.org>', "Allowed Here"])
    made.seal()
    assert made.known("name", "ZOE VANDENBRUGGE") and made.known("name", "kwast nv")
    assert made.known("email", "Zoe@kwast.example.org")
    assert not made.known("name", "Zoë Vandenbruggen") and not made.known("name", "allowed here")


def test_what_odoo_itself_says_is_nobodys() -> None:
    made = Originals(b"secret")
    made.add(rules.parse("fake name"), ["Storage", "Time Off", "Zoë Vandenbrugge"])
    made.add(rules.parse("null secret"), ["payment"])
    made.seal()
    made.spare([b"<p>All storage</p>\ttime off\npayment\n"])
    assert made.spared == {"name": 2}
    assert not made.known("name", "Storage") and not made.known("name", "Time off")
    assert made.known("name", "zoe vandenbrugge") and made.known("secret", "Payment")


def test_sweep() -> None:
    class Fakes:
        def function(self, kind: str) -> t.Callable[[str, str], str]:
            return lambda text, country: f"<{kind} {country}>"

    made = Originals(b"secret")
    made.add(rules.parse("fake name"), ["Zoë Vandenbrugge"])
    made.add(rules.parse("fake email"), ["zoe@kwast.example.org"])
    made.add(rules.parse("fake phone"), ["+32 475 91 82 73"])
    made.seal()
    text = "Für ZOE  Vandenbrugge, zoe@kwast.example.org, ☎ 0475/91.82.73!"
    assert finder.replace(made, text, Fakes(), "BE") == "Für <name BE>, <email BE>, ☎ <phone BE>!"
    assert finder.replace(made, "nobody", Fakes()) == "nobody"


def test_memory_of_an_original() -> None:
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    first = ["".join(chance.choices(letters, k=6)) for _other in range(500)]
    last = ["".join(chance.choices(letters, k=8)) for _other in range(3000)]
    count = 30_000
    names = {f"{chance.choice(first)} {chance.choice(last)}" for _other in range(count)}
    mails = {f"{chance.choice(first)}@{chance.choice(last)}.example.org" for _other in range(count)}
    tracemalloc.start()
    made = Originals(b"secret")
    empty = tracemalloc.get_traced_memory()[0]
    made.add(rules.parse("fake name"), names)
    made.add(rules.parse("fake email"), mails)
    made.seal()
    each = (tracemalloc.get_traced_memory()[0] - empty) / (len(names) + len(mails))
    tracemalloc.stop()
    print(f"{each:.0f} bytes for each original")
    assert each < 220


def test_files(tmp_path: Path) -> None:
    made = Originals(b"secret")
    made.add(rules.parse("fake name"), ["Zoë Vandenbrugge"])
    made.seal()
    stored = [f"{number:02x}/{number:040x}" for number in range(1, 5)]
    for name in stored:
        (tmp_path / name).parent.mkdir()
    (tmp_path / stored[0]).write_bytes(b"nobody")
    (tmp_path / stored[1]).write_text("name;mail\nZo\u00eb Vandenbrugge;x\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / stored[2], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", "<text:span>Zoe</text:span> <text:span>Vandenbrugge</text:span>")
    (tmp_path / stored[3]).write_bytes(b"\x89PNG as it was")
    (tmp_path / "zoe_vandenbrugge.txt").write_bytes(b"")
    tool = verify.Search(made, b"key")
    done = verify_files.folder(tool, str(tmp_path), {stored[3]})
    assert [(hit.column, hit.kind) for hit in done.hits] == [
        (tool.digest(b"zoe_vandenbrugge.txt"), "name"),
        (stored[1], "name"),
        (stored[2], "name"),
        (stored[3], verify_files.CONTENT),
    ]
    assert done.rows == 5


def test_the_report_has_no_value() -> None:
    made = Originals(b"secret")
    made.add(rules.parse("fake name"), ["Zoë Vandenbrugge"])
    made.seal()
    tool = verify.Search(made, b"key")
    good = tool.table("clean", ["a"], [b"nobody\n"])
    bad = tool.table("note", ["a"], ["Zoë Vandenbrugge\n".encode()])
    clean = scan_report.build(made.counts, [good], 1.5, "2026-01-02T03:04:05Z")
    found = scan_report.build(made.counts, [good, bad], 1.5, "2026-01-02T03:04:05Z")
    assert clean["clean"] and not found["clean"]
    assert found["hits"][0]["digests"] == [tool.digest(b"zoe vandenbrugge")]
    for said in (json.dumps(found), scan_report.page(found)):
        assert "note" in said and found["hits"][0]["digests"][0] in said
        assert "vandenbrugge" not in said.lower()
    assert "No original was found" in scan_report.page(clean)


def test_words_are_the_same_in_every_encoding() -> None:
    assert projections.words("Straße") == projections.words("STRASSE")
    assert projections.words("Ångström ŠKODA") == projections.words("angstrom skoda")
    assert projections.words("ΑΘΗΝΑ") == projections.words("αθηνα")
