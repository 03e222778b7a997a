# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import stat
import threading
import typing as t
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _files
from ansible_collections.ipai.odoo.plugins.module_utils._backup import record


class Receiver(HTTPServer):
    """A webhook that remembers what it was told, and answers as it is asked to."""

    code = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[dict[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.code == 200:
            self.server.heard.append(json.loads(body))
        self.send_response(self.server.code)
        self.end_headers()

    def log_message(self, *_unused: t.Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Place(t.NamedTuple):
    state: str
    webhook: str
    metrics: str

    def run(self, kind: str = "pair") -> record.Run:
        return record.run(self.state, kind, "erp", self.webhook, self.metrics)

    def good(self, kind: str = "pair", **details: t.Any) -> None:
        with self.run(kind) as run:
            run.details.update(details)

    def bad(self, kind: str = "pair", text: str = "the disk is full") -> None:
        with pytest.raises(RuntimeError), self.run(kind):
            raise RuntimeError(text)

    @property
    def last(self) -> record.Entry:
        return record.read_runs(self.state)[-1]


@pytest.fixture
def place(tmp_path: Path, receiver: Receiver) -> Place:
    webhook = tmp_path / "webhook"
    webhook.write_text(f"http://127.0.0.1:{receiver.server_port}/hooks/s3cret\n")
    return Place(str(tmp_path / "erp"), str(webhook), str(tmp_path / "metrics"))


def entry(result: str, at: float, kind: str = "pair", **more: t.Any) -> record.Entry:
    moment = record.stamp(at)
    return {"kind": kind, "host": "erp", "start": moment, "end": moment, "seconds": 1.0, "result": result} | {
        "details": {},
        "message": "no space",
        **more,
    }


def test_a_good_run_is_remembered_and_nobody_told(place: Place, receiver: Receiver) -> None:
    place.good(id="20261121T020000Z-0a1b", bytes={"database": 5})
    assert place.last["result"] == "good" and place.last["details"]["bytes"] == {"database": 5}
    status = record.read_status(place.state)["pair"]
    assert status["last_good"] == place.last and status["failures"] == 0
    assert receiver.heard == []


def test_what_is_written_is_root_s_but_for_the_metrics(place: Place) -> None:
    place.good()
    state = Path(place.state)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (state, *sorted(state.iterdir()))] == [0o700, 0o600, 0o600]
    assert stat.S_IMODE((Path(place.metrics) / "ipai_backup_erp.prom").stat().st_mode) == 0o644


def test_failure_reminder_and_recovery(place: Place, receiver: Receiver) -> None:
    place.good(id="20261121T020000Z-0a1b")
    place.bad()
    place.bad()
    assert len(receiver.heard) == 1, "the second failure is no news"
    (message,) = receiver.heard
    assert message["username"] == "ipai.odoo"
    for part in ("erp", "the disk is full", "Still safe: the backup", "20261121T020000Z-0a1b", "ipai-backup-pair@erp"):
        assert part in message["text"]
    place.good()
    assert len(receiver.heard) == 2 and "works again" in receiver.heard[1]["text"]
    place.good()
    assert len(receiver.heard) == 2


def test_each_kind_fails_by_itself(place: Place, receiver: Receiver) -> None:
    place.bad("pass")
    place.good("pair")
    assert len(receiver.heard) == 1 and record.read_status(place.state)["pass"]["failures"] == 1


def test_a_webhook_that_fails_is_tried_again_and_fails_no_run(place: Place, receiver: Receiver) -> None:
    receiver.code = 503
    place.bad()
    assert place.last["alert"] == "the webhook answers 503"
    receiver.code = 200
    place.bad()
    assert place.last["alert"] == "sent" and "2 times in a row" in receiver.heard[0]["text"]
    receiver.code = 503
    place.good()
    receiver.code = 200
    place.good()
    assert "works again" in receiver.heard[1]["text"]


@pytest.mark.parametrize(
    "address", ["", "mattermost/s3cret", "http://127.0.0.1:1/s3cret", "http://[s3cret", "http://x:s3cret/"]
)
def test_the_webhook_s_address_is_shown_nowhere(place: Place, address: str) -> None:
    Path(place.webhook).write_text(address)
    place.bad()
    assert "webhook" in place.last["alert"] and "s3cret" not in place.last["alert"]


def test_a_missing_webhook_file(place: Place) -> None:
    Path(place.webhook).unlink()
    place.bad()
    assert "cannot be read" in place.last["alert"]


def test_a_run_that_had_nothing_to_do_changes_no_state(place: Place, receiver: Receiver) -> None:
    place.bad()
    with place.run() as run:
        run.skip("a backup is being made")
    assert place.last["result"] == "skipped" and place.last["message"] == "a backup is being made"
    assert record.read_status(place.state)["pair"]["failures"] == 1 and len(receiver.heard) == 1


def skipped(place: Place, at: float) -> record.Entry:
    late = {**entry("skipped", at, "pass"), "message": "backup of erp has had it"}
    return record.keep(place.state, late, place.webhook, place.metrics)


def test_passes_that_are_skipped_for_too_long_are_told_of(place: Place, receiver: Receiver) -> None:
    assert [skipped(place, 600.0 * number)["result"] for number in range(8)] == ["skipped"] * 6 + ["failed"] * 2
    (message,) = receiver.heard
    for part in ("pass over the filestore has failed", "since 1970-01-01T00:00:00Z", "backup of erp has had it"):
        assert part in message["text"]
    record.keep(place.state, entry("good", 4800, "pass"), place.webhook, place.metrics)
    assert "works again" in receiver.heard[1]["text"]
    assert skipped(place, 5400)["result"] == "skipped", "a good one in between, and all begins again"


def test_somebody_sits_in_front_of_a_restore(place: Place, receiver: Receiver) -> None:
    place.bad("restore")
    assert place.last["result"] == "failed" and receiver.heard == []


def test_an_interrupted_run_failed(place: Place) -> None:
    with pytest.raises(KeyboardInterrupt), place.run():
        raise KeyboardInterrupt
    assert place.last["message"] == "KeyboardInterrupt"


def test_the_reason_survives_a_state_that_cannot_be_written(place: Place, receiver: Receiver) -> None:
    Path(place.state).write_text("a file where the folder should be")
    with pytest.raises(RuntimeError, match="the disk is full") as caught, place.run():
        raise RuntimeError("the disk is full")
    assert "could not be recorded" in caught.value.__notes__[0]
    assert len(receiver.heard) == 1, "the message went out before"
    with pytest.raises((_files.FileError, OSError)), place.run():
        pass


def test_damaged_files_are_no_obstacle(place: Place) -> None:
    place.bad()
    place.bad()
    state = Path(place.state)
    (state / "status.json").write_text('{"pair":')
    with (state / "runs.jsonl").open("a") as stream:
        stream.write('{"kind": "pa')
    assert record.read_status(place.state)["pair"]["failures"] == 2
    place.good()
    assert [one["result"] for one in record.read_runs(place.state)] == ["failed", "failed", "good"]


def test_what_is_remembered_is_bounded_by_kind() -> None:
    runs = [entry("good", 0, "drill"), *(entry("good", number, "pass") for number in range(9))]
    assert record.bounded(runs, kept=3) == [runs[0], *runs[-3:]]


def test_a_reminder_each_day() -> None:
    status: record.Status = {}
    told = []
    for hour in range(0, 73, 6):
        bad = entry("failed", hour * 3600)
        text = record.notice(status, bad, "droplet")
        status = record.advance(status, bad)
        if text:
            told.append(hour)
            status["pair"]["alerted"] = bad["end"]
    assert told == [0, 24, 48, 72]


def test_a_message_breaks_out_of_no_fence() -> None:
    text = record.notice({}, entry("failed", 0, message="oh ``` @all"), "droplet")
    assert text is not None and text.count("```") == 2
    assert "no good backup" in text


def test_a_long_reason_keeps_both_ends() -> None:
    text = record.describe(RuntimeError("pg_dump" + "x" * 9000 + "no space left"))
    assert text.startswith("pg_dump") and text.endswith("no space left") and len(text) < 2000


def test_metrics() -> None:
    details = {
        "bytes": {"database": 5, "filestore": 7},
        "stored_bytes": {"database": 1},
        "window": {"start": "1970-01-01T00:00:10Z", "end": "1970-01-01T00:00:20Z"},
    }
    status = record.advance({}, entry("good", 1.7e9, details=details))
    status = record.advance(status, entry("good", 1.7e9, "drill", details={"rto_seconds": 61.5, "rpo_seconds": 30}))
    status = record.advance(status, entry("failed", 1.7e9 + 60))
    text = record.exposition('er"p', status)
    for line in (
        'ipai_backup_bytes{host="er\\"p",kind="pair",part="database"} 5',
        'ipai_backup_failures{host="er\\"p",kind="drill"} 0',
        'ipai_backup_failures{host="er\\"p",kind="pair"} 1',
        'ipai_backup_last_good_timestamp_seconds{host="er\\"p",kind="pair"} 1700000000',
        'ipai_backup_last_failure_timestamp_seconds{host="er\\"p",kind="pair"} 1700000060',
        'ipai_backup_rto_seconds{host="er\\"p",kind="drill"} 61.5',
        'ipai_backup_window_end_timestamp_seconds{host="er\\"p",kind="pair"} 20',
    ):
        assert line in text.splitlines()
    for name in {line.split("{")[0] for line in text.splitlines() if not line.startswith("#")}:
        assert text.count(f"# TYPE {name} gauge\n") == 1


@pytest.mark.parametrize(
    ("result", "words"),
    [("timeout", "time limit"), ("signal", "killed"), ("oom-kill", "memory"), ("exit-code", "word")],
)
def test_a_run_that_was_killed(place: Place, receiver: Receiver, result: str, words: str) -> None:
    environ = {"MONITOR_SERVICE_RESULT": result, "MONITOR_EXIT_STATUS": "KILL", "MONITOR_INVOCATION_ID": "a1"}
    assert record.broken(place.state, "pair", "erp", place.webhook, environ, place.metrics)
    assert words in receiver.heard[0]["text"]
    assert not record.broken(place.state, "pair", "erp", place.webhook, environ, place.metrics), "it is known by now"


def test_a_run_that_was_killed_after_its_first_half(
    place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup is recorded, and then expired ones are removed."""
    monkeypatch.setenv("INVOCATION_ID", "b2")
    place.good()
    environ = {"MONITOR_SERVICE_RESULT": "signal", "MONITOR_EXIT_STATUS": "KILL", "MONITOR_INVOCATION_ID": "b2"}
    assert record.broken(place.state, "pair", "erp", place.webhook, environ, place.metrics)
    assert "killed" in receiver.heard[0]["text"]


def test_what_runs_each_minute_is_recorded_when_it_works_again(place: Place, receiver: Receiver) -> None:
    arguments = (place.state, "mend", "erp", place.webhook, place.metrics)
    assert not record.recovered(*arguments) and record.read_runs(place.state) == []
    place.bad("mend")
    assert record.recovered(*arguments) and not record.recovered(*arguments)
    assert "works again" in receiver.heard[1]["text"] and len(record.read_runs(place.state)) == 2


def test_a_run_that_failed_by_itself_is_told_once(
    place: Place, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOCATION_ID", "b2")
    place.bad()
    environ = {"MONITOR_SERVICE_RESULT": "exit-code", "MONITOR_INVOCATION_ID": "b2"}
    assert not record.broken(place.state, "pair", "erp", place.webhook, environ, place.metrics)
    assert len(receiver.heard) == 1
