# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Staging from production data, beside a bare copy and what others offer, in one run: ``make bench-scrub``.

A server of its own gets a database of Odoo's real tables, filled to the size that is asked for.  All ways then make a
staging database of it, in turns of alternating order.  What is left of the originals is looked for with grep.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))

from data import Source  # noqa: E402
from lab.places import HOME  # noqa: E402
from meter import Meter  # noqa: E402
from peers import Obfuscate, Peer, PgAnon, Pganonymize, Pynonymizer, environment  # noqa: E402
from scan import Scanner  # noqa: E402
from server import NAME, ODOO, Server  # noqa: E402
from ways import Folder, Ours, Pipe, Script, Update, Way  # noqa: E402

#: By the names of ``--ways``.
WAYS: dict[str, type[Way]] = {
    "pipe": Pipe,
    "folder": Folder,
    "ours": Ours,
    "update": Update,
    "pg_anon": PgAnon,
    "pganonymize": Pganonymize,
    "pynonymizer": Pynonymizer,
    "obfuscate": Obfuscate,
    "regex": Script,
}
FLOORS = ("pipe", "folder")
#: MB that slow ways do: their time for more is reckoned.
PART = 50
SOURCE, TARGET = "production", "staging"
PROMISED = {"scrub_over_floor": 1.3, "scrub_verify_over_floor": 2.0, "leaks": 0, "secrets": 0}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass
class Case:
    """A database that stands for production, and what is known of it."""

    source: Source
    scanner: Scanner
    facts: dict[str, Any]

    @classmethod
    def make(cls, server: Server, name: str, megabytes: int) -> Case:
        say(f"==> production data: {megabytes} MB of plain dump")
        source, begin = Source(server, name), time.monotonic()
        source.make(megabytes)
        scanner = Scanner(server, source)
        facts: dict[str, Any] = {"needles": scanner.learn(megabytes), "seconds": time.monotonic() - begin}
        facts["dump"] = int(server.shell('pg_dump -d "$name" | wc -c', name=name))
        facts["modules"] = int(server.sql(name, "SELECT count(*) FROM ir_module_module WHERE state = 'installed'"))
        facts["left"] = scanner.scan(name).answer()
        say(f"    {facts['seconds']:.1f} s: {facts['dump'] / 1e6:.0f} MB, {facts['needles']}")
        return cls(source, scanner, facts)


