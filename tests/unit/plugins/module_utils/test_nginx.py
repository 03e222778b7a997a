# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a real file system, an nginx that is a function."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _nginx
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._nginx import Nginx, NginxError
from ansible_collections.ipai.odoo.plugins.module_utils._tree import Wanted, plan

ME = {"owner": str(os.getuid()), "group": str(os.getgid())}


def wanted(path: Path, content: str | None, mode: str = "0644") -> Wanted:
    return Wanted(str(path), None if content is None else content.encode(), mode=mode, **ME)


def refuse() -> None:
    raise NginxError("unknown directive in x:1")


def test_refused_configuration_is_put_back(tmp_path: Path) -> None:
    old, gone = tmp_path / "old", tmp_path / "gone"
    old.write_text("good")
    old.chmod(0o640)
    gone.write_text("kept")
    files = [wanted(old, "bad"), wanted(tmp_path / "new", "bad"), wanted(gone, None)]
    with pytest.raises(NginxError, match=r"nginx refuses: unknown directive in x:1\. The files were put back"):
        _nginx.apply(plan(files), refuse)
    assert old.read_text() == "good"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert gone.read_text() == "kept"
    assert not (tmp_path / "new").exists()


BEFORE_THE_LOG = """\
nginx: [warn] conflicting server name "a.test" on 0.0.0.0:443, ignored
nginx: [emerg] unknown directive "x" in /etc/nginx/ipai.d/a.conf:3
nginx: configuration file /etc/nginx/nginx.conf test failed
"""
AFTER_THE_LOG = """\
2026/11/21 02:18:37 [emerg] 5588#5588: invalid port in upstream "127.0.0.1:x" in /etc/nginx/ipai.d/e.conf:5
nginx: configuration file /etc/nginx/nginx.conf test failed
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (BEFORE_THE_LOG, 'unknown directive "x" in /etc/nginx/ipai.d/a.conf:3'),
        (AFTER_THE_LOG, 'invalid port in upstream "127.0.0.1:x" in /etc/nginx/ipai.d/e.conf:5'),
        ("Killed", "Killed"),
        ("", "nginx -t failed without a word"),
    ],
)
def test_complaints(said: str, expected: str) -> None:
    assert _nginx.complaints(said) == expected


class Machine:
    """An nginx with a pid file and workers that change when it is reloaded."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaf: bool = False) -> None:
        self.calls: list[list[str]] = []
        self.processes = {(10, 1), (11, 10), (12, 10), (99, 1)}
        self.deaf = deaf
        self.pid_file = tmp_path / "nginx.pid"
        self.pid_file.write_text("10\n")
        monkeypatch.setattr(_nginx, "_processes", lambda: iter(self.processes))
        monkeypatch.setattr(_nginx, "RELOAD_PATIENCE", 0.2)
        self.nginx = Nginx(self.run, str(self.pid_file), str(tmp_path / "pending"))

    def run(self, argv: t.Sequence[str], **unused: t.Any) -> Result:
        self.calls.append(list(argv))
        if argv[1] == "reload-or-restart" and not self.deaf:
            self.processes = (self.processes - {(12, 10)}) | {(13, 10)}
        return Result(tuple(argv), 0, "", "")


class TestReload:
    def test_new_workers_are_awaited(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        machine = Machine(tmp_path, monkeypatch)
        assert machine.nginx.workers() == {11, 12}
        machine.nginx.reload()
        assert machine.nginx.workers() == {11, 13}
        assert ["systemctl", "reload-or-restart", "nginx.service"] in machine.calls

    def test_old_workers_that_go_on_are_a_failure(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(NginxError, match="goes on with its old configuration"):
            Machine(tmp_path, monkeypatch, deaf=True).nginx.reload()

    def test_not_running(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        machine = Machine(tmp_path, monkeypatch)
        machine.pid_file.unlink()
        assert machine.nginx.workers() == set()

    def test_pending_is_remembered(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        nginx = Machine(tmp_path, monkeypatch).nginx
        assert not nginx.pending
        nginx.mark()
        assert nginx.pending
        nginx.unmark()
        nginx.unmark()
        assert not nginx.pending

    def test_missing_nginx(self, tmp_path: Path) -> None:
        def missing(argv: t.Sequence[str], **unused: t.Any) -> Result:
            raise CommandError(argv, 127, reason="program nginx not found")

        with pytest.raises(NginxError, match="not found"):
            Nginx(missing, str(tmp_path / "pid")).test()


def test_processes_of_this_machine() -> None:
    assert (os.getpid(), os.getppid()) in set(_nginx._processes())
