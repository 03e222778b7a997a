# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories in memory, which answer as restic does."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Snapshot, Stored
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Repository


class FakeRepositories:
    """Stands in for the class :class:`Restic`.

    :ivar snapshots: repository → what is in it, in the order in which it came.
    :ivar files: snapshot → name → text.
    :ivar fails: (repository, method) → what is raised.
    :ivar left: how many snapshots more are copied or removed before the repository is gone.
    :ivar now: the time of snapshots to come.
    """

    def __init__(self) -> None:
        self.snapshots: dict[str, list[Snapshot]] = defaultdict(list)
        self.files: dict[str, dict[str, str]] = defaultdict(dict)
        self.fails: dict[tuple[str, str], RepositoryError] = {}
        self.called: list[tuple[str, str, Any]] = []
        self.left = 10**6
        self.now = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)
        self.number = 0

    def __call__(self, repository: Repository, _environment: str, _key_file: str) -> FakeRestic:
        return FakeRestic(self, repository)

    def add(self, name: str, tags: Mapping[str, str], at: datetime | None = None) -> Snapshot:
        self.number += 1
        made = Snapshot(f"{self.number:08x}{'0' * 56}", at or self.now, dict(tags))
        self.snapshots[name].append(made)
        return made

    def backup(
        self, name: str, identifier: str, at: datetime, without: str = "", kind: str = "scheduled", missing: Any = ()
    ) -> None:
        """A backup that was made at some time, perhaps without one of its parts, or of files that were missing."""
        for part in ("database", "filestore", "manifest"):
            if part != without:
                made = self.add(name, {"backup": identifier, "part": part, "kind": kind}, at)
                lacking = {"missing": list(missing)}
                text = json.dumps({"id": identifier, "at": at.isoformat(), "kind": kind, "filestore": lacking})
                self.files[made.id] = {"manifest.json": text} if part == "manifest" else {}

    def parts(self, name: str) -> list[tuple[str, str]]:
        """What is in a repository: part and id, or time."""
        tags = [one.tags for one in self.snapshots[name]]
        return [(one["part"], one.get("backup") or one.get("at", "")) for one in tags]


class FakeRestic:
    def __init__(self, world: FakeRepositories, repository: Repository) -> None:
        self.world = world
        self.repository = repository
        self.here = world.snapshots[repository.name]

    def __str__(self) -> str:
        return str(self.repository)

    def _called(self, method: str, *what: Any) -> None:
        self.world.called.append((self.repository.name, method, what))
        if error := self.world.fails.get((self.repository.name, method)):
            raise error

    def _spend(self) -> None:
        if not self.world.left:
            raise RepositoryError(f"{self} does not answer")
        self.world.left -= 1

    def snapshots(self) -> list[Snapshot]:
        self._called("snapshots")
        return sorted(self.here, key=lambda one: one.time)

    def store_stream(self, _writer: Any, name: str, tags: Mapping[str, str], *_how: Callable[..., Any]) -> Stored:
        self._called("store_stream", tags)
        return Stored(self.world.add(self.repository.name, tags).id, 5, 5)

    def store_folder(self, folder: str, tags: Mapping[str, str]) -> Stored:
        self._called("store_folder", tags)
        made = self.world.add(self.repository.name, tags)
        self.world.files[made.id] = {path.name: path.read_text() for path in Path(folder).glob("*") if path.is_file()}
        return Stored(made.id, 7, 7, 1)

    def copy(self, source: FakeRestic, snapshots: Sequence[str]) -> None:
        self._called("copy", snapshots)
        for one in source.here:
            if one.id in snapshots:
                self._spend()
                copied = self.world.add(self.repository.name, one.tags, one.time)
                self.world.files[copied.id] = self.world.files[one.id]

    def forget(self, snapshots: Sequence[str]) -> None:
        self._called("forget", snapshots)
        for one in list(self.here):
            if one.id in snapshots:
                self._spend()
                self.here.remove(one)

    def read_text(self, snapshot: str, name: str) -> str:
        self._called("read_text", snapshot)
        return self.world.files[snapshot][name]

    def unlock(self) -> None:
        self._called("unlock")

    def check(self, part: str) -> None:
        self._called("check", part)

    def prune(self) -> None:
        self._called("prune")
