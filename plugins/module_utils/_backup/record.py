# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Every run leaves a line, a state, metrics for Prometheus and, when something begins or ends to be wrong, a message.

C(runs.jsonl) has one JSON object for each run, C(status.json) what holds for each kind of run.  Times are UTC, as
C(2026-11-21T02:00:00Z).
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
import time
import typing as t
import urllib.error
import urllib.request

from ansible_collections.ipai.odoo.plugins.module_utils import _files, _lock
from ansible_collections.ipai.odoo.plugins.module_utils._backup.metrics import exposition
from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import seconds_of

#: Prometheus' node_exporter reads it: ``--collector.textfile.directory``.
METRICS = "/var/lib/ipai-odoo/metrics"
#: Runs of each kind that are remembered: of passes some days, of drills years.
KEPT = 500
#: Seconds until somebody is told again about what still fails.
REMINDER = 86400.0
WEBHOOK_TIMEOUT = 10.0
MESSAGE_LENGTH = 1500

#: What a run is called in messages.
NAMES = {
    "pair": "backup of database and filestore",
    "tidy": "removal of expired backups",
    "pass": "pass over the filestore",
    "verify": "verification of the repositories",
    "drill": "restore drill",
    "restore": "restore",
    "refresh": "refresh from production",
    "mend": "mending of an interrupted restore",
    "archive-full": "full backup of the database server",
    "archive-incr": "incremental backup of the database server",
    "archive-gaps": "check for gaps in the archived WAL",
    "archive-verify": "verification of the database server's archive",
    "archive": "archive of the WAL",
    "timers": "schedule of the backups",
    "files": "comparison of the database with the filestore",
}
#: Somebody sits in front of these and sees how they end.
ATTENDED = frozenset({"restore", "refresh"})
#: Kinds after which data is safe.
SAVING = ("pair", "archive-full", "archive-incr", "pass")

#: Seconds for which a kind may be skipped, run after run, before that is a failure: of what is to be had from it, there
#: is nothing.
IDLE = {"pass": 3600.0, "tidy": 8 * 86400.0}
#: Kinds that are a part of another's unit.
UNITS = {"tidy": "pair"}

GOOD, BAD, SKIPPED = "good", "failed", "skipped"

Entry = dict[str, t.Any]
#: Kind of run to what holds for it: V(last_good) and V(last_failure) (entries), V(failures) in a row, V(since) when
#: they began, V(alerted) when somebody was last told of them, V(skipping) since when each run was skipped.
Status = dict[str, dict[str, t.Any]]


