# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody outside gets from Odoo: pages, the websocket and calls of programs, and what is refused.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_odoo.py
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import xmlrpc.client

import pytest
from lab import tools, web


def test_login_page_and_its_styles_are_served(site):
    page = site.fetch("/web/login")
    assert page.status == 200
    assert 'name="login"' in page.text
    sheets = re.findall(r'href="(/web/assets/[^"]+\.css)"', page.text)
    assert sheets, "the login page has no style sheets"
    for sheet in sheets:
        answer = site.fetch(sheet)
        assert answer.status == 200, sheet
        assert answer.headers.get_content_type() == "text/css"
        assert len(answer.body) > 10_000, f"{sheet} is nearly empty: {answer.text[:200]}"


@pytest.mark.parametrize("environment", ["erp", "erp-staging"])
def test_login(droplet, environment):
    site = web.Site(droplet.site(environment), droplet.address)
    password = droplet.secret(environment, "admin_password")
    answer = site.login("admin", password)
    assert answer.status == 303, answer.text[:500]
    assert answer.headers["Location"].startswith((f"https://{site.domain}/", "/"))
    cookie = next(line for line in answer.headers.get_all("Set-Cookie") if line.startswith("session_id="))
    assert "HttpOnly" in cookie
    session = site.post_json("/web/session/get_session_info", {"jsonrpc": "2.0", "params": {}}).json()["result"]
    assert session["username"] == "admin"
    assert session["db"] == environment
    # The web client itself, as the browser would load it.
    assert site.fetch("/odoo").status == 200


def test_wrong_password_opens_nothing(droplet, visitor):
    """Positive control of the test above; by a visitor, since a wrong password counts towards a ban."""
    status = visitor(LOGIN, droplet.address, "erp.lab.test", "1")
    assert status == [200]  # the form again


LOGIN = """
import http.client, json, re, ssl, socket, sys, urllib.parse
address, domain, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile="/lab/issuer-ca.pem")
def request(method, path, body=None, headers={}):
    raw = context.wrap_socket(socket.create_connection((address, 443), timeout=20), server_hostname=domain)
    connection = http.client.HTTPConnection(domain)
    connection.sock = raw
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
out = []
status, headers, page = request("GET", "/web/login")
cookie = headers["Set-Cookie"].split(";")[0]
token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
for number in range(times):
    form = urllib.parse.urlencode({"csrf_token": token, "login": "admin", "password": "wrong-%d" % number})
    try:
        out.append(request("POST", "/web/login", form,
                           {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})[0])
    except OSError as error:
        out.append(type(error).__name__)
        break
print(json.dumps(out))
"""


def test_websocket_upgrades(droplet, site):
    """A real handshake (RFC 6455), answered by Odoo's own websocket server, and a ping that it answers."""
    site.fetch("/web/login")  # a session
    key = base64.b64encode(os.urandom(16)).decode()
    with web.trust().wrap_socket(web.connect(site.address, 443), server_hostname=site.domain) as tls:
        lines = [
            "GET /websocket?version=19.0-2 HTTP/1.1",
            f"Host: {site.domain}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Origin: https://{site.domain}",
            "Cookie: " + "; ".join(f"{name}={value}" for name, value in site.cookies.items()),
            "",
            "",
        ]
        tls.sendall("\r\n".join(lines).encode())
        reader = tls.makefile("rb")
        assert reader.readline().split()[1] == b"101"
        headers = http.client.parse_headers(reader)
        assert headers["Upgrade"].lower() == "websocket"
        expected = base64.b64encode(
            __import__("hashlib").sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        )
        assert headers["Sec-WebSocket-Accept"].encode() == expected
        mask = os.urandom(4)
        tls.sendall(bytes([0x89, 0x80 | 2]) + mask + bytes(a ^ b for a, b in zip(b"hi", mask)))
        frame = reader.read(4)
        assert frame[0] & 0x0F == 0xA and frame[2:] == b"hi", f"no pong: {frame!r}"


def test_plain_request_to_the_websocket_is_no_upgrade(site):
    assert site.fetch("/websocket").status != 101


@pytest.mark.parametrize(
    "path",
    [
        "/web/database/manager",
        "/web/database/selector",
        "/web/database/backup",
        "/web/database/list",
        "//web/database/manager",
        "/web/%64atabase/manager",
        "/en/web/database/manager",
        "/web//database/manager",
        "/web/./database/manager",
    ],
)
def test_database_manager_is_refused(site, path):
    assert site.fetch(path).status in (403, 404), path
    assert site.fetch("/web/login").status == 200


# Bodies that Odoo's json.loads() reads as a call of the service "db".
CALL = '"method":"list","args":[]'
JSON_DB = {
    "plain": f'{{"jsonrpc":"2.0","method":"call","params":{{"service":"db",{CALL}}}}}',
    "escaped value": f'{{"jsonrpc":"2.0","method":"call","params":{{"service":"d\\u0062",{CALL}}}}}',
    "escaped key": f'{{"jsonrpc":"2.0","method":"call","params":{{"\\u0073ervice":"db",{CALL}}}}}',
    "second key wins": f'{{"params":{{"service":"common","service":"db",{CALL}}}}}',
    "white space": '{ "params" :\n{ "args":[],\t"method":"list", "service" :\r\n "db" } }',
    "escaped params": f'{{"\\u0070arams":{{"service":"db",{CALL}}}}}',
    "second params": f'{{"params":{{"service":"common",{CALL}}},"params":{{"service":"db",{CALL}}}}}',
}


