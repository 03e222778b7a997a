# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that the droplet's catcher took, as an operator looks at it. The catcher is only read, and sent to.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_mail.py
"""

from __future__ import annotations

import json
import re
import sys
import threading
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lab import places, playbook, tools

sys.path.insert(0, str(places.ROOT / "tests" / "fixtures"))

import fake_catchers

COUNT = 130
#: Run on the droplet, where the catcher is reached; {beacon} is what a page must not fetch.
SEND = """
import json, smtplib, sys
from email.message import EmailMessage
host, mark, count, beacon = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
html = '''<html><head><style>@import url({beacon}/css); body {{ background: url({beacon}/body) }}</style></head>
<body onload="document.title='owned'"><p style="background:url({beacon}/style)">Hola <b>José</b>, invoice {number}</p>
<script>new Image().src="{beacon}/script"</script><img src="{beacon}/pixel"><img src="cid:logo" width="40" height="40">
<iframe src="{beacon}/frame"></iframe><form action="{beacon}/form"><input autofocus></form></body></html>'''
logo = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c"
                     "63606060000000040001f61738550000000049454e44ae426082")
with smtplib.SMTP(host, 1025, timeout=60) as session:
    for number in range(count):
        mail = EmailMessage()
        mail["From"] = "Peña & Söhne <shop@example.com>"
        mail["To"] = f"José Ñandú <{mark}-{number}@example.com>, team@example.com"
        mail["Subject"] = f"請求書 {mark} número {number}"
        mail.set_content(f"Hola, invoice {number}: pagaré 1.234,00 €")
        mail.add_alternative(html.format(beacon=beacon, number=number), subtype="html")
        mail.get_payload()[1].add_related(logo, "image", "png", cid="<logo>")
        mail.add_attachment(b"%PDF-1.4 " + bytes(range(256)), maintype="application", subtype="pdf",
                            filename=f"factura ñ {number}.pdf")
        recipients = [f"{mark}-{number}@example.com", "team@example.com", f"blind-{mark}@example.com"]
        session.send_message(mail, to_addrs=recipients)