def stamp(seconds: float) -> str:
    """Seconds since 1970 as text."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Run:
    """One run, from entering to leaving the ``with`` block; an exception is recorded and goes on its way.

    :ivar details: what is worth remembering.  Known to metrics and reports: V(id), V(repository), V(label), V(bytes)
        and V(stored_bytes) (numbers by part, such as V(database)), V(window) (V(start) and V(end) as times),
        V(rto_seconds), V(rpo_seconds), V(checks).
    """

    def __init__(self, state: str, kind: str, host: str, webhook_file: str = "", metrics: str = METRICS) -> None:
        self.state = state
        self.kind = kind
        self.host = host
        self.webhook_file = webhook_file
        self.metrics = metrics
        self.details: dict[str, t.Any] = {}
        self._skipped = ""

    def skip(self, why: str) -> None:
        """There was nothing to do, or it was not the moment: neither success nor failure."""
        self._skipped = why

    def __enter__(self) -> Run:
        self._start, self._clock = time.time(), time.monotonic()
        return self

    def __exit__(self, _kind: t.Any, error: BaseException | None, _trace: t.Any) -> None:
        entry: Entry = {
            "kind": self.kind,
            "host": self.host,
            "start": stamp(self._start),
            "end": stamp(time.time()),
            "seconds": round(time.monotonic() - self._clock, 1),
            "result": BAD if error else SKIPPED if self._skipped else GOOD,
            "details": self.details,
        }
        if error or self._skipped:
            entry["message"] = describe(error) if error else self._skipped
        if "INVOCATION_ID" in os.environ:
            entry["invocation"] = os.environ["INVOCATION_ID"]
        try:
            keep(self.state, entry, self.webhook_file, self.metrics)
        except Exception as problem:
            if error is None:
                raise
            # The first of two problems is the one to tell.
            error.add_note(f"The run could not be recorded either: {problem}")


#: The name that reads well: ``with record.run(…) as run``.
run = Run


def describe(error: BaseException) -> str:
    """What an exception says, shortened in the middle: what failed is at the beginning, why at the end."""
    text = str(error).strip() or type(error).__name__
    if len(text) > MESSAGE_LENGTH:
        half = MESSAGE_LENGTH // 2
        text = f"{text[:half]}\n…\n{text[-half:]}"
    return text


def keep(state: str, entry: Entry, webhook_file: str = "", metrics_folder: str = METRICS) -> Entry:
    """Remember a run that has ended, and tell whoever has to know.

    The webhook's own failure is remembered (V(alert) of the entry) and tried again after the next run.

    :raises FileError: the state cannot be written; the message was sent before.
    """
    host, kind = entry["host"], entry["kind"]
    with _lock.hold(f"record-{host}", timeout=60.0):
        status = read_status(state)
        entry = impatient(status, entry)
        text = notice(status, entry, socket.gethostname())
        after = advance(status, entry)
        if text and webhook_file:
            problem = send(webhook_file, text)
            entry["alert"] = problem or "sent"
            if problem is None:
                after[kind]["alerted"] = entry["end"] if entry["result"] == BAD else None
        runs = bounded([*read_runs(state), entry])
        access = _files.Access(os.geteuid(), os.getegid(), 0o600)
        _files.make_private_directory(state, _files.Access(access.uid, access.gid, 0o700))
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in runs)
        _files.write_atomic(os.path.join(state, "runs.jsonl"), lines.encode(), access)
        _files.write_atomic(os.path.join(state, "status.json"), json.dumps(after, indent=1).encode(), access)
        # The program's own umask lets nobody else in.
        _files.make_private_directory(metrics_folder, _files.Access(access.uid, access.gid, 0o755))
        public = _files.Access(access.uid, access.gid, 0o644)
        path = os.path.join(metrics_folder, f"ipai_backup_{host}.prom")
        _files.write_atomic(path, exposition(host, after).encode(), public)
    return entry


def recovered(state: str, kind: str, host: str, webhook_file: str = "", metrics: str = METRICS) -> bool:
    """Record a good run of a kind that has failed before: for what runs each minute and mostly has nothing to do."""
    if not read_status(state).get(kind, {}).get("failures"):
        return False
    with Run(state, kind, host, webhook_file, metrics):
        return True


def read_runs(state: str) -> list[Entry]:
    """The remembered runs, oldest first."""
    try:
        with open(os.path.join(state, "runs.jsonl"), encoding="utf-8") as stream:
            lines = stream.readlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    entries = []
    for line in lines:
        # Somebody's editor, a damaged disk: the other lines still count.
        with contextlib.suppress(ValueError):
            entries.append(json.loads(line))
    return [entry for entry in entries if isinstance(entry, dict) and "kind" in entry]


def read_status(state: str) -> Status:
    """What holds for each kind of run; rebuilt from the runs where the file is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        with open(os.path.join(state, "status.json"), encoding="utf-8") as stream:
            found = json.load(stream)
        if isinstance(found, dict):
            return t.cast(Status, found)
    status: Status = {}
    for entry in read_runs(state):
        status = advance(status, entry)
    return status


def bounded(entries: t.Sequence[Entry], kept: int = KEPT) -> list[Entry]:
    """The newest ``kept`` of each kind, in their order."""
    counts: dict[str, int] = {}
    result = []
    for entry in reversed(entries):
        counts[entry["kind"]] = counts.get(entry["kind"], 0) + 1
        if counts[entry["kind"]] <= kept:
            result.append(entry)
    return result[::-1]


def advance(status: Status, entry: Entry) -> Status:
    """The status after a run."""
    before = status.get(entry["kind"], {})
    after = {"last_good": None, "last_failure": None, "failures": 0, "since": None, "alerted": None, **before}
    if entry["result"] == GOOD:
        after.update(last_good=entry, failures=0, since=None, skipping=None)
    elif entry["result"] == SKIPPED:
        after["skipping"] = before.get("skipping") or entry["start"]
    elif entry["result"] == BAD:
        after.update(last_failure=entry, failures=after["failures"] + 1, since=after["since"] or entry["start"])
    return {**status, entry["kind"]: after}


def impatient(status: Status, entry: Entry) -> Entry:
    """The run, as a failed one if it was skipped as those before it for too long.

    :param status: before the run.
    """
    kind, since = entry["kind"], status.get(entry["kind"], {}).get("skipping")
    if entry["result"] != SKIPPED or kind not in IDLE or not since:
        return entry
    if seconds_of(entry["end"]) - seconds_of(since) < IDLE[kind]:
        return entry
    return {**entry, "result": BAD, "message": f"Skipped each time since {since}: {entry['message']}"}


