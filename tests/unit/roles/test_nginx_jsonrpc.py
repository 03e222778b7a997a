# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter in front of Odoo's JSON-RPC, run in LuaJIT, judged by Python's own json.loads()."""

from __future__ import annotations

import json
import random
import typing as t
from pathlib import Path

import pytest

lupa = pytest.importorskip("lupa.luajit21", reason="lupa (LuaJIT) is not installed")

SERVICES = {"common", "object"}
Judge = t.Callable[[bytes], bool]


@pytest.fixture(scope="module")
def judge(root: Path) -> Judge:
    runtime = lupa.LuaRuntime(encoding=None, unpack_returned_tuples=True)
    module = runtime.execute((root / "roles/nginx/files/jsonrpc.lua").read_bytes())

    def call(body: bytes) -> bool:
        verdict = module[b"judge"](body)
        return (verdict[0] if isinstance(verdict, tuple) else verdict) is True

    return call


def service_of(body: bytes) -> t.Any:
    """What Odoo would dispatch to: http.py reads the body as text and makes a dict of its params."""
    request = json.loads(body.decode("utf-8", "replace"))
    return dict(request.get("params", {})).get("service")


def request(service: str, *args: t.Any) -> dict[str, t.Any]:
    return {"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": service, "method": "m", "args": args}}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(request("common", "erp", "admin", "secret")),
        json.dumps(request("object", "db", 2, "x", "res.partner", "search", [["service", "=", "db"]])),
        json.dumps(
            request("object", "erp", 2, "x", "res.partner", "create", {"service": "db", "params": {"service": "db"}})
        ),
        json.dumps(request("object", 'quotes " and \\ and } ] {', "\u0000\u00e9\ud83d\ude00"), ensure_ascii=True),
        json.dumps(request("object", "é \u2028 \U0001f600"), ensure_ascii=False),
        json.dumps(request("object"), indent=4),
        '{"params":{"args":[[[]],{},{"a":[{"service":"db"}]}],"method":"m","service":"object"}}',
        '{"other":{"service":"db"},"params":{"service":"common","method":"version","args":[]},"service":"db"}',
        '\r\n\t {"params" : {"service" : "common" , "method":"version","args":[] } } ',
        '{"params":{"service":"object","a":null,"b":true,"c":-1.5e3,"d":[1,2],"e":"x"},"id":null}',
    ],
)
def test_passes(judge: Judge, body: str) -> None:
    data = body.encode("utf-8", "surrogatepass")
    assert service_of(data) in SERVICES
    assert judge(data)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(request("db")),
        json.dumps(request("common")) + json.dumps(request("db")),
        '{"params":{"service":"d\\u0062"}}',
        '{"params":{"service":"\\u0064\\u0062"}}',
        '{"params":{"serv\\u0069ce":"db"}}',
        '{"params":{"serv\\u0069ce":"db","service":"common"}}',
        '{"params":{"service":"common","serv\\u0069ce":"db"}}',
        '{"par\\u0061ms":{"service":"db"},"params":{"service":"common"}}',
        '{"params":{"service":"common"},"par\\u0061ms":{"service":"db"}}',
        '{"params":{"service":"common"},"params":{"service":"db"}}',
        '{"params":{"service":"db"},"params":{"service":"common"}}',
        '{"params":{"service":"common","service":"db"}}',
        '{"params":{"service":"common","service":null}}',
        '{"params":{"service":"common"},"params":null}',
        '{"params":{"service":"common"},"params":[["service","db"]]}',
        '{"params":[["service","db"],["method","list"],["args",[]]]}',
        '{"params":[{"service":"common"},["service","db"]]}',
        '{"params":{"service":["db"]}}',
        '{"params":{"service":{"service":"common"}}}',
        '{"params":{"service":null}}',
        '{"params":{"service":"DB"}}',
        '{"params":{"service":" common"}}',
        '{"params":{"x":{"service":"common"},"service":"db"}}',
        '{"params":{"x":["a","b"],"service":"db"}}',
        '{"params":{"x":"\\\\","service":"db","y":"\\""}}',
        '{"params":{"x":"\\",\\"service\\":\\"common\\"","method":"m"}}',
        '{"params":{"method":"list","args":[]}}',
        '{"service":"common"}',
        '{"a":{"params":{"service":"common"}}}',
        '[{"params":{"service":"common"}}]',
        '"params"',
        '{"params":"service"}',
        '{"params":{"service":"common"}',
        '{"params":{"service":"common"}}}',
        '{"params":{"service":"common',
        "",
        "null",
        "[]",
        "{}",
    ],
)
def test_refused(judge: Judge, body: str) -> None:
    assert not judge(body.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig"])
def test_other_encodings_gain_nothing(judge: Judge, encoding: str) -> None:
    assert not judge(json.dumps(request("db")).encode(encoding))


class Forger:
    """Makes requests that try to say one thing to the filter and another to Odoo."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def space(self) -> str:
        return self.random.choice(["", "", "", " ", "\n", "\t", "\r\n "])

    def text(self, value: str) -> str:
        if self.random.random() < 0.75:
            return json.dumps(value)
        return '"' + "".join(c if self.random.random() < 0.6 else f"\\u{ord(c):04x}" for c in value) + '"'

    def string(self) -> str:
        words = ["service", "params", "db", "common", "object", "method", '"', "\\", "{", "}", "[", "]", ":", ",", "x"]
        return self.text("".join(self.random.choices(words, k=self.random.choice([1, 1, 1, 1, 2, 3]))))

    def key(self) -> str:
        return self.text(self.random.choice(["service", "service", "params", "params", "method", "args"]))

    def value(self, depth: int) -> str:
        kind = self.random.random()
        if depth > 4 or kind < 0.4:
            return self.string()
        if kind < 0.5:
            return self.random.choice(["1", "null", "true", "-2e5", "NaN", '""'])
        between = self.space() + "," + self.space()
        if kind < 0.65:
            return "[" + between.join(self.value(depth + 1) for unused in range(self.random.randint(0, 3))) + "]"
        return self.object(depth + 1)

    def object(self, depth: int) -> str:
        return "{" + ",".join(self.pair(depth) for unused in range(self.random.randint(0 if depth else 1, 3))) + "}"

    def pair(self, depth: int) -> str:
        key, value = self.key(), self.value(depth)
        # Most requests shall be nearly harmless.
        if "params" in key and depth == 0 and self.random.random() < 0.7:
            value = self.object(1)
        elif "service" in key and depth == 1 and self.random.random() < 0.8:
            value = self.random.choice(['"common"', '"object"'])
        return f"{self.space()}{key}{self.space()}:{self.space()}{value}{self.space()}"

    def mutate(self, body: str) -> str:
        """Now and then damage it: an unfinished text must not confuse the filter into consent."""
        if self.random.random() < 0.8 or not body:
            return body
        at = self.random.randrange(len(body))
        return body[:at] + self.random.choice(['"', "\\", "{", "}", "[", "]", ",", ":", ""]) + body[at + 1 :]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_passes_asks_for_an_offered_service(judge: Judge, seed: int) -> None:
    forger = Forger(seed)
    passed = 0
    for _unused in range(2000):
        body = forger.mutate(forger.object(0)).encode()
        if not judge(body):
            continue
        try:
            service = service_of(body)
        except (ValueError, TypeError, AttributeError):
            continue  # Odoo refuses it.
        assert service in SERVICES, body
        passed += 1
    assert passed > 0


def test_large_and_deep_bodies_are_judged(judge: Judge) -> None:
    assert judge(json.dumps(request("object", "A" * 5_000_000)).encode())
    assert judge(b'{"params":{"args":' + b"[" * 100_000 + b"]" * 100_000 + b',"service":"object"}}')
    assert not judge(b'{"params":{"args":' + b"[" * 100_000 + b"]" * 100_000 + b',"service":"db"}}')
