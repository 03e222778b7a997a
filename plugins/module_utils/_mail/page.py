# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""A mail as a page that can be opened anywhere, and does nothing.  Pure.

Three walls: what acts or loads is taken out of the mail's HTML; what is left stands in a frame without scripts, forms
and an origin; and the page's own policy lets nothing be loaded, so that opening it tells nobody that it was read.
"""

from __future__ import annotations

import base64
import html
import html.parser
import os
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.shown import size
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import Attachment, Message

#: Elements that are kept; of others only the content stays, and of some not even that.
KEPT = {
    *("a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col"),
    *("colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol"),
    *("p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "style", "sub", "summary", "sup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "wbr"),
}
GONE = {
    "audio",
    "iframe",
    "math",
    "noscript",
    "object",
    "script",
    "select",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
}
VOID = {"br", "col", "hr", "img", "wbr"}
ATTRIBUTES = {
    *("align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "dir", "face"),
    *("height", "href", "id", "lang", "rowspan", "size", "span", "src", "start", "style", "title", "type", "valign"),
    "width",
}
LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
PICTURE = re.compile(r"image/(png|jpe?g|gif|webp|bmp)", re.IGNORECASE)
#: In styles: what fetches something.
FETCH = re.compile(r"url\s*\([^)]*\)?|@import[^;]*;?|expression\s*\(", re.IGNORECASE)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2530; background: #f2f4f7; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: #5a6675; margin: 1.6rem 0 .4rem; }
table.headers { border-collapse: collapse; }
table.headers th { text-align: left; vertical-align: top; padding: .1rem 1rem .1rem 0; color: #5a6675; }
table.headers td { overflow-wrap: anywhere; }
pre, iframe, details { background: #fff; border: 1px solid #d5dbe3; border-radius: 6px; }
pre { padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
iframe { width: 100%; height: 36rem; box-sizing: border-box; }
details { padding: .5rem 1rem; margin-top: 1.6rem; }
summary { cursor: pointer; }
""".strip()


def page(message: Message, caught: str, files: t.Mapping[str, Attachment]) -> str:
    """The page of a mail.

    :param caught: when it was caught, as it is shown; may be empty.
    :param files: the attachments by the paths at which they lie, relative to the page.
    """
    rows = [("From", message.sender), ("To", ", ".join(message.recipients)), ("Caught", caught)]
    parts = [f"<h1>{escaped(message.subject or '(no subject)')}</h1>", _table([row for row in rows if row[1]])]
    if message.html:
        parts += ["<h2>Mail</h2>", frame(message)]
    if message.text or not message.html:
        parts += ["<h2>Text</h2>", f"<pre>{escaped(message.text or '(no text)')}</pre>"]
    if files:
        links = (
            f'<li><a href="{escaped(_quoted(path))}" download>{escaped(item.name)}</a>'
            f" ({escaped(item.type)}, {size(len(item.content))})</li>"
            for path, item in files.items()
        )
        parts += ["<h2>Files</h2>", f"<ul>{''.join(links)}</ul>"]
    parts.append(f"<details><summary>All headers</summary>{_table(message.headers)}</details>")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(message.subject)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def frame(message: Message) -> str:
    """The mail's HTML, where it can do nothing.  Links open elsewhere, and only when somebody clicks them."""
    inner = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="referrer" content="no-referrer"><base target="_blank">{sanitized(message)}'
    )
    sandbox = "allow-popups allow-popups-to-escape-sandbox"
    return f'<iframe sandbox="{sandbox}" title="The mail as it was sent" srcdoc="{escaped(inner)}"></iframe>'


def sanitized(message: Message) -> str:
    """The mail's HTML without what acts or loads; pictures that it carries are in it."""
    pictures = {item.content_id: item for item in message.attachments if item.content_id and PICTURE.match(item.type)}
    cleaner = _Cleaner(pictures)
    cleaner.feed(message.html)
    cleaner.close()
    return "".join(cleaner.out)


def file_names(attachments: t.Sequence[Attachment]) -> dict[str, Attachment]:
    """Where attachments lie beside the page: names that any system takes, each once, none that leads elsewhere."""
    found: dict[str, Attachment] = {}
    for number, item in enumerate(attachments, 1):
        base = re.sub(r'[\x00-\x1f/\\:*?"<>|\ufffd]', "_", item.name).strip(". ") or f"part-{number}"
        stem, ending = os.path.splitext(base)
        # A file name has 255 bytes at most, and while it is written it has a longer one.
        stem = stem.encode()[:120].decode("utf-8", "ignore")
        name = f"{stem}{ending[:40]}"
        taken = {path.casefold() for path in found}
        found[f"files/{name}" if f"files/{name}".casefold() not in taken else f"files/{number}-{name}"] = item
    return found


def escaped(text: str) -> str:
    return html.escape(text, quote=True)


def _quoted(path: str) -> str:
    return re.sub(r"[%#?]", lambda found: f"%{ord(found[0]):02X}", path)


def _table(rows: t.Iterable[tuple[str, str]]) -> str:
    lines = (f"<tr><th>{escaped(name)}</th><td>{escaped(value)}</td></tr>" for name, value in rows)
    return f'<table class="headers">{"".join(lines)}</table>'


class _Cleaner(html.parser.HTMLParser):
    def __init__(self, pictures: t.Mapping[str, Attachment]) -> None:
        super().__init__(convert_charrefs=True)
        self.pictures = pictures
        self.out: list[str] = []
        self.gone = 0
        self.styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in GONE:
            self.gone += 1
        if self.gone or tag not in KEPT:
            return
        self.styling = tag == "style"
        kept = "".join(f' {name}="{escaped(value)}"' for name, value in self._attributes(tag, attrs))
        self.out.append(f"<{tag}{kept}>")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> t.Iterator[tuple[str, str]]:
        for name, given in attrs:
            value = given or ""
            if name not in ATTRIBUTES:
                continue
            if name == "href" and not LINK.match(value.strip()):
                continue
            if name == "src":
                picture = self.pictures.get(value[4:]) if value.lower().startswith("cid:") else None
                if picture is None or tag != "img":
                    if tag == "img":
                        yield "title", f"not loaded: {value[:200]}"
                    continue
                value = f"data:{picture.type};base64,{base64.b64encode(picture.content).decode('ascii')}"
            yield name, FETCH.sub("", value) if name == "style" else value

    def handle_endtag(self, tag: str) -> None:
        if tag in GONE:
            self.gone = max(0, self.gone - 1)
        elif not self.gone and tag in KEPT - VOID:
            self.out.append(f"</{tag}>")
        self.styling = self.styling and tag != "style"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in GONE:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if not self.gone:
            # The text of a style is no HTML: a browser reads it as it stands, up to the end tag.
            self.out.append(FETCH.sub("", data).replace("<", "") if self.styling else escaped(data))
