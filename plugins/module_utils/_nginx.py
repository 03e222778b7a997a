# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Change nginx's configuration as one step: write, test, then reload or put everything back."""

from __future__ import annotations

import contextlib
import os
import re
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._tree import Change, put, put_file

NGINX = "/usr/sbin/nginx"
PID_FILE = "/run/nginx.pid"
#: Exists from before the first file is written until nginx serves the new files,
#: so that a run that was killed in between is finished by the next one.
PENDING = "/run/ipai-odoo-nginx.pending"
#: Seconds that nginx may take to start its new workers.
RELOAD_PATIENCE = 15.0

Runner = t.Callable[..., Result]


class NginxError(Exception):
    """nginx refuses the configuration or does not take it up.  The text is for the operator."""


def apply(changes: t.Sequence[Change], test: t.Callable[[], None]) -> None:
    """Write or remove all files and test them; when the test fails, put back what was there.

    :param test: raises :class:`NginxError` for a configuration that nginx refuses.
    :raises NginxError: the test's, with the assurance that nothing was changed.
    """
    done: list[Change] = []
    try:
        for change in changes:
            done.append(change)
            put(change)
        test()
    except BaseException as exc:
        for change in reversed(done):
            put_file(change.path, change.before, change.before_access)
        if isinstance(exc, NginxError):
            raise NginxError(f"nginx refuses: {exc}. The files were put back, and nginx goes on as before.") from exc
        raise


def complaints(said: str) -> str:
    """What C(nginx -t) finds fault with, without times, process numbers and warnings.

    Its lines begin with C(nginx:) until it has opened its error log, and with a time afterwards.
    """
    line = r"^(?:nginx: |[\d/]+ [\d:]+ )\[(?:emerg|alert|crit|error)\] (?:\d+#\d+: )?(.*)$"
    found = re.findall(line, said, flags=re.MULTILINE)
    return "; ".join(found).rstrip(".") or said.strip() or "nginx -t failed without a word"


class Nginx:
    """The nginx of this machine.  ``run`` is :func:`_command.run`, replaced in tests."""

    def __init__(self, run: Runner, pid_file: str = PID_FILE, pending: str = PENDING) -> None:
        self._run = run
        self._pid_file = pid_file
        self._pending = pending

    def test(self) -> None:
        """Let nginx read its whole configuration.

        :raises NginxError: with nginx's own words.
        """
        try:
            result = self._run([NGINX, "-t"], timeout=60)
        except CommandError as exc:
            raise NginxError(f"nginx cannot test its configuration: {exc}") from exc
        if not result.ok:
            raise NginxError(complaints(result.stderr))

    @property
    def pending(self) -> bool:
        return os.path.exists(self._pending)

    def mark(self) -> None:
        with open(self._pending, "w", encoding="ascii"):
            pass

    def unmark(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._pending)

    def reload(self) -> None:
        """Let nginx take up its configuration (or start it), and wait for the new workers.

        ``systemctl reload`` only sends a signal: a configuration that passes the test may still be
        refused (an address that is taken), and then the old workers simply go on.

        :raises NginxError: no new worker appeared.
        """
        old = self.workers()
        try:
            # Units that belong to nginx may be among the files.
            self._run(["systemctl", "daemon-reload"], timeout=90, check=True)
            self._run(["systemctl", "reload-or-restart", "nginx.service"], timeout=90, check=True)
        except CommandError as exc:
            raise NginxError(f"nginx does not reload: {exc}. See: journalctl -u nginx") from exc
        until = time.monotonic() + RELOAD_PATIENCE
        while not self.workers() - old:
            if time.monotonic() > until:
                raise NginxError(
                    "nginx was told to reload but goes on with its old configuration."
                    " See the end of /var/log/nginx/error.log and: journalctl -u nginx"
                )
            time.sleep(0.05)

    def workers(self) -> set[int]:
        """Process ids of the running workers; empty when nginx does not run."""
        try:
            with open(self._pid_file, encoding="ascii") as stream:
                master = int(stream.read())
        except (FileNotFoundError, ValueError):
            return set()
        return {pid for pid, parent in _processes() if parent == master}


def _processes() -> t.Iterator[tuple[int, int]]:
    """Pairs of process and parent id."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stream:
                # The second field is the program's name in brackets and may contain anything.
                fields = stream.read().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(name), int(fields[1])
