# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups against the script that people use, in one run on the lab droplet: ``make bench-backup``.

Both back up the same database and filestore: at first, then after each of some working days, in turns of alternating
order; both are restored. Then the demo's Odoo answers a steady load, with and without a backup beside it.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
COLLECTION = HERE.parents[2]
sys.path.insert(0, str(COLLECTION / "tests" / "integration"))

from lab.droplets import DROPLET, Droplet  # noqa: E402
from lab.places import HOME  # noqa: E402
from load import RATE, Load, Window  # noqa: E402

ROOT = "/srv/bench"
PACKAGE = "ansible_collections/ipai/odoo/plugins/module_utils"
#: As the timers' services run.
SERVICE = ["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--property=Nice=19"]
SERVICE += ["--property=IOSchedulingClass=idle", "--property=CPUWeight=10", "--property=IOWeight=10"]
#: What is promised.  On 50 MB, the starts of restic and its pieces of a MB weigh more: --quick is held to what shows
#: that deduplication works at all.
PROMISED = {"second_time_ratio": 0.5, "second_size_percent": 3.0, "restore_seconds": 180, "rpo_seconds": 60}
PROMISED_QUICK = {"second_time_ratio": 5.0, "second_size_percent": 20.0}


class Bench:
    """The room on the droplet: what is called there, one step after the other."""

    def __init__(self, droplet: Droplet) -> None:
        self.droplet = droplet
        self.argv = ["docker", "exec", "--interactive", droplet.container]

    def __enter__(self) -> Bench:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            archive.add(COLLECTION / "plugins" / "module_utils", PACKAGE, filter=_plain)
            for name in ("droplet.py", "data.py", "archive.py"):
                archive.add(HERE / name, name)
        command = f"rm -rf {ROOT}/program && mkdir -p -m 0700 {ROOT}/program && tar -C {ROOT}/program -x"
        subprocess.run([*self.argv, "sh", "-c", command], input=stream.getvalue(), check=True)
        return self

    def __exit__(self, *_: object) -> None:
        # Nobody may interrupt the end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self.step("remove")
        subprocess.run([*self.argv, "rm", "-rf", ROOT], check=True)

    def step(self, name: str, *arguments: object, service: bool = False) -> Any:
        """Run a step of droplet.py, as a timer's service if asked; what it answers."""
        begin = time.monotonic()
        command = ["env", f"PYTHONPATH={ROOT}/program", "python3", "-B", f"{ROOT}/program/droplet.py", name]
        command += [str(one) for one in arguments]
        done = subprocess.run(
            [*self.argv, *(SERVICE if service else []), *command], stdout=subprocess.PIPE, check=True, text=True
        )
        say(f"    {name}: {time.monotonic() - begin:.1f} s")
        return json.loads(done.stdout)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if info.name.endswith((".pyc", "__pycache__")) else info


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def turns(number: int, *steps: Any) -> None:
    """Do the steps, each time beginning with another one."""
    for step in steps if number % 2 else steps[::-1]:
        step()


