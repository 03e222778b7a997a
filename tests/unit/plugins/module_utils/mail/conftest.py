# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "fixtures"))

import fake_catchers

LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f6173855"
    "0000000049454e44ae426082"
)


@functools.cache
def mail(number: int = 1, *, to: str = "", html: str = "", subject: str = "") -> bytes:
    """A mail as Odoo sends it: two texts, a picture in one of them, and a file."""
    made = EmailMessage()
    made["From"] = "Peña & Söhne <shop@example.com>"
    made["To"] = to or f"José Ñandú <c{number}@example.com>, b@example.com"
    made["Subject"] = subject or f"請求書 número {number}"
    made.set_content(f"Hola, invoice {number}\n")
    made.add_alternative(html or f"<p>Hola <b>José</b>, invoice&nbsp;{number}</p><img src='cid:logo'>", subtype="html")
    made.get_payload()[1].add_related(LOGO, "image", "png", cid="<logo>")
    made.add_attachment(b"%PDF-1.4\n\xff", maintype="application", subtype="pdf", filename=f"factura ñ {number}.pdf")
    return made.as_bytes()


@pytest.fixture
def mailgun() -> Iterator[fake_catchers.Mailgun]:
    with fake_catchers.Mailgun() as service:
        yield service


@pytest.fixture
def mailpit() -> Iterator[fake_catchers.Mailpit]:
    with fake_catchers.Mailpit() as service:
        yield service
