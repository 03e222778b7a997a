# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody outside gets in: TLS, certificates, redirects, and names that nobody answers to.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_tls.py
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import subprocess
import threading

import pytest
from lab import places, tools, web


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


def test_certificates_are_watched(droplet):
    """Days left of each certificate, and a timer that renews them."""
    out = droplet.ssh(
        "for f in /etc/letsencrypt/live/*/cert.pem; do openssl x509 -noout -checkend $((30*86400)) -in $f; done"
    )
    assert out.stdout.count("will not expire") == 3, out.stdout
    timers = droplet.ssh("systemctl list-timers --all --no-legend").stdout
    assert "ipai-certbot" in timers


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