def measure(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    say(f"==> a database and a filestore of {options.size} MB")
    found: dict[str, Any] = {"made": bench.step("make", options.size)}
    for name in ("first", "second", "restore"):
        found[name] = {"product": [], "peer": []}
    found["days"] = []

    def first() -> None:
        bench.step("fresh")
        found["first"]["product"].append(bench.step("product"))

    for number in range(options.repetitions):
        say(f"==> first backup, {number + 1} of {options.repetitions}")
        turns(number, first, lambda: found["first"]["peer"].append(bench.step("peer")))
    for number in range(options.repetitions):
        say(f"==> a working day, then the next backup, {number + 1} of {options.repetitions}")
        found["days"].append(bench.step("change", number))
        turns(
            number,
            lambda: found["second"]["product"].append(bench.step("product")),
            lambda: found["second"]["peer"].append(bench.step("peer")),
        )
    archive = found["second"]["peer"][-1]["archive"]
    for number in range(options.repetitions):
        say(f"==> restore, {number + 1} of {options.repetitions}")
        turns(
            number,
            lambda: found["restore"]["product"].append(bench.step("restore_product")),
            lambda: found["restore"]["peer"].append(bench.step("restore_peer", archive)),
        )
    if options.load:
        found["load"] = loaded(bench, options)
    say("==> the server's archive: a full backup, the next after a working day, a kill under load")
    # The last one: the server is not started again.
    found["archive"] = bench.step("archived", options.repetitions)
    return found


def grown(bench: Bench, sizes: list[int]) -> list[dict[str, Any]]:
    """A first backup and its drill, for each size."""
    found = []
    for size in sizes:
        say(f"==> a database and a filestore of {size} MB")
        made = bench.step("make", size)
        bench.step("fresh")
        found.append({"made": made, "first": bench.step("product"), "drill": bench.step("drilled")})
    return found


def loaded(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """The demo's answers without and with a whole first backup beside them, in turns."""
    quiet, busy = Window(), Window()
    seconds = []
    with Load(bench.droplet) as load:
        time.sleep(5)  # until each worker of Odoo has its caches
        for number in range(options.repetitions):
            say(f"==> steady load of {RATE} requests a second, {number + 1} of {options.repetitions}")
            bench.step("fresh")
            with load.window(busy):
                seconds.append(bench.step("product", service=True)["seconds"])
            with load.window(quiet):
                time.sleep(max(10.0, min(seconds[-1], 60.0)))
    return {"quiet": quiet.figures(), "busy": busy.figures(), "seconds": seconds}


# What is said


def mid(answers: list[dict[str, Any]], *keys: str) -> float:
    """The median of a figure."""
    values = [functools.reduce(lambda value, key: value[key], keys, answer) for answer in answers]
    return median(values)


def summary(found: dict[str, Any]) -> dict[str, float]:
    """The four figures of the last line."""
    first, second = found["first"]["product"], found["second"]["product"]
    return {
        "second_time_ratio": mid(second, "seconds") / mid(found["second"]["peer"], "seconds"),
        "second_size_percent": 100 * mid(second, "stored") / mid(first, "stored"),
        "restore_seconds": mid(found["restore"]["product"], "seconds"),
        "rpo_seconds": found["archive"]["rpo_seconds"],
    }


def last_line(figures: dict[str, float]) -> str:
    forms = {"second_time_ratio": ".2f", "second_size_percent": ".1f", "restore_seconds": ".1f", "rpo_seconds": ".0f"}
    said = {name: format(value, forms[name]) for name, value in figures.items()}
    return " ".join(f"{name}={value}" for name, value in said.items())


def table(found: dict[str, Any]) -> str:
    made, how = found["made"], found["second"]["peer"][-1]["how"]
    rows = [("", "", "seconds", "MB stored", "of which")]
    for phase, title in (("first", "first backup"), ("second", "after a day"), ("restore", "restore, Odoo answers")):
        for name, label in (("product", "this collection"), ("peer", how)):
            answers = found[phase][name]
            parts = ", ".join(f"{part} {mid(answers, 'parts', part):.1f}" for part in answers[0]["parts"])
            stored = f"{mid(answers, 'stored') / 1e6:.1f}" if "stored" in answers[0] else ""
            if phase == "restore" and name == "peer":
                title, label = "restore", "tar -x, pg_restore -j2"  # noqa: PLW2901
            rows.append((title, label, f"{mid(answers, 'seconds'):.1f}", stored, parts))
    archive = found["archive"]
    values = (f"{archive['seconds']:.1f}", f"{archive['stored'] / 1e6:.1f}", f"with WAL {archive['all'] / 1e6:.1f} MB")
    rows.append(("hourly incremental", "pgBackRest", *values))
    text = [f"database {made['database'] / 1e6:.0f} MB, {made['files']} files of {made['filestore'] / 1e6:.0f} MB"]
    text += ["", *grid(rows), "", "a working day (the last one):"]
    text += [
        f"  {name}: {done['new']} new, {done['updated']} updated of {done['rows']}"
        for name, done in found["days"][-1].items()
    ]
    if "load" in found:
        text += ["", *grid(load_rows(found["load"]))]
    return "\n".join(text)


def growth(found: list[dict[str, Any]]) -> str:
    rows = [("database MB", "filestore MB", "files", "backup s", "drill s")]
    for one in found:
        made = one["made"]
        sizes = (f"{made['database'] / 1e6:.0f}", f"{made['filestore'] / 1e6:.0f}", f"{made['files']}")
        rows.append((*sizes, f"{one['first']['seconds']:.1f}", f"{one['drill']['seconds']:.1f}"))
    return "\n".join(grid(rows))


def load_rows(load: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [(f"{RATE} requests a second", "requests", "errors", "P50 ms", "P95 ms")]
    for name, title in (("quiet", "no backup"), ("busy", f"while one runs ({median(load['seconds']):.1f} s)")):
        one = load[name]
        rows.append((title, f"{one['requests']}", f"{one['errors']}", f"{one['p50']:.0f}", f"{one['p95']:.0f}"))
    return rows


def grid(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def shortcomings(figures: dict[str, float], promised: dict[str, float]) -> list[str]:
    return [
        f"{name} is {value:.2f}, and {promised[name]} is promised"
        for name, value in figures.items()
        if name in promised and value > promised[name]
    ]


def _sizes(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-backup", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=1000, help="MB of the database, and of the filestore")
    parser.add_argument("--repetitions", type=int, default=3, help="of each step; medians are told")
    parser.add_argument("--quick", action="store_true", help="50 MB, once, without the load: about a minute")
    parser.add_argument("--no-load", dest="load", action="store_false", help="leave out the steady load")
    parser.add_argument(
        "--sizes", type=_sizes, default=[], metavar="MB,…", help="only a first backup and its drill, for each of them"
    )
    parser.add_argument("--check", action="store_true", help="fail when a promise is not kept")
    parser.add_argument("--json", type=Path, default=HOME / "bench-backup.json", help="where all figures go")
    options = parser.parse_args()
    if options.quick:
        options.size, options.repetitions, options.load = 50, 1, False
    # So that what is ended is cleaned up as what is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = time.monotonic()
    with Bench(DROPLET) as bench:
        if options.sizes:
            print(growth(grown(bench, options.sizes)))
            return 0
        found = measure(bench, options)
    figures = summary(found)
    machine = {"kernel": platform.release(), "processors": os.cpu_count()}
    found.update(summary=figures, options={**vars(options), "json": str(options.json)}, machine=machine)
    options.json.write_text(json.dumps(found, indent=1))
    say(f"    {time.monotonic() - begin:.0f} s in all; every figure is in {options.json}")
    print(f"{table(found)}\n\n{last_line(figures)}")
    failed = shortcomings(figures, PROMISED_QUICK if options.quick else PROMISED) if options.check else []
    for one in failed:
        say(one)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
