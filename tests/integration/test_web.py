# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody outside sees of the environments: TLS, redirects, the websocket, and what is refused.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_web.py
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import xmlrpc.client

import pytest
from lab import places, tools, web

ENVIRONMENTS = ["erp", "erp-staging"]


@pytest.fixture(params=ENVIRONMENTS)
def site(request, droplet):
    return web.Site(droplet.site(request.param), droplet.address)


# --- TLS ---------------------------------------------------------------------------------------------------------


def test_certificate_is_issued_by_the_acme_authority(site):
    """The chain is verified against the authority's root, and the name against the certificate."""
    with web.trust().wrap_socket(web.connect(site.address, 443), server_hostname=site.domain) as tls:
        certificate = tls.getpeercert()
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
    issuer = {name: value for pair in certificate["issuer"] for name, value in pair}
    assert "Pebble" in issuer["commonName"]
    assert ("DNS", site.domain) in certificate["subjectAltName"]


def test_certificate_is_refused_by_who_trusts_others(site):
    """Positive control of the test above: the check of the chain does check."""
    raw = web.connect(site.address, 443)
    with pytest.raises(ssl.SSLCertVerificationError), raw:
        ssl.create_default_context().wrap_socket(raw, server_hostname=site.domain)


def client_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_1_is_refused(site, tmp_path):
    old = client_of(ssl.TLSVersion.TLSv1_1)
    raw = web.connect(site.address, 443)
    with pytest.raises((ssl.SSLError, ConnectionError)), raw:
        old.wrap_socket(raw, server_hostname=site.domain)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with client_of(version).wrap_socket(web.connect(site.address, 443), server_hostname=site.domain) as tls:
            assert tls.version()

    # Positive control: this client does speak TLS 1.1 to a server that still has it.
    key, pem = tmp_path / "key.pem", tmp_path / "certificate.pem"
    tools.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=old",
            "-days",
            "1",
            "-keyout",
            str(key),
            "-out",
            str(pem),
        ]
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.set_ciphers("ALL:@SECLEVEL=0")
    server.minimum_version = ssl.TLSVersion.TLSv1_1
    server.load_cert_chain(pem, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _address = listener.accept()
            with server.wrap_socket(peer, server_side=True) as tls:
                tls.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with old.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="old") as tls:
            assert tls.version() == "TLSv1.1"
            tls.send(b"x")
        thread.join(timeout=10)


def test_http_2(site):
    done = tools.run(
        [
            "curl",
            "--silent",
            "--http2",
            "--cacert",
            str(places.HOME / "issuer-ca.pem"),
            "--resolve",
            f"{site.domain}:443:{site.address}",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_version} %{http_code}",
            f"https://{site.domain}/web/login",
        ]
    )
    assert done.stdout == "2 200"


def test_http_leads_to_https(site):
    answer = site.fetch("/web/login?debug=1", scheme="http")
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{site.domain}/web/login?debug=1"


def test_security_headers(site):
    answer = site.fetch("/web/login")
    assert answer.status == 200
    hsts = re.fullmatch(r"max-age=(\d+)(;.*)?", answer.headers["Strict-Transport-Security"])
    assert hsts and int(hsts[1]) >= 180 * 86400
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"]
    assert "nginx/" not in (answer.headers["Server"] or ""), "the version of nginx is told"
    for name in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options"):
        assert len(answer.headers.get_all(name)) == 1, f"{name} is sent twice"


def test_unknown_names_get_nothing(droplet):
    for name in ("unknown.lab.test", droplet.address):
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            web.fetch(f"http://{name}/web/login", droplet.address)
    context = client_of(ssl.TLSVersion.TLSv1_2)
    raw = web.connect(droplet.address, 443)
    with pytest.raises((ssl.SSLError, ConnectionError)), raw:  # not even a certificate is shown
        context.wrap_socket(raw, server_hostname="unknown.lab.test")
    with context.wrap_socket(web.connect(droplet.address, 443), server_hostname="erp.lab.test") as tls:
        # A name that was not asked for in the handshake, in a request on somebody else's connection.
        tls.sendall(b"GET /web/login HTTP/1.1\r\nHost: unknown.lab.test\r\nConnection: close\r\n\r\n")
        answer = tls.recv(200)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 421", b"HTTP/1.1 4")), answer


# --- Odoo ----------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
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


# --- nginx ---------------------------------------------------------------------------------------------------------


