# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What stands for texts that people have written: pieces of one long text of no meaning."""

from __future__ import annotations

import bisect
import html
import re

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Avoided, replace_blocked
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key

_LATIN = (
    "ab accusam accusamus ad adipisci alias aliqua aliquam aliquid amet anim animi aperiam architecto asperiores "
    "aspernatur assumenda at atque aut autem beatae blandit blanditiis commodi commodo consectetur consequat "
    "consequatur consequuntur corporis corrupti culpa cumque cupidatat cupiditate debitis delectus deleniti deserunt "
    "dicta dignissimos distinctio do dolor dolore dolorem doloremque dolores doloribus dolorum ducimus duis ea eaque "
    "earum eius eleifend eligendi elit enim eos error esse est et eum eveniet ex excepturi exercitationem expedita "
    "explicabo facere facilis fuga fugiat fugit harum hic id illo illum impedit in incididunt inventore ipsa ipsam "
    "ipsum irure iste itaque iure iusto labore laboriosam laborum laudantium libero lorem magna magnam magni maiores "
    "maxime minim minima minus modi molestiae molestias mollit mollitia nam natus necessitatibus nemo neque nesciunt "
    "nihil nisi nobis non nostrum nulla numquam obcaecati occaecat odio odit officia officiis omnis optio pariatur "
    "perferendis perspiciatis placeat porro possimus praesentium provident quae quaerat quam quas quasi qui quia "
    "quibusdam quidem quis quo quod quos ratione recusandae reiciendis rem repellat repellendus reprehenderit "
    "repudiandae rerum saepe sapiente sed sequi similique sint sit soluta sunt suscipit tempora tempor temporibus "
    "tenetur totam ullam unde ut vel velit veniam veritatis vero vitae voluptas voluptate voluptatem voluptates "
    "voluptatibus voluptatum"
)
_FILLER = _LATIN.split()
#: Words of the long text.
_WORDS = 4096
_LINES = re.compile(r"[^\n\r]+")
_SAYS = re.compile(r"[^\W_]")

_TAG_NAMES = (
    "a abbr address article aside b big blockquote body br button caption center cite code col colgroup dd del "
    "details div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe "
    "img input ins kbd label legend li main mark nav ol optgroup option p picture pre q s samp section select small "
    "source span strike strong sub summary sup svg path g table tbody td textarea tfoot th thead title tr t tt u ul "
    "var video"
)
_TAGS = frozenset(_TAG_NAMES.split())
#: Attributes that stay; of all others, only the marks of a template do.
_KEPT_NAMES = (
    "align bgcolor border cellpadding cellspacing class color cols colspan contenteditable dir disabled face height "
    "lang role rows rowspan scope size style target type valign width xml:space"
)
_KEPT = frozenset(_KEPT_NAMES.split())
_PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<gone>script|style)\b.*?(?:</(?P=gone)\s*>|\Z)"
    r"|<[!?][^<>]*>"
    r"|<(?P<end>/?)(?P<tag>[A-Za-z][\w:-]*)(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w:.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_LINK = re.compile(r"url\s*\([^)]*\)?", re.IGNORECASE)
#: A picture of one transparent point.
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#: Attributes whose place is needed, and what stands there.
_INSTEAD = {"href": "#", "src": PIXEL}


class Texts:
    """Another text of that length for a text."""

    def __init__(self, key: Key, avoided: Avoided) -> None:
        self._digest = key.digests("text")
        usable = self._usable(key, avoided)
        self._long = " ".join(usable)
        self._starts = [0]
        for word in usable:
            self._starts.append(self._starts[-1] + len(word) + 1)
        # The last pieces are too short for many texts.
        self._begin = len(usable) // 2

    @staticmethod
    def _usable(key: Key, avoided: Avoided) -> list[str]:
        words = replace_blocked(_FILLER, lambda word: avoided.known("name", word))
        drawn = key.stream("filler", "", 2 * _WORDS)
        made: list[str] = []
        for at in range(0, len(drawn), 2):
            first = int.from_bytes(drawn[at : at + 2], "little")
            word = next(
                (
                    words[(first + step) % len(words)]
                    for step in range(len(words))
                    if not made or not avoided.known("name", f"{made[-1]} {words[(first + step) % len(words)]}")
                ),
                words[0],
            )
            made.append(word)
        return made

    def text(self, text: str) -> str:
        """As many lines, each about as long; no digits, since some could be somebody's number."""
        number = int.from_bytes(self._digest(text), "little")

        def line(found: re.Match[str]) -> str:
            nonlocal number
            number = number * 6364136223846793005 + 1442695040888963407 & (1 << 128) - 1
            return self._piece(found[0], number >> 64)

        return _LINES.sub(line, text)

    def _piece(self, text: str, number: int) -> str:
        """A part of the long text, with the blanks around ``text``."""
        if not _SAYS.search(text):
            return text
        inner = text.strip()
        begin = text.find(inner[0])
        made = self._cut(number, len(inner))
        if canonical.name(made) == canonical.name(inner):
            made = self._cut(number + 1, len(inner))
        return f"{text[:begin]}{made}{text[begin + len(inner) :]}"

    def _cut(self, number: int, length: int) -> str:
        start = self._starts[number % self._begin]
        end = start + length
        if end >= len(self._long):
            times, rest = divmod(length, len(self._long) // 2)
            half = self._long[: len(self._long) // 2].rpartition(" ")[0]
            return " ".join([half] * times + [self._cut(number, rest)])
        space = self._long.rfind(" ", start, end + 1)
        if space <= start:
            space = self._starts[bisect.bisect_right(self._starts, start)] - 1
        return self._long[start:space]

    def html(self, text: str) -> str:
        """The markup stays, but for what may tell something: links, pictures, comments, titles, data of scripts."""
        number = int.from_bytes(self._digest(text), "little")
        made: list[str] = []
        at = 0

        def say(piece: str) -> None:
            nonlocal number
            if piece:
                number = number * 6364136223846793005 + 1442695040888963407 & (1 << 128) - 1
                plain = html.unescape(piece) if "&" in piece else piece
                made.append(html.escape(self._piece(plain, number >> 64), quote=False) if plain != " " else plain)

        for found in _PIECE.finditer(text):
            say(text[at : found.start()])
            at = found.end()
            tag = found["tag"]
            if tag and tag.lower() in _TAGS:
                made.append(f"<{found['end']}{tag}{_attributes(found['attributes'])}>")
            elif tag and not found["end"]:
                # What looks like a tag may be an address: <ann@example.com>.
                say(found[0][1:-1])
        say(text[at:])
        return "".join(made)


def _attributes(text: str) -> str:
    if not text or text.isspace():
        return ""
    made = []
    for name, value in _ATTRIBUTE.findall(text):
        kept = name.lower()
        if kept in _INSTEAD:
            made.append(f' {name}="{_INSTEAD[kept]}"')
        elif kept.startswith("t-") or (kept in _KEPT and "@" not in value):
            stays = _LINK.sub("none", value) if kept == "style" else value
            made.append(f" {name}={stays}" if stays else f" {name}")
    return "".join(made) + (" /" if text.endswith("/") else "")