def measure(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    whole = part = Case.make(server, SOURCE, options.size)
    if options.size > PART and any(WAYS[name].slow for name in options.ways):
        part = Case.make(server, "part", PART)
    found: dict[str, Any] = {"source": whole.facts, "part": part.facts, "left": {}}
    found["ways"] = {name: [] for name in options.ways}
    meter = Meter(NAME, ODOO)
    if any(issubclass(WAYS[name], Peer) for name in options.ways):
        environment()  # not within somebody's time
    for number in range(options.repetitions):
        say(f"==> all ways, {number + 1} of {options.repetitions}")
        for name in options.ways[::-1] if number % 2 else options.ways:
            case = part if WAYS[name].slow else whole
            way = WAYS[name](server, case.source)
            server.settle()
            with meter.measure() as reading:
                way.run(TARGET, reading)
            share = whole.facts["dump"] / case.facts["dump"]
            reading.parts = {step: seconds * share for step, seconds in reading.parts.items()}
            found["ways"][name].append({**reading.answer(), "reckoned": case is not whole})
            say(f"    {way.label}: {reading.seconds:.1f} s{', reckoned' * (case is not whole)}")
            if way.changes and number == options.repetitions - 1:
                found["left"][name] = case.scanner.scan(TARGET).answer()
            server.drop(TARGET)
            way.work()
    return found


# What is said


def mid(runs: list[dict[str, Any]], *keys: str) -> float:
    """The median of a figure."""
    values = [run["parts"][keys[1]] if len(keys) > 1 else run[keys[0]] for run in runs]
    return float(median(values))


def floor(found: dict[str, Any]) -> float:
    """Seconds of the better one; what is not run counts for nothing."""
    return min((mid(found["ways"][name], "seconds") for name in FLOORS if name in found["ways"]), default=float("nan"))


def summary(found: dict[str, Any]) -> dict[str, float]:
    """The figures of the last line, as far as there are any."""
    if "ours" not in found["ways"]:
        return {}
    runs, left, bare = found["ways"]["ours"], found["left"]["ours"], floor(found)
    return {
        "scrub_over_floor": mid(runs, "parts", "scrub") / bare,
        "scrub_verify_over_floor": mid(runs, "seconds") / bare,
        "leaks": left["leaks"],
        "secrets": left["secrets"],
        "peak_mib": mid(runs, "program") / 2**20,
    }


def last_line(figures: dict[str, float]) -> str:
    forms = {
        "scrub_over_floor": ".2f",
        "scrub_verify_over_floor": ".2f",
        "leaks": "d",
        "secrets": "d",
        "peak_mib": ".0f",
    }
    return " ".join(f"{name}={format(figures[name], form) if figures else 'na'}" for name, form in forms.items())


def table(found: dict[str, Any]) -> str:
    source, bare = found["source"], floor(found)
    before = source["left"]
    head = ("", "seconds", "of floor", "MB/s", "MiB", "server MiB", "leaking columns", "secrets", "in its files")
    rows: list[tuple[str, ...]] = [head]
    for name, runs in found["ways"].items():
        seconds, left = mid(runs, "seconds"), found["left"].get(name)
        figures = [f"{seconds:.1f}{'*' if runs[-1]['reckoned'] else ''}", f"{seconds / bare:.2f}"]
        figures += [f"{source['dump'] / 1e6 / seconds:.0f}"]
        figures += [f"{mid(runs, key) / 2**20:.0f}" for key in ("program", "server")]
        figures += [str(left[key]) for key in ("leaks", "secrets", "heap")] if left else ["", "", ""]
        rows.append((WAYS[name].label, *figures))
    text = [f"{source['dump'] / 1e6:.0f} MB of plain dump, {source['modules']} modules; looked for and found in it:"]
    text[0] += f" people in {before['leaks']} columns, {before['secrets']} secrets; {before['heap']} in its files"
    text += ["", *grid(rows), "", "parts of the seconds:"]
    for name, runs in found["ways"].items():
        parts = ", ".join(f"{part} {mid(runs, 'parts', part):.1f}" for part in runs[0]["parts"])
        text.append(f"  {WAYS[name].label}: {parts}")
    if any(runs[-1]["reckoned"] for runs in found["ways"].values()):
        text.append(f"* reckoned from {found['part']['dump'] / 1e6:.0f} MB of such data, which are looked at, too")
    return "\n".join(text)


def grid(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _ways(text: str) -> list[str]:
    unknown = [name for name in text.split(",") if name not in WAYS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(WAYS)}")
    return text.split(",")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-scrub", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=1000, help="MB of plain dump")
    parser.add_argument("--repetitions", type=int, default=3, help="of each way; medians are told")
    parser.add_argument(
        "--ways", type=_ways, default=list(WAYS), metavar="NAME,…", help=f"only some of {', '.join(WAYS)}"
    )
    parser.add_argument("--ours", metavar="COMMAND", default="", help=" ".join((Ours.__doc__ or "").split()))
    parser.add_argument("--quick", action="store_true", help="50 MB, once")
    parser.add_argument("--check", action="store_true", help="fail when a promise is not kept")
    parser.add_argument("--json", type=Path, default=HOME / "bench-scrub.json", help="where all figures go")
    options = parser.parse_args()
    if options.quick:
        options.size, options.repetitions = 50, 1
    Ours.command = options.ours
    if not options.ours:
        options.ways = [name for name in options.ways if name != "ours"]
    # So that what is ended is cleaned up as what is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = time.monotonic()
    images = {name: os.environ[f"IPAI_LAB_IMAGE_{name}"] for name in ("postgres", "odoo")}
    with Server(images, HOME) as server:
        found = measure(server, options)
    figures = summary(found)
    machine = {"kernel": platform.release(), "processors": os.cpu_count()}
    found.update(summary=figures, options={**vars(options), "json": str(options.json)}, machine=machine)
    options.json.write_text(json.dumps(found, indent=1))
    say(f"    {time.monotonic() - begin:.0f} s in all; every figure is in {options.json}")
    print(f"{table(found)}\n\n{last_line(figures)}")
    failed = [name for name, most in PROMISED.items() if figures.get(name, most + 1) > most] if options.check else []
    for name in failed:
        say(f"{name} is {figures.get(name, 'not measured')}, and {PROMISED[name]} is promised")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