def test_static_files_are_compressed_and_cached(erp):
    sheet = re.search(r'href="(/web/assets/[^"]+\.css)"', erp.fetch("/web/login").text)[1]
    erp.fetch(sheet)
    answer = erp.fetch(sheet, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    picture = erp.fetch("/web/static/img/favicon.ico")
    assert picture.status == 200
    assert "max-age=3600" in picture.headers["Cache-Control"]


def test_bodies_of_100_mb_pass_and_larger_ones_do_not(erp):
    """Asked with a length only: nginx judges by it before anything is sent."""

    def announce(megabytes: int) -> bytes:
        with web.trust().wrap_socket(web.connect(erp.address, 443), server_hostname=erp.domain) as tls:
            tls.settimeout(5)
            head = f"POST /web/session/get_session_info HTTP/1.1\r\nHost: {erp.domain}\r\nConnection: close\r\n"
            tls.sendall(
                (head + f"Content-Type: application/json\r\nContent-Length: {megabytes * 1024 * 1024}\r\n\r\n").encode()
            )
            try:
                return tls.recv(100)
            except TimeoutError:
                return b""  # it waits for the body

    assert announce(101).startswith(b"HTTP/1.1 413")
    assert announce(99) == b""


RATE = """
import concurrent.futures, http.client, json, socket, ssl, sys
address, domain, path, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.create_default_context(cafile="/lab/issuer-ca.pem")
def one(_):
    raw = context.wrap_socket(socket.create_connection((address, 443), timeout=20), server_hostname=domain)
    connection = http.client.HTTPConnection(domain)
    connection.sock = raw
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status
out = []
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    # Ends before it has earned a ban.
    while len(out) < count and out.count(429) == 0:
        out += pool.map(one, range(8))
print(json.dumps(out))
"""


def test_logins_are_limited_and_static_files_are_not(droplet, erp, visitor):
    """100 a minute and 20 at once; a visitor asks more in a second or two. Static files are exempt."""
    static = visitor(RATE, droplet.address, erp.domain, "/web/static/img/favicon.ico", "64")
    assert static == [200] * 64
    logins = visitor(RATE, droplet.address, erp.domain, "/web/login", "120")
    assert logins.count(200) >= 21, logins
    assert 1 <= logins.count(429) <= 8, logins
    assert set(logins) == {200, 429}
    assert erp.fetch("/web/login").status == 200, "somebody else is limited as well"
    droplet.ssh(["fail2ban-client", "unban", visitor.address], check=False)


def test_access_log_is_json_and_tells_what_happened(droplet, erp):
    mark = f"/ipai_demo/release?token={os.urandom(8).hex()}"
    answer = erp.fetch(mark, headers={"User-Agent": 'lab "quoted"\\'})
    number = answer.headers["X-Request-Id"]
    assert number

    def line():
        out = droplet.ssh("tail -n 200 /var/log/nginx/access.log").stdout
        return next((item for item in map(json.loads, out.splitlines()) if item["request_id"] == number), None)

    found = tools.until("the request in the access log", line, seconds=10)
    assert found["environment"] == "erp"
    assert found["status"] == 200
    assert found["method"] == "GET"
    assert found["path"] == "/ipai_demo/release", "a query string (tokens!) is in the log"
    assert found["client"].startswith("172.30.10.")
    assert 0 <= float(found["request_seconds"]) < 60
    assert 0 <= float(found["upstream_seconds"]) < 60
    assert found["agent"] == 'lab "quoted"\\'


def test_robots_are_kept_out_of_staging_only(erp, staging):
    page = staging.fetch("/web/login")
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "Disallow: /\n" in staging.fetch("/robots.txt").text
    assert "noindex" not in (erp.fetch("/web/login").headers["X-Robots-Tag"] or "")


def test_certificates_are_watched(droplet):
    """Days left of each certificate, and a timer that renews them."""
    out = droplet.ssh(
        "for f in /etc/letsencrypt/live/*/cert.pem; do openssl x509 -noout -checkend $((30*86400)) -in $f; done"
    )
    assert out.stdout.count("will not expire") == 3, out.stdout
    timers = droplet.ssh("systemctl list-timers --all --no-legend").stdout
    assert "ipai-certbot" in timers


def test_nginx_is_the_only_listener(droplet):
    out = droplet.ssh("ss -Htlnp").stdout
    outside = {
        line.split()[3].rsplit(":", 1)[1]: line
        for line in out.splitlines()
        if not line.split()[3].startswith(("127.", "[::1]", "127.0.0.53", "127.0.0.11"))
    }
    assert set(outside) == {"22", "80", "443"}, "\n".join(outside.values())
    assert "nginx" in outside["443"] and "nginx" in outside["80"]


def test_openssl_agrees(erp):
    """A second opinion on the chain from another client than Python's."""
    done = subprocess.run(
        [
            "openssl",
            "s_client",
            "-connect",
            f"{erp.address}:443",
            "-servername",
            erp.domain,
            "-verify_return_error",
            "-CAfile",
            str(places.HOME / "issuer-ca.pem"),
            "-verify_hostname",
            erp.domain,
        ],
        input="",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Verify return code: 0 (ok)" in done.stdout
