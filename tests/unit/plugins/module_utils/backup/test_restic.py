# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What restic says, and what is made of it. The sayings are those of restic 0.18.0."""

from __future__ import annotations

import email.utils
import http.server
import threading
import time
import urllib.request
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import reach, restic, restic_says
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Repository
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

DISK = Repository("disk", "/srv/backup")
PACK = "aed477f22a68a63b5478cd6b4c1bd3e6fa5410ec4bd85673609167ae8eb1eacb"
LOCK = (
    "unable to create lock in backend: repository is already locked by PID 3471 on demo by root (UID 0, GID 0)\n"
    "lock was created at 2026-11-21 17:12:51 (16.1s ago)\nstorage ID 1d2c3b4a\n"
    "the `unlock` command can be used to remove stale locks\n"
)
DAMAGE = f"""check all packs
check snapshots, trees and blobs
error: failed to load snapshot 4f70d718: LoadRaw(<snapshot/4f70d718f6>): invalid data returned
read all data
pack {PACK} contains 2 errors: [blob c6ef3824: decrypting blob <data/c6ef3824> from aed477f2 failed]

restic repair packs {PACK}
restic repair snapshots --forget

Fatal: repository contains errors
"""
DENIED = """Stat(<config/>) failed: Stat: Access Denied.
Fatal: unable to open config file: Stat: Access Denied.
Is there a repository at the following location?
s3:https://s3.lab.test:9000/backups/erp/restic
"""
DRY_RUN = """
snapshot e4822d57 of [/srv] at 2026-11-21 17:19:19.40430783 +0800 +08 by root@demo

snapshot ec87669e of [/srv] at 2026-11-21 17:19:16.512033752 +0800 +08 by root@demo
  file "/f2": removed missing content
would save new snapshot

would modify 1 snapshots
"""


def said(stderr: str, rc: int = 1, reason: str | None = None) -> restic_says.RepositoryError:
    return restic_says.explain(DISK, CommandError(["restic"], rc, "", stderr, reason))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (said("Fatal: repository does not exist: unable to open config file", 10), "there are no backups in"),
        (said("Fatal: wrong password or no key found", 12), "was made with another key"),
        (said(LOCK, 11), "another program works in repository disk (/srv/backup): by PID 3471 on demo"),
        (said("Save(<data/1>): write: no space left on device"), "is full. Make room"),
        (said("", 124, "no end after 120 seconds"), "does not answer (no end after 120 seconds)"),
        (said("", 124, "it answers 503"), "does not answer (it answers 503); the next run tries again"),
        (said("", 124, "RequestTimeTooSkewed: there, it is noon"), "look at the droplet's clock"),
        (said(DENIED, 10), "refuses the access key or the secret key"),
        (said(DAMAGE), "is damaged: error: failed to load snapshot 4f70d718: LoadRaw(<snapshot/4f70d718f6>): invalid"),
        (said("Fatal: what nobody has seen"), "exit code 1: Fatal: what nobody has seen"),
    ],
)
def test_a_failure_says_what_to_do(error: restic_says.RepositoryError, words: str) -> None:
    assert words in str(error)
    assert "repository disk" in str(error)
    assert error.missing is ("no backups" in words)
    assert error.locked is ("another program" in words)
    assert bool(error.damage) is ("damaged" in words)


class Fake(restic.Restic):
    """Answers by the first words of its arguments and writes down what it was called with."""

    def __init__(self, answers: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(DISK, "erp", "/key")
        self.called: list[str] = []

        def run(argv: list[str], **_options: Any) -> Result:
            line = " ".join(argv[1:])
            self.called.append(line)
            found = next((answer for words, answer in answers.items() if line.startswith(words)), "")
            answer = found.pop(0) if isinstance(found, list) else found
            if isinstance(answer, CommandError):
                raise answer
            return Result(tuple(argv), 0, answer, "")

        monkeypatch.setattr(restic, "run", run)


def test_a_stale_lock_is_removed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = CommandError(["restic"], 11, "", LOCK)
    fake = Fake({"forget": [locked, ""]}, monkeypatch)
    fake.forget(["a1"])
    assert [line.split()[0] for line in fake.called] == ["forget", "unlock", "forget"]


def test_a_living_lock_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = CommandError(["restic"], 11, "", LOCK)
    fake = Fake({"forget": [locked, locked]}, monkeypatch)
    with pytest.raises(restic_says.RepositoryError, match="another program works"):
        fake.forget(["a1"])
    assert len(fake.called) == 3


def test_who_reads_leaves_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check has its lock for hours, and a restore cannot wait for them."""
    fake = Fake({"snapshots": "[]", "stats": '{"total_size": 5}'}, monkeypatch)
    lines: list[str] = fake.called
    monkeypatch.setattr(restic, "pump", lambda writer, _reader, **_options: lines.append(" ".join(writer[1:])))
    assert fake.exists() and fake.snapshots() == [] and fake.size("a1") == 5
    fake.read_text("a1", "manifest.json")
    fake.read_stream("a1", "database.dump", ["cat"])
    fake.restore_folder("a1", "/srv")
    assert [line.split()[0] for line in lines] == ["cat", "snapshots", "stats", "dump", "dump", "restore"]
    assert all("--no-lock" in line.split() for line in lines)


def test_repair_takes_damaged_packs_out_and_names_what_lacks_something(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake({"repair snapshots": DRY_RUN}, monkeypatch)
    assert fake.repair(DAMAGE) == {"4f70d718", "ec87669e"}
    assert fake.called == [f"repair packs {PACK}", "repair snapshots --dry-run"]


def test_repair_of_lost_files_writes_the_index_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake({"repair snapshots": "\nno snapshots were modified\n"}, monkeypatch)
    assert fake.repair(f"pack {PACK}: does not exist\nFatal: repository contains errors") == set()
    assert fake.called[0] == "repair index"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service that answers the codes and the times it is told; plain HTTP is enough here."""
    answers: list[tuple[int, float]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, ahead = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response_only(code)
            self.send_header("Date", email.utils.formatdate(time.time() + ahead, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    opened = urllib.request.OpenerDirector.open

    def plain(opener: urllib.request.OpenerDirector, url: str, timeout: float) -> Any:
        return opened(opener, url.replace("https", "http"), None, timeout)

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", plain)
    monkeypatch.setattr(reach.time, "sleep", lambda seconds: None)
    yield answers, f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([(403, 0)], ""),
        ([(200, 0)], ""),
        ([(503, 0), (503, 0), (400, 0)], ""),
        ([(503, 0)], "it answers 503"),
        ([(403, 1200)], "RequestTimeTooSkewed"),
        ([(403, -1200)], "RequestTimeTooSkewed"),
        ([(403, 300)], ""),
    ],
)
def test_a_service_answers(service: Any, answers: list[tuple[int, float]], words: str) -> None:
    service[0].extend(answers)
    assert reach.reach(service[1]).startswith(words) and bool(reach.reach(service[1])) is bool(words)


def test_a_service_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach.time, "sleep", lambda seconds: None)
    assert "refused" in reach.reach("127.0.0.1:1")
