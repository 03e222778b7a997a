# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import fake_text

from .conftest import MadeFakes

WORDS = [
    *("María", "Pérez", "76086428", "Apoquindo", "王小明王小明", "secreto", "ann.lee@firm.cl", "+56987654321"),
    *("https://firm.cl/my?access_token=0123456789", "don't", "nina_lopez", "Ελένη", "สวัสดี"),
]


def told(text: str) -> set[str]:
    """Its words of four letters or more, but for the filler's."""
    return {one for one in re.findall(r"[^\W_]{4,}", text.lower()) if one not in fake_text._FILLER}


class Parsed(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


def some_text(some: random.Random) -> str:
    lines = [" ".join(some.choices(WORDS, k=some.randint(0, 30))) for _line in range(some.randint(1, 6))]
    return some.choice(["\n", "\r\n", "\n\n  "]).join(lines)


def test_a_text_keeps_its_lines_and_nothing_else(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("text")
    for _time in range(300):
        text = some_text(some)
        made = fake(text, "")
        assert not told(text) & told(made) and not re.search(r"\d|@", made)
        before, after = text.split("\n"), made.split("\n")
        assert [bool(one.strip()) for one in before] == [bool(one.strip()) for one in after]
        assert all(len(two) <= max(len(one), 20) for one, two in zip(before, after))
        assert [one[: len(one) - len(one.lstrip())] for one in before] == [
            one[: len(one) - len(one.lstrip())] for one in after
        ]


def test_long_texts_are_long(make: MadeFakes) -> None:
    made = make().function("text")("secreto " * 100_000, "")
    assert 700_000 < len(made) <= 800_000 and "secreto" not in made


def test_filler_is_nobodys_name(make: MadeFakes) -> None:
    originals = [
        "Tempora",
        "Voluptas",
        "lorem magna",
        "elit dolor",
        *(f"dolor {one}" for one in fake_text._FILLER[:90]),
    ]
    made = f" {make(name=originals).function('text')('secreto ' * 5000, '')} "
    assert not [one for one in originals if f" {one.lower()} " in made]


def test_markup_stays_and_what_it_says_goes(make: MadeFakes) -> None:
    html = (
        '<div class="o_mail" style="margin:0px; background:url(https://firm.cl/ann.png)" data-name="Maria Perez">'
        '<p>Estimada&nbsp;<b>Mar&iacute;a P&eacute;rez</b>,<br/>su factura</p><!-- secreto --><t t-out="object.name"/>'
        '<a href="https://firm.cl/my?access_token=0123" title="Maria">Portal secreto</a>'
        '<a href="mailto:ann@firm.cl">ann@firm.cl</a><img src="data:image/png;base64,AAAABBBBCCCC" alt="Maria">'
        "<style>.Maria{color:red}</style><script>secreto()</script></div>"
    )
    made = make().function("html")(html, "")
    assert made.startswith('<div class="o_mail" style="margin:0px; background:none"><p>')
    assert '<t t-out="object.name" />' in made and f'<img src="{fake_text.PIXEL}">' in made
    assert made.count('<a href="#">') == 2 and "<!--" not in made and "<b>" in made and "<br />" in made
    for one in ("mar", "rez", "secreto", "firm", "token", "factura", "BBBB", "Estimada", "portal"):
        assert one.lower() not in made.lower().replace("margin", ""), one
    kept = [one for one in Parsed(html).tags if one.strip("/") not in ("style", "script")]
    assert Parsed(made).tags == kept


@pytest.mark.parametrize(
    "html",
    [
        *("<p secreto", "secreto <b", "<!-- secreto", "<script>secreto", "<p title='secreto>secreto</p>", "<secreto>"),
        *(
            "a < secreto > b",
            "<ann@secreto.cl>",
            '<p class="a" secreto>x</p>',
            "&secreto; &#115;ecreto",
            "<![secreto]>",
        ),
        *(
            "</secreto>",
            "<?secreto?>",
            "<style>secreto",
            "<a href=secreto>x</a>",
            "<p\nsecreto=1>x</p>",
            "&lt;secreto&gt;",
        ),
    ],
)
def test_broken_html_tells_nothing(make: MadeFakes, html: str) -> None:
    assert "secreto" not in make().function("html")(html, "")


def test_any_html_is_read_in_time_and_tells_nothing(make: MadeFakes, some: random.Random) -> None:
    fake = make().function("html")
    parts = [
        "<",
        ">",
        '"',
        "'",
        "<p ",
        "</p>",
        "<!--",
        "-->",
        "=",
        "&",
        ";",
        "href",
        " secreto ",
        "/",
        "<script",
        "t-x=",
    ]
    for _time in range(500):
        text = "".join(some.choices([one for one in parts if one != "t-x="], k=some.randint(1, 40)))
        assert "secreto" not in fake(text, "")
    for text in (
        '<a "' * 50_000,
        "<a '" * 50_000,
        "<!--" * 50_000,
        "<a " * 50_000 + ">",
        "<" * 200_000,
        "x <" * 50_000,
    ):
        fake(text, "")


def test_html_of_no_words_stays_nearly(make: MadeFakes) -> None:
    assert make().function("html")("<p><br></p>", "") == "<p><br></p>"