def notice(status: Status, entry: Entry, machine: str) -> str | None:
    """The message that a run is worth, if it is: on the first failure in a row, daily while it lasts, and at the end.

    :param status: before the run.
    """
    kind = entry["kind"]
    if kind in ATTENDED or entry["result"] == SKIPPED:
        return None
    before = status.get(kind, {})
    told = before.get("alerted")
    name = NAMES.get(kind, kind)
    if entry["result"] == GOOD:
        if not told:
            return None
        return f"**{entry['host']} on {machine}: the {name} works again** since {entry['end']}."
    if told and seconds_of(entry["end"]) - seconds_of(told) < REMINDER:
        return None
    count = before.get("failures", 0) + 1
    since = before.get("since") or entry["start"]
    again = f" ({count} times in a row, since {since})" if count > 1 else f" ({since})"
    # A fence keeps Mattermost from reading names and mentions into the output of programs.
    reason = entry["message"].replace("```", "'''")
    return (
        f"**{entry['host']} on {machine}: the {name} has failed**{again}.\n"
        f"```\n{reason}\n```\n"
        f"Still safe: {safe(status)}\n"
        f"What to do: {todo(kind, entry['host'])}"
    )


def safe(status: Status) -> str:
    """What can be restored whatever has failed since."""
    for kind in SAVING:
        good = status.get(kind, {}).get("last_good")
        if good:
            name = f"{NAMES[kind]} {good['details'].get('id', '')}".rstrip()
            return f"the {name} of {good['start']}."
    return "nothing yet; there has been no good backup."


def unit(kind: str, host: str) -> str:
    """What systemd knows a kind of run by, without C(.service) or C(.timer)."""
    kind = UNITS.get(kind, kind)
    return f"ipai-{kind}@{host}" if kind.startswith("archive") else f"ipai-backup-{kind}@{host}"


def todo(kind: str, host: str) -> str:
    """Where to look, and how to repeat it."""
    if kind == "timers":
        return "run the playbook site, or on the droplet `systemctl unmask` and `systemctl enable --now` with each."
    if kind == "files":
        return "docs/runbook.md, *Files are missing*; they can be had as long as a backup has them."
    name = unit(kind, host)
    return (
        f"on the droplet, read `journalctl -u {name}`, mend the cause, and repeat it with `systemctl start {name}`."
        " Backups that exist are not touched."
    )


def send(webhook_file: str, text: str) -> str | None:
    """Post a message as Mattermost takes it; the problem, if there was one.  It never shows the address, a secret."""
    try:
        with open(webhook_file, encoding="utf-8") as stream:
            address = stream.read().strip()
    except OSError as exc:
        return f"the webhook's address cannot be read: {exc}"
    if not address.startswith(("https://", "http://")):
        return f"what is in {webhook_file} is no http address"
    body = json.dumps({"text": text, "username": "ipai.odoo"}).encode()
    try:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.build_opener().open(request, timeout=WEBHOOK_TIMEOUT):
            return None
    except urllib.error.HTTPError as exc:
        return f"the webhook answers {exc.code}"
    except OSError as exc:
        return f"the webhook does not answer: {getattr(exc, 'reason', exc)}"
    except Exception as exc:
        # What is wrong with an address is said with the address.
        return f"the webhook cannot be asked ({type(exc).__name__})"


def broken(
    state: str, kind: str, host: str, webhook_file: str, environ: t.Mapping[str, str], metrics: str = METRICS
) -> bool:
    """Record a run that could not do it itself: killed, out of time, or not even begun.

    :param environ: what systemd tells the unit in C(OnFailure=) about the one that failed: C(MONITOR_…), see
        systemd.exec(5).
    :returns: whether that was necessary.
    """
    invocation = environ.get("MONITOR_INVOCATION_ID", "")
    told = [entry for entry in read_runs(state) if entry.get("result") == BAD and entry.get("invocation") == invocation]
    if invocation and told:
        return False
    result = environ.get("MONITOR_SERVICE_RESULT", "unknown")
    reasons = {
        "timeout": "It took longer than its time limit and was ended.",
        "signal": f"It was killed ({environ.get('MONITOR_EXIT_STATUS', 'signal')}).",
        "oom-kill": "The droplet had too little memory, and the kernel killed it.",
    }
    reason = reasons.get(
        result, f"It ended without a word ({result}, {environ.get('MONITOR_EXIT_STATUS', 'unknown')})."
    )
    now = stamp(time.time())
    entry = {"kind": kind, "host": host, "start": now, "end": now, "seconds": 0.0, "result": BAD}
    keep(state, {**entry, "details": {}, "message": reason, "invocation": invocation}, webhook_file, metrics)
    return True
