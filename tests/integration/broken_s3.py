# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A way to the lab's S3 service that is broken as it is told; lab.broken starts it in the world's container.

Arguments: port of the way, port of its management.  It ends with its standard input.
``POST /`` to the management takes JSON:

- V(share): of the requests that are spoilt, 0 to 1, evenly spread; V(after): requests that pass before;
- V(how): ``503``, ``skew`` (what S3 answers to a wrong clock), ``hang`` (no answer), ``truncate`` (half of an answer),
  ``refuse`` (nobody listens).

``GET /`` answers V(seen) and V(spoilt), the requests since the last POST.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import ssl
import sys
import time
from typing import Any

CERTIFICATE = ("/etc/world/acme.pem", "/etc/world/acme.key")
BACKEND = 9000
ANSWERS = {
    "503": ("503 Service Unavailable", "SlowDown", "Please reduce your request rate."),
    "skew": (
        "403 Forbidden",
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
}

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class Way:
    def __init__(self, port: int) -> None:
        self.port = port
        self.rule: dict[str, Any] = {}
        self.seen = self.spoilt = 0
        self.server: asyncio.Server | None = None
        self.open: set[Writer] = set()
        self.outside = ssl.create_default_context()
        self.outside.check_hostname, self.outside.verify_mode = False, ssl.CERT_NONE

    async def obey(self, rule: dict[str, Any]) -> None:
        self.rule, self.seen, self.spoilt = rule, 0, 0
        if self.server:
            self.server.close()
            self.server = None
        for writer in list(self.open):
            writer.transport.abort()
        if rule.get("how") != "refuse":
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*CERTIFICATE)
            self.server = await asyncio.start_server(self.serve, "0.0.0.0", self.port, ssl=context, limit=1 << 20)

    def spoil(self) -> str:
        """How the next request is spoilt, if it is."""
        self.seen += 1
        share, after = self.rule.get("share", 0), self.rule.get("after", 0)
        late = self.seen - after
        if late > 0 and int(late * share) > int((late - 1) * share):
            self.spoilt += 1
            return str(self.rule["how"])
        return ""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.open.add(writer)
        try:
            back = await asyncio.open_connection("127.0.0.1", BACKEND, ssl=self.outside, limit=1 << 20)
            self.open.add(back[1])
            try:
                await self.requests(reader, writer, *back)
            finally:
                self.open.discard(back[1])
                back[1].close()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    async def requests(self, reader: Reader, writer: Writer, back: Reader, forth: Writer) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
            how = self.spoil()
            if how == "hang":
                await asyncio.sleep(3600)
            body = await reader.readexactly(length)
            if how in ANSWERS:
                status, code, message = ANSWERS[how]
                text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
                # S3 says what time it is; that is all that an answer to HEAD tells of a wrong clock.
                date = email.utils.formatdate(time.time() + (1200 if how == "skew" else 0), usegmt=True)
                writer.write(
                    f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Type: application/xml\r\n"
                    f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode()
                )
                await writer.drain()
                return
            forth.write(head + body)
            await forth.drain()
            answer = await back.readuntil(b"\r\n\r\n")
            writer.write(answer)
            bare = lines[0].startswith("head ")
            if how == "truncate":
                # The head promises a body, of which the beginning comes.
                writer.write(b"" if bare else await back.read(100))
                await writer.drain()
                return
            await self.body(answer, bare, back, writer)

    async def body(self, answer: bytes, bare: bool, back: Reader, writer: Writer) -> None:
        """Carry the body of an answer over."""
        lines = answer.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        if bare or lines[0].split()[1] in ("204", "304"):
            length = 0
        elif "transfer-encoding: chunked" in lines:
            while (size := await back.readline()).strip() != b"0":
                writer.write(size + await back.readexactly(int(size, 16) + 2))
            writer.write(size + await back.readuntil(b"\r\n"))
        while length:
            block = await back.read(min(length, 65536))
            if not block:
                raise OSError("the service has hung up")
            length -= len(block)
            writer.write(block)
            await writer.drain()
        await writer.drain()


async def manage(way: Way, reader: Reader, writer: Writer) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if head.startswith("post"):
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        await way.obey(json.loads(await reader.readexactly(length)))
    text = json.dumps({"seen": way.seen, "spoilt": way.spoilt})
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())
    await writer.drain()
    writer.close()


async def main() -> None:
    port, management = map(int, sys.argv[1:3])
    way = Way(port)
    await way.obey({})
    await asyncio.start_server(lambda reader, writer: manage(way, reader, writer), "0.0.0.0", management)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
