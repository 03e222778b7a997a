# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and supervise the services around a lab droplet; end all of them when one ends.

Ports: 5000 registry, 9000 S3, 9418 git, 14000 ACME (15000 its management), 8053 DNS (8055 its management),
25 465 587 2525 443 the mail sink. Everything that the sink accepts, even a bare connection, is a line in
/sink/connections; every mail is a file /sink/*.eml.
Environment: WORLD_IP, the address of these services; DROPLET_IP, the address that DNS gives for every name.
"""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from aiosmtpd.smtp import SMTP

ADDRESS = os.environ["WORLD_IP"]
DROPLET = os.environ["DROPLET_IP"]
ETC = pathlib.Path("/etc/world")
SINK = pathlib.Path("/sink")
GIT = pathlib.Path("/srv/git")
SINK_PORTS = (25, 465, 587, 2525, 443)


def certificates() -> None:
    """A private CA and the certificate of ACME directory and S3 (what the directory issues is pebble's own)."""
    if (ETC / "ca.pem").exists():
        return

    def openssl(*arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments], check=True, cwd=ETC, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "3650",
        "-subj",
        "/CN=Lab directory CA",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    )
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=acme.lab.test", "-keyout", "acme.key", "-out", "acme.csr"
    )
    # Python 3.13 wants every extension that RFC 5280 asks for.
    (ETC / "san").write_text(
        f"subjectAltName=IP:{ADDRESS},DNS:acme.lab.test,DNS:s3.lab.test\nbasicConstraints=CA:FALSE\n"
        "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    openssl(
        "x509",
        "-req",
        "-in",
        "acme.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "3650",
        "-extfile",
        "san",
        "-out",
        "acme.pem",
    )


def configurations() -> None:
    (ETC / "pebble.json").write_text(
        json.dumps(
            {
                "pebble": {
                    "listenAddress": "0.0.0.0:14000",
                    "managementListenAddress": "0.0.0.0:15000",
                    "certificate": str(ETC / "acme.pem"),
                    "privateKey": str(ETC / "acme.key"),
                    "httpPort": 80,
                    "tlsPort": 443,
                    "ocspResponderURL": "",
                    "externalAccountBindingRequired": False,
                    "certificateValidityPeriod": 90 * 86400,
                }
            }
        )
    )
    (ETC / "registry.yml").write_text(
        "version: 0.1\nlog: {level: error}\n"
        "storage:\n  filesystem: {rootdirectory: /registry}\n  delete: {enabled: true}\n"
        "http: {addr: ':5000'}\n"
    )


def repositories() -> None:
    """A bare git repository for each folder of addons, with fixed authors and dates: the same commits in every lab."""
    when = "2026-01-01T00:00:00+0000"
    who = {
        "GIT_AUTHOR_NAME": "Lab",
        "GIT_AUTHOR_EMAIL": "lab@lab.test",
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": "Lab",
        "GIT_COMMITTER_EMAIL": "lab@lab.test",
        "GIT_COMMITTER_DATE": when,
    }
    for source in sorted(pathlib.Path("/usr/share/world/addons").iterdir()):
        bare = GIT / f"{source.name}.git"
        if bare.exists():
            continue
        work = pathlib.Path("/tmp") / source.name
        shutil.copytree(source, work)

        def git(*arguments: str, where: pathlib.Path = work) -> None:
            subprocess.run(
                ["git", *arguments], check=True, cwd=where, env={**os.environ, **who}, stdout=subprocess.DEVNULL
            )

        git("init", "--quiet", "--initial-branch", "19.0")
        git("add", "--all")
        git("commit", "--quiet", "--message", "feat: first version")
        git("clone", "--quiet", "--bare", str(work), str(bare))
        (bare / "git-daemon-export-ok").touch()
        shutil.rmtree(work)


class Sink:
    """Keeps what it is sent, with the port it came to."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def handle_DATA(self, server: SMTP, session: object, envelope: object) -> str:  # noqa: N802
        (SINK / f"{time.time_ns()}-{self.port}.eml").write_bytes(envelope.content)
        return "250 kept"


class RecordingSMTP(SMTP):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        with (SINK / "connections").open("a", encoding="utf-8") as log:
            log.write(f"{time.time():.3f} port {self.event_handler.port} from {peer[0]}\n")
        super().connection_made(transport)


async def sink() -> None:
    loop = asyncio.get_running_loop()
    for port in SINK_PORTS:
        await loop.create_server(lambda port=port: RecordingSMTP(Sink(port), enable_SMTPUTF8=True), "0.0.0.0", port)


async def main() -> int:
    for folder in (ETC, SINK, GIT, pathlib.Path("/s3/backups"), pathlib.Path("/registry")):
        folder.mkdir(parents=True, exist_ok=True)
    certificates()
    configurations()
    repositories()
    await sink()
    commands = {
        "registry": ["docker-registry", "serve", str(ETC / "registry.yml")],
        "dns": [
            "pebble-challtestsrv",
            "-defaultIPv4",
            DROPLET,
            "-defaultIPv6",
            "",
            "-dns01",
            ":8053",
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
            "-doh",
            "",
            "-management",
            ":8055",
        ],
        "acme": ["pebble", "-config", str(ETC / "pebble.json"), "-dnsserver", "127.0.0.1:8053"],
        "s3": [
            "/opt/rclone/bin/rclone",
            "serve",
            "s3",
            "--addr",
            ":9000",
            "--auth-key",
            "lab-access,lab-secret-not-for-use",
            "--cert",
            str(ETC / "acme.pem"),
            "--key",
            str(ETC / "acme.key"),
            "--dir-cache-time",
            "1s",
            "/s3",
        ],
        "git": ["git", "daemon", "--reuseaddr", f"--base-path={GIT}", str(GIT)],
    }
    environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "HOME": "/root"}
    running = {name: await asyncio.create_subprocess_exec(*argv, env=environment) for name, argv in commands.items()}
    waits = {asyncio.create_task(process.wait()): name for name, process in running.items()}
    done, _pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        print(f"{waits[task]} ended with code {task.result()}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