@pytest.mark.parametrize("body", JSON_DB.values(), ids=JSON_DB)
def test_database_service_is_refused_over_json_rpc(erp, body):
    answer = erp.fetch("/jsonrpc", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 403, answer.text[:300]
    assert "result" not in answer.text


@pytest.mark.parametrize("path", ["/xmlrpc/db", "/xmlrpc/2/db", "/xmlrpc/2/d%62", "//xmlrpc/2/db", "/en/xmlrpc/2/db"])
def test_database_service_is_refused_over_xml_rpc(erp, path):
    body = xmlrpc.client.dumps((), "list")
    answer = erp.fetch(path, data=body, headers={"Content-Type": "text/xml"})
    assert answer.status in (403, 404), answer.text[:300]


def test_rpc_of_programs_still_works(droplet, erp, staging):
    """Positive control of the refusals: the services common and object answer, over all three protocols."""
    version = erp.rpc("common", "version")
    assert version["server_serie"] == "19.0"
    headers = {"Content-Type": "text/xml"}
    for path in ("/xmlrpc/common", "/xmlrpc/2/common"):
        answer = erp.fetch(path, data=xmlrpc.client.dumps((), "version"), headers=headers)
        assert answer.status == 200
        assert xmlrpc.client.loads(answer.body)[0][0]["server_serie"] == "19.0"
    password = droplet.secret("erp", "admin_password")
    uid = erp.rpc("common", "login", "erp", "admin", password)
    names = erp.rpc("object", "execute_kw", "erp", uid, password, "res.users", "read", [[uid], ["login"]])
    assert names[0]["login"] == "admin"
    request = xmlrpc.client.dumps(("erp", uid, password, "res.users", "search_count", [[]]), "execute_kw")
    answer = erp.fetch("/xmlrpc/2/object", data=request, headers=headers)
    assert answer.status == 200
    assert xmlrpc.client.loads(answer.body)[0][0] >= 1
    # A long body, which nginx keeps in a file: still read and let through.
    long = erp.rpc(
        "object", "execute_kw", "erp", uid, password, "res.users", "search_count", [[["login", "=", "x" * 200_000]]]
    )
    assert long == 0


def test_odoo_knows_who_asks(droplet, erp, visitor):
    """proxy_mode: Odoo logs the visitor's own address, and believes no header that the visitor makes up."""
    source = """
import json, socket, ssl, sys
context = ssl.create_default_context(cafile="/lab/issuer-ca.pem")
tls = context.wrap_socket(socket.create_connection((sys.argv[1], 443), timeout=20), server_hostname=sys.argv[2])
tls.sendall(("GET /web/login?who=me HTTP/1.1\\r\\nHost: %s\\r\\nX-Forwarded-For: 198.51.100.7\\r\\n"
             "X-Forwarded-Host: evil.test\\r\\nConnection: close\\r\\n\\r\\n" % sys.argv[2]).encode())
data = b""
while True:
    part = tls.recv(65536)
    if not part:
        break
    data += part
print(json.dumps(data.decode("utf-8", "replace")))
"""
    page = visitor(source, droplet.address, erp.domain)
    assert page.startswith("HTTP/1.1 200")
    assert "evil.test" not in page
    log = tools.until(
        "the request in Odoo's log",
        lambda: (
            [
                line
                for line in droplet.docker("logs", "--since", "60s", "erp-odoo", check=False).splitlines()
                if visitor.address in line
            ]
            or [
                line
                for line in droplet.ssh(
                    "journalctl --since -60s --no-pager -o cat CONTAINER_NAME=erp-odoo"
                ).stdout.splitlines()
                if visitor.address in line
            ]
        ),
        seconds=15,
    )
    assert not any("198.51.100.7" in line for line in log)


def test_base_url_is_frozen(droplet):
    for environment, server in (("erp", "pg-production"), ("erp-staging", "pg-nonproduction")):
        rows = dict(
            droplet.sql(
                server, environment, "SELECT key, value FROM ir_config_parameter WHERE key ~ 'base.url|report.url'"
            )
        )
        assert rows["web.base.url"] == f"https://{droplet.site(environment)}"
        assert rows["web.base.url.freeze"] == "True"
        assert rows["report.url"] == "http://127.0.0.1:8069"


def test_strangers_do_not_sign_up(site):
    """As the inventory asks; Odoo itself would let them."""
    assert "/web/signup" not in site.fetch("/web/login").text
    assert site.fetch("/web/signup").status == 404


def test_session_is_for_tls_only(site):
    cookie = site.fetch("/web/login").headers["Set-Cookie"]
    assert "session_id=" in cookie
    assert "secure" in cookie.lower() and "httponly" in cookie.lower()