print(json.dumps(count))
"""


@pytest.fixture(scope="module")
def address(droplet):
    return droplet.inspect("mail-catcher")[0]["NetworkSettings"]["Networks"]["mail-catcher"]["IPAddress"]


@pytest.fixture(scope="module")
def beacon():
    """Writes down whoever fetches something from it."""
    fetched = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            fetched.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", fetched
        server.shutdown()


@pytest.fixture(scope="module")
def mark(droplet, address, beacon):
    """The word that all mails of this run have, once they are there."""
    word = f"m{uuid.uuid4().hex[:8]}"
    assert droplet.python(SEND, address, word, str(COUNT), beacon[0], timeout=300) == COUNT
    return word


def look(**variables: str) -> playbook.Play:
    given = [argument for name, value in variables.items() for argument in ("-e", f"{name}={value}")]
    return playbook.play(*given, playbook="ipai.odoo.mail")


def mails(play: playbook.Play, mark: str) -> list[int]:
    """Numbers of the mails in a list, in its order; each has a line of its own."""
    assert play.code == 0, play.text
    lines = [line for line in play.text.splitlines() if mark in line]
    found = [re.match(r" +\d{4}-\d\d-\d\dT\S+ +\S+ .*número (\d+) \[2 files\]$", line) for line in lines]
    assert all(found), lines
    return [int(match[1]) for match in found if match]


def test_all_are_listed_with_the_newest_first(mark):
    found = look(mail_subject=mark, mail_limit="1000")
    assert mails(found, mark) == list(range(COUNT))[::-1]
    assert f"1 to {COUNT} of {COUNT}, the newest first" in found.text
    assert found.total("changed") == 0


def test_page_by_page(mark):
    first, second = look(mail_subject=mark), look(mail_subject=mark, mail_offset="100")
    assert mails(first, mark) + mails(second, mark) == list(range(COUNT))[::-1]
    assert "the next ones begin at offset 100" in first.text and "begin at offset" not in second.text


@pytest.mark.parametrize(
    ("variables", "numbers"),
    [
        ({"mail_to": "{mark}-77@EXAMPLE.com"}, [77]),
        ({"mail_to": "blind-{mark}", "mail_limit": "2"}, [129, 128]),
        ({"mail_subject": "'{mark} NÚMERO 9'", "mail_from": "söhne"}, [*range(99, 89, -1), 9]),
        ({"mail_subject": "{mark}", "mail_text": "'josé, invoice 42'"}, [42]),
        ({"mail_subject": "{mark}", "mail_text": "'ñ 13.pdf'"}, [13]),
        ({"mail_subject": "{mark}", "mail_since": "1h", "mail_limit": "1"}, [129]),
        ({"mail_subject": "{mark}", "mail_before": "1h"}, []),
        ({"mail_subject": "{mark}", "mail_from": "nobody"}, []),
    ],
)
def test_search(mark, variables, numbers):
    found = look(**{name: value.format(mark=mark) for name, value in variables.items()})
    assert mails(found, mark) == numbers
    assert numbers or "No mail that fits." in found.text


def test_one_is_read_and_saved_as_a_page_that_does_nothing(mark, tmp_path, beacon):
    found = look(mail_id="latest", mail_to=f"{mark}-5@", mail_save=str(tmp_path))
    assert found.code == 0, found.text
    assert "Hola, invoice 5: pagaré 1.234,00 €" in found.text and f"blind-{mark}@example.com" in found.text
    (page,) = tmp_path.glob("*/index.html")
    assert (page.parent / "files/factura ñ 5.pdf").read_bytes() == b"%PDF-1.4 " + bytes(range(256))
    assert (page.parent / "files/part-1.png").read_bytes().startswith(b"\x89PNG")
    assert "número 5" in page.read_text(encoding="utf-8")
    again = look(mail_id=page.parent.name, mail_save=str(tmp_path))
    assert again.code == 0 and again.total("changed") == 0, again.text
    assert browse(page, tmp_path) and beacon[1] == []
    # Positive control: the same browser fetches what the mail itself asks for.
    raw = next(page.parent.glob("message.eml"))
    (tmp_path / "raw.html").write_text(f'<img src="{beacon[0]}/control">', encoding="utf-8")
    assert raw.exists() and browse(tmp_path / "raw.html", tmp_path) and beacon[1] == ["/control"]


def browse(page: Path, folder: Path) -> str:
    """The page as Chromium has it after it has loaded everything."""
    argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser"]
    argv += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=3000", "--dump-dom"]
    return tools.run([*argv, page.as_uri()], timeout=120).stdout


def test_reading_leaves_no_mark(droplet, address, mark):
    assert look(mail_id="latest", mail_to=f"{mark}-9@").code == 0
    told = json.loads(droplet.ssh(["curl", "--silent", "--fail", f"http://{address}:1080/email"]).stdout)
    assert [mail["read"] for mail in told if mark in mail["subject"]] == [False] * COUNT


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"mail_id": "no-such"}, "the catcher has no mail 'no-such'. Of "),
        ({"mail_since": "yesterday"}, "'yesterday' is no time; write it as"),
        ({"mail_limit": "0"}, "limit must be from 1 to 10000"),
        ({"mail_save": "/tmp/x"}, "mail_save saves one mail: name it with -e mail_id="),
        ({"mail_via": "pigeon"}, "mail_via is catcher or mailgun."),
        ({"mail_via": "mailgun"}, "set mail_catcher_mailgun_domain for this droplet"),
        ({"mail_sender": "x"}, "mail_sender means nothing here. There are: mail_before, mail_from,"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_message(droplet, variables, told):
    found = look(**variables)
    assert found.code != 0 and told in " ".join(found.text.split()), found.text
    assert "Traceback" not in found.text


def test_a_domain_at_mailgun_is_read_the_same_way(droplet, tmp_path):
    with fake_catchers.Mailgun() as service:
        given = {
            "mail_via": "mailgun",
            "mail_catcher_mailgun_domain": service.domain,
            "mail_catcher_mailgun_api_key": service.key,
            "mail_catcher_mailgun_endpoint": service.address,
        }
        assert "no route stores what comes to catch-all@mg.example.com" in look(**given).text
        service.routes["r"] = {"id": "r", "expression": "catch_all()", "actions": ["store()"], "priority": 0}
        service.routes["r"]["description"] = ""
        for number in range(105):
            raw = f"From: a@example.com\nTo: c{number}@example.com\nSubject: n {number}\n\ntext {number}\n".encode()
            moment = datetime(2026, 11, 20, 10, number // 60, number % 60, tzinfo=timezone.utc)
            service.receive("catch-all@mg.example.com", raw, moment)
        found = look(**given)
        assert "1 to 100 of 105, the newest first; the next ones begin at offset 100" in found.text, found.text
        service.busy = 2
        one = look(**given, mail_id="latest", mail_to="c7@", mail_save=str(tmp_path))
        assert "text 7" in one.text and len(list(tmp_path.glob("*/index.html"))) == 1, one.text
        wrong = look(**{**given, "mail_catcher_mailgun_api_key": "wrong-key-1"})
        assert wrong.code != 0 and "Is the API key right" in " ".join(wrong.text.split())
        assert service.key not in found.text + one.text and "wrong-key-1" not in wrong.text
