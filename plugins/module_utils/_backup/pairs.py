# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Backups of an environment: pairs of a dump and a filestore of one instant, and passes over the filestore alone.

A pair is three snapshots under one id: the dump, the filestore, and a manifest that is stored last.  Without its
manifest it is no backup: what a killed run leaves is never listed, and is removed by the next.
"""

from __future__ import annotations

import os
import secrets
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from ansible_collections.ipai.odoo.plugins.module_utils import _lock
from ansible_collections.ipai.odoo.plugins.module_utils._backup import checked, dumps, instant, manifests, private
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic, Snapshot
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import Server, complaint
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError

IMPORTED = "imported"
DATABASE, FILESTORE, MANIFEST, PASS = "database", "filestore", "manifest", "pass"
#: A pass that found nothing new is left out, but not for longer than this.
REST = timedelta(minutes=55)

Say = t.Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """A backup that has all its parts in at least one repository.

    :param at: the instant that it holds, UTC.
    :param places: repository → part → snapshot; only those where nothing of it is damaged, if there is one.
    :param manifest: what is known of its content.
    :param damaged: a verification has found that something of it can be read nowhere.
    """

    id: str
    at: datetime
    places: t.Mapping[str, t.Mapping[str, str]]
    manifest: t.Mapping[str, t.Any]
    damaged: bool = False

    @property
    def imported(self) -> bool:
        """It comes from elsewhere: never was anything of it live here."""
        return self.manifest.get("kind") == IMPORTED


@dataclass(frozen=True)
class Source:
    """What a pair is made of: the program that writes the dump, the folder of files, what the manifest says of both."""

    dump: Program
    folder: str
    facts: t.Mapping[str, t.Any]


@dataclass
class Catalogue:
    """What the repositories of an environment hold, the oldest first.

    :param passes: repository → time → snapshot of the filestore, those of pairs included.
    :param problems: repository → why it could not be asked.
    """

    backups: list[Backup] = field(default_factory=list)
    passes: dict[str, dict[datetime, str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def find(self, identifier: str) -> Backup:
        """The backup of an id, or for ``latest`` the last one that is not damaged, and imported only if all are.

        :raises BackupError: there is none.
        """
        if not self.backups:
            raise BackupError("there is no backup yet" + "".join(f"; {what}" for what in self.problems.values()))
        if identifier == "latest":
            if sound := [backup for backup in self.backups if not backup.damaged]:
                return ([one for one in sound if not one.imported] or sound)[-1]
            raise BackupError(
                "all backups are damaged; what is left of them can be restored by id, the last one is"
                f" {self.backups[-1].id}"
            )
        for backup in self.backups:
            if backup.id == identifier:
                return backup
        first, last = self.backups[0], self.backups[-1]
        raise BackupError(
            f"there is no backup {identifier}. There are {len(self.backups)}, from {first.id} to {last.id}:"
            " `ipai-odoo-backup list` on the droplet shows them"
        )


def repositories(settings: Settings) -> list[Restic]:
    """The environment's folders in its repositories, in their order."""
    return [Restic(one, settings.environment, settings.key_file) for one in settings.repositories]


def lock(settings: Settings, what: str, timeout: float = 0.0) -> t.ContextManager[bool]:
    """Be the only one who writes the environment's backups.

    :raises CommandError: somebody else does; the message says who.
    """
    return _lock.hold(f"backup-{settings.environment}", timeout, what)


