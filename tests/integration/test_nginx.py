# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nginx does in front of Odoo: compression, limits, a log, a word to robots; and nothing else listens.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_nginx.py
"""

from __future__ import annotations

import json
import os
import re

from lab import tools, web


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


def test_nginx_is_the_only_listener(droplet):
    out = droplet.ssh("ss -Htlnp").stdout
    outside = {
        line.split()[3].rsplit(":", 1)[1]: line
        for line in out.splitlines()
        if not line.split()[3].startswith(("127.", "[::1]", "127.0.0.53", "127.0.0.11"))
    }
    # The archive's way to S3 listens where its database server alone reaches it.
    relays = {port: line for port, line in outside.items() if line.split()[3].startswith("10.202.")}
    assert all("systemd" in line for line in relays.values()), relays
    assert set(outside) - set(relays) == {"22", "80", "443"}, "\n".join(outside.values())
    assert "nginx" in outside["443"] and "nginx" in outside["80"]
