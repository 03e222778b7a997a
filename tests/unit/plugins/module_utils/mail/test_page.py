# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import re

from ansible_collections.ipai.odoo.plugins.module_utils._mail import message, page

from .conftest import mail

HOSTILE = """
<html><head><meta http-equiv="refresh" content="0; https://evil.test/"><base href="https://evil.test/">
<link rel="stylesheet" href="https://evil.test/a.css"><style>@import "https://evil.test/b.css"; p { color: red;
background: url( 'https://evil.test/c.png' ) }</style></head>
<body onload="alert(1)" background="https://evil.test/d.png"><script>alert(2)</script>
<svg onload=alert(3)><a href=x></svg>
<p style="font-weight:bold;background:url(https://evil.test/e.png)" onclick=alert(4)>kept</p>
<img src="https://evil.test/pixel.png" srcset="https://evil.test/f.png 2x"><img src="cid:logo">
<img src="data:image/svg+xml,x">
<form action="https://evil.test/"><input name=a><button formaction="https://evil.test/">press</button></form>
<a href="https://staging.test/reset?token=1&amp;x=2" ping="https://evil.test/g">reset</a>
<a href=" javascript:alert(5)">js</a>
<iframe src="https://evil.test/h"></iframe><object data="https://evil.test/i"></object>
<video poster="https://evil.test/j"></video>
</div></iframe><noscript><img src="https://evil.test/k"></noscript>&lt;script&gt;shown&lt;/script&gt;
"""


def test_nothing_that_acts_or_loads_is_left() -> None:
    left = page.sanitized(message.read(mail(html=HOSTILE)))
    assert not re.search(
        r"evil\.test(?!/pixel)|alert|@import|url\(|<(script|svg|form|input|meta|base|link|iframe|body)", left
    )
    assert 'title="not loaded: https://evil.test/pixel.png"' in left and left.count(" src=") == 1
    assert '<img src="data:image/png;base64,' in left
    assert '<p style="font-weight:bold;background:">kept</p>' in left
    assert '<a href="https://staging.test/reset?token=1&amp;x=2">reset</a>\n<a>js</a>' in left
    assert "&lt;script&gt;shown&lt;/script&gt;" in left


def test_a_style_ends_where_a_browser_ends_it() -> None:
    left = page.sanitized(message.read(mail(html="<style>p{}</style ><b>x</b><style><img src=1></style><i>y</i>")))
    assert left == "<style>p{}</style><b>x</b><style>img src=1></style><i>y</i>\n"


def test_the_frame_has_no_scripts_and_the_page_loads_nothing() -> None:
    found = message.read(mail(3, subject='<script>alert("x")</script>', html='<p title="&quot;">"quoted"</p>'))
    made = page.page(found, "2026-11-21T02:00:00Z", page.file_names(found.attachments))
    assert "<script" not in made and "&lt;script&gt;alert(&quot;x&quot;)" in made
    assert made.count("default-src 'none'") == 1 and made.count("default-src &#x27;none&#x27;") == 1
    (sandbox,) = re.findall(r'sandbox="([^"]*)"', made)
    assert not {"allow-scripts", "allow-same-origin", "allow-forms", "allow-top-navigation"}.intersection(
        sandbox.split()
    )
    (inner,) = re.findall(r'srcdoc="([^"<]*)"></iframe>', made)
    assert html.unescape(inner).strip().endswith('<p title="&quot;">&quot;quoted&quot;</p>')
    assert 'href="files/factura ñ 3.pdf" download' in made and "<th>Caught</th>" in made


def test_a_mail_without_html_or_text() -> None:
    made = page.page(message.read(b"Subject: x\n\n"), "", {})
    assert "(no text)" in made and "<iframe" not in made and "Files" not in made and "Caught" not in made


def test_names_of_files_lead_nowhere_else() -> None:
    names = ["../../etc/passwd", "a\\b.txt", "..", "A.pdf", "a.PDF", "x" * 300 + ".pdf", "-rf", "ñ.txt", "CON\x00.txt"]
    items = [message.Attachment(name, "application/pdf", b"") for name in names]
    found = list(page.file_names(items))
    assert found[:5] == ["files/_.._etc_passwd", "files/a_b.txt", "files/part-3", "files/A.pdf", "files/5-a.PDF"]
    assert found[5] == f"files/{'x' * 120}.pdf" and found[7:] == ["files/ñ.txt", "files/CON_.txt"]
    assert len(found) == len(names) and all(path.count("/") == 1 for path in found)
