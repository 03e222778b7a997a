# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's S3 service, reached over a way that a test breaks."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from typing import Any

from lab.places import ROOT, WORLD, WORLD_CONTAINER
from lab.tools import until

PORT, MANAGEMENT = 9001, 9002
ENDPOINT = f"s3.lab.test:{PORT}"


class BrokenS3:
    """Runs in the world's container for as long as the context lasts; whole until :meth:`broken` says otherwise."""

    def __enter__(self) -> BrokenS3:
        source = (ROOT / "tests" / "integration" / "broken_s3.py").read_text(encoding="utf-8")
        # It ends with its standard input: a test that is killed leaves nothing.
        argv = ["docker", "exec", "--interactive", WORLD_CONTAINER, "python3", "-c", source, str(PORT), str(MANAGEMENT)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE)
        until("the broken way is there", lambda: self.ask() is not None, seconds=20)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(20)

    def broken(self, how: str = "", *, share: float = 1.0, after: int = 0) -> None:
        """Break it; without a word, mend it."""
        self.ask({"how": how, "share": share if how else 0, "after": after})

    def ask(self, rule: dict[str, Any] | None = None) -> dict[str, int]:
        data = None if rule is None else json.dumps(rule).encode()
        with urllib.request.urlopen(f"http://{WORLD}:{MANAGEMENT}/", data, timeout=5) as answer:
            return json.load(answer)