def new_id(now: datetime) -> str:
    """A name that sorts by time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def reading(settings: Settings, what: str, timeout: float = 3600.0) -> t.ContextManager[bool]:
    """See to it that nothing is removed from the repositories, for those who read more than a listing.

    They have no lock in the repository.  What keeps them safe is that all who remove from one, :func:`removing`, do
    so on this droplet and without readers; backups and passes go on, which only add.

    :raises CommandError: something is being removed all the time.
    """
    return _lock.hold(f"snapshots-{settings.environment}", timeout, what, shared=True)


def removing(settings: Settings, what: str, timeout: float = 0.0) -> t.ContextManager[bool]:
    """Remove snapshots or data, while nobody reads.

    :raises CommandError: somebody does; the message says who.
    """
    return _lock.hold(f"snapshots-{settings.environment}", timeout, what)


# Making


def make(
    settings: Settings,
    *,
    kind: str = "scheduled",
    label: str = "",
    reason: str = "",
    say: Say = lambda text: None,
) -> tuple[Backup, dict[str, str]]:
    """Make a backup in the first repository that takes it, and copy it to the others.

    The lock is the caller's.

    :param kind: V(scheduled), V(on-demand), or what else asks for it.
    :returns: the backup, and repository → why it is not there.
    :raises BackupError: no repository has it.
    """
    head = new_head(settings, kind, label, reason)
    try:
        with instant.hold(settings) as held:
            writer = Server(settings.server).dump(settings.database, held.snapshot)
            backup, problems = store(settings, Source(writer, settings.mirror, held.facts), head, say)
    except (CommandError, PostgresError) as exc:
        said = complaint(settings.server, exc) if isinstance(exc, CommandError) else exc
        raise BackupError(f"the database {settings.database} could not be backed up: {said}") from exc
    return backup, spread(settings, backup, problems, say)


def new_head(settings: Settings, kind: str, label: str, reason: str) -> dict[str, t.Any]:
    """The beginning of a manifest."""
    begun = datetime.now(timezone.utc)
    head = {"format": 1, "id": new_id(begun), "environment": settings.environment, "kind": kind}
    return {**head, "label": label, "reason": reason, "begun": begun.isoformat()}


def store(settings: Settings, source: Source, head: t.Mapping[str, t.Any], say: Say) -> tuple[Backup, dict[str, str]]:
    """Store a pair in the first repository that takes it; the backup, and repository → why it did not take it.

    :raises BackupError: none does.
    :raises CommandError: there is no dump.
    """
    problems: dict[str, str] = {}
    for place in repositories(settings):
        try:
            return _store(settings, place, source, head, say), problems
        except RepositoryError as exc:
            problems[place.repository.name] = str(exc)
            say(f"{place}: {exc}")
    raise BackupError("; ".join(problems.values()) or f"{settings.environment} has no repository")


def spread(settings: Settings, backup: Backup, problems: t.Mapping[str, str], say: Say) -> dict[str, str]:
    """Copy a backup to the other repositories; repository → why it is not there."""
    problems = dict(problems)
    places = repositories(settings)
    place = next(one for one in places if one.repository.name in backup.places)
    for other in places:
        if other is not place and other.repository.name not in problems:
            try:
                say(f"copying to {other}")
                synchronise(place, other, checked.lost(settings))
            except RepositoryError as exc:
                problems[other.repository.name] = str(exc)
                say(f"{other}: {exc}")
    return problems


def _store(settings: Settings, place: Restic, source: Source, head: t.Mapping[str, t.Any], say: Say) -> Backup:
    def tags(part: str) -> dict[str, str]:
        return {"backup": head["id"], "part": part, "kind": head["kind"]}

    start = datetime.now(timezone.utc)
    say(f"dump of {settings.database} to {place}")
    dumped, file = dumps.store(place, source.dump, tags(DATABASE), lambda size: say(f"dump: {size / 2**20:.0f} MiB"))
    middle = datetime.now(timezone.utc)
    say(f"{source.facts['filestore']['files']} files to {place}")
    files = place.store_folder(source.folder, tags(FILESTORE))
    end = datetime.now(timezone.utc)
    manifest = {**head, **source.facts, "finished": end.isoformat(), "seconds": (end - start).total_seconds()}
    seconds = (middle - start).total_seconds()
    manifest["dump"] = {"file": file, "bytes": dumped.size, "added": dumped.added, "seconds": seconds}
    manifest["filestore"] = {
        **source.facts["filestore"],
        "bytes": files.size,
        "added": files.added,
        "seconds": (end - middle).total_seconds(),
    }
    with private.folder(settings, manifest, manifests.FILE) as folder:
        last = place.store_folder(folder, tags(MANIFEST))
    parts = {DATABASE: dumped.snapshot, FILESTORE: files.snapshot, MANIFEST: last.snapshot}
    say(f"{head['id']} is whole in {place}")
    return Backup(head["id"], datetime.fromisoformat(manifest["at"]), {place.repository.name: parts}, manifest)


def make_pass(settings: Settings, say: Say = lambda text: None) -> tuple[bool, dict[str, str]]:
    """Store the filestore alone in every repository; whether there was something to store.

    :raises BackupError: no repository has it.
    """
    problems: dict[str, str] = {}
    places = repositories(settings)
    try:
        now = instant.mirror_files(settings)
    except (CommandError, PostgresError) as exc:
        raise BackupError(f"the filestore of {settings.environment} could not be held: {exc}") from exc
    stored = instant.stored(settings)
    if stored and now - stored.at < REST:
        instant.note(settings, stored.at, now)
        return False, {}
    for place in places:
        try:
            place.store_folder(settings.mirror, {"part": PASS, "at": now.isoformat()})
            break
        except RepositoryError as exc:
            problems[place.repository.name] = str(exc)
    else:
        raise BackupError("; ".join(problems.values()) or f"{settings.environment} has no repository")
    for other in places:
        if other is not place and other.repository.name not in problems:
            try:
                synchronise(place, other, checked.lost(settings))
            except RepositoryError as exc:
                problems[other.repository.name] = str(exc)
    if not problems:
        instant.note(settings, now, now)
    return True, problems


def synchronise(one: Restic, other: Restic, lost: t.Mapping[str, t.Container[str]]) -> None:
    """Give each what it lacks of the whole backups and of the passes of the other.

    :param lost: repository → snapshots that cannot be read in it; they would be in the way of all others.
    """
    first, second = one.snapshots(), other.snapshots()
    _copy(one, [found for found in first if found.id not in lost[one.repository.name]], other, second)
    _copy(other, [found for found in second if found.id not in lost[other.repository.name]], one, first)


def _copy(source: Restic, found: t.Sequence[Snapshot], target: Restic, there: t.Sequence[Snapshot]) -> None:
    present = {mark(one) for one in there}
    complete = whole(found)
    lacking = [
        one
        for one in found
        if mark(one) not in present and (one.tags.get("part") == PASS or one.tags.get("backup") in complete)
    ]
    # A manifest says that the rest is there: it comes last, also when the copying is cut short.
    last = [one.id for one in lacking if one.tags.get("part") == MANIFEST]
    target.copy(source, [one.id for one in lacking if one.tags.get("part") != MANIFEST])
    target.copy(source, last)


def mark(snapshot: Snapshot) -> tuple[str, str]:
    """What a snapshot and its copy in another repository have in common."""
    tags = snapshot.tags
    return tags.get("part", ""), tags.get("backup") or tags.get("at") or snapshot.id


# Listing


def catalogue(settings: Settings, only: str | None = None) -> Catalogue:
    """What the repositories hold; one that does not answer is a problem, not an error.

    :param only: the name of the one repository that is asked.
    """
    found = Catalogue()
    known = manifests.Manifests(os.path.join(settings.state, "manifests"))
    lost = checked.lost(settings)
    places: dict[str, dict[str, dict[str, str]]] = {}
    spoilt: dict[str, dict[str, dict[str, str]]] = {}
    for place in repositories(settings):
        name = place.repository.name
        if only not in (None, name):
            continue
        try:
            snapshots = place.snapshots()
            parts = whole(snapshots)
            for identifier, one in parts.items():
                if one[MANIFEST] not in lost[name]:
                    known.learn(place, identifier, one[MANIFEST])
        except RepositoryError as exc:
            found.problems[name] = str(exc)
            continue
        for identifier, one in parts.items():
            (places if lost[name].isdisjoint(one.values()) else spoilt).setdefault(identifier, {})[name] = one
        found.passes[name] = {
            datetime.fromisoformat(snapshot.tags["at"]): snapshot.id
            for snapshot in snapshots
            if snapshot.tags.get("part") == PASS and "at" in snapshot.tags and snapshot.id not in lost[name]
        }
    for identifier, where in {**spoilt, **places}.items():
        # Of what has lost its manifest in all repositories, nothing is known.
        if manifest := known.known.get(identifier):
            at = datetime.fromisoformat(manifest["at"])
            found.backups.append(Backup(identifier, at, where, manifest, damaged=identifier not in places))
    found.backups.sort(key=lambda backup: backup.at)
    for backup in found.backups:
        # Its files were never live.
        for name, held in {} if backup.imported else backup.places.items():
            if held[FILESTORE] not in lost[name]:
                found.passes[name][backup.at] = held[FILESTORE]
    return found


def whole(snapshots: t.Iterable[Snapshot]) -> dict[str, dict[str, str]]:
    """Backups with all their parts: id → part → snapshot."""
    parts: dict[str, dict[str, str]] = {}
    for snapshot in snapshots:
        if "backup" in snapshot.tags:
            parts.setdefault(snapshot.tags["backup"], {})[snapshot.tags.get("part", "")] = snapshot.id
    return {name: one for name, one in parts.items() if {DATABASE, FILESTORE, MANIFEST} <= one.keys()}
