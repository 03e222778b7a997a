# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Runs of an environment's backups from beginning to end: what timers and modules both call."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t
from datetime import datetime, timedelta, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_settings,
    archive_window,
    checked,
    checks,
    instant,
    mending,
    pairs,
    record,
    tidying,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

#: A seventh of all data is read each time.
PARTS = 7
#: Space is freed once in a week, also by a verification that begins somewhat earlier than the one of the week before.
PRUNE = timedelta(days=6, hours=12)


class Partial(BackupError):
    """A backup is whole, and something else is not as it should be: it lacks in a repository, or old ones stay."""

    def __init__(self, message: str, backup: pairs.Backup) -> None:
        super().__init__(message)
        self.backup = backup


def verified(settings: Settings) -> dict[str, dict[str, t.Any]]:
    """Backup → the last run that has restored it and found it good: V(at), V(how)."""
    found = {}
    for entry in record.read_runs(settings.state):
        details = entry.get("details") or {}
        if entry["kind"] in ("drill", "restore") and entry["result"] == record.GOOD and details.get("id"):
            found[details["id"]] = {"at": entry["end"], "how": entry["kind"]}
    return found


def recording(settings: Settings, kind: str) -> record.Run:
    return record.run(settings.state, kind, settings.environment, settings.webhook_file)


def make_backup(
    settings: Settings,
    *,
    kind: str = "scheduled",
    label: str = "",
    reason: str = "",
    wait: float = 0.0,
    say: pairs.Say = lambda text: None,
) -> pairs.Backup:
    """Make a backup and remove what retention no longer keeps.

    :param wait: seconds for another run to end.
    :raises Partial: a repository does not have it, or what has expired could not be removed.
    :raises BackupError: there is no new backup.
    """
    with contextlib.ExitStack() as stack:
        with recording(settings, "pair") as run:
            stack.enter_context(pairs.lock(settings, f"backup of {settings.environment}", wait))
            backup, problems = pairs.make(settings, kind=kind, label=label, reason=reason, say=say)
            manifest = backup.manifest
            run.details.update(
                id=backup.id,
                label=label,
                repository=", ".join(place.name for place in settings.repositories if place.name not in problems),
                bytes={"database": manifest["dump"]["bytes"], "filestore": manifest["filestore"]["bytes"]},
                stored_bytes={"database": manifest["dump"]["added"], "filestore": manifest["filestore"]["added"]},
            )
            found = pairs.catalogue(settings)
            backup = next((one for one in found.backups if one.id == backup.id), backup)
            watch_files(settings, found, backup)
            if problems:
                raise Partial(f"{backup.id} is whole, but not everywhere: {'; '.join(problems.values())}", backup)
        try:
            tidy(settings)
        except (BackupError, CommandError) as exc:
            raise Partial(f"{backup.id} is whole, but what has expired could not be removed: {exc}", backup) from exc
    return backup


def watch_files(settings: Settings, found: pairs.Catalogue, backup: pairs.Backup) -> None:
    """Tell of files that a backup lacks and the one before it had, until they are back.

    Odoo reads them as empty, and nobody would notice until no backup has them any more.  What the first backup lacks
    was lost before anybody looked.
    """
    earlier = [one for one in found.backups if one.id < backup.id and not one.imported]
    before = missing((earlier[-1] if earlier else backup).manifest)
    status = record.read_status(settings.state).get("files", {})
    told = status["last_failure"]["details"]["missing"] if status.get("failures") else []
    gone = sorted(missing(backup.manifest) & (set(told) | (missing(backup.manifest) - before)))
    if gone:
        with contextlib.suppress(BackupError), recording(settings, "files") as run:
            run.details["missing"] = gone
            raise BackupError(
                f"{len(gone)} files that attachments name are gone from {settings.filestore}, {checks.named(gone)}."
                f" The last backup before it was noticed is {earlier[-1].id if earlier else 'none'}"
            )
    elif told:
        with recording(settings, "files"):
            pass


def missing(manifest: t.Mapping[str, t.Any]) -> set[str]:
    """The files that the database named and that were not there."""
    return set(manifest["filestore"].get("missing", ()))


def tidy(settings: Settings) -> None:
    """Remove what retention no longer keeps, unless somebody reads; the lock :func:`pairs.lock` is the caller's.

    A run of its own: the backup before it is good whatever comes of this.

    :raises BackupError: it cannot be removed.
    """
    with recording(settings, "tidy") as run, contextlib.ExitStack() as stack:
        try:
            stack.enter_context(pairs.removing(settings, f"removal of expired backups of {settings.environment}"))
        except CommandError as exc:
            run.skip(exc.reason)
            return
        proven = verified(settings)
        last = max(proven, key=lambda name: proven[name]["at"], default=None)
        run.details.update(tidying.tidy(settings, datetime.now(timezone.utc), last))


def spans(settings: Settings, found: pairs.Catalogue) -> list[window.Span]:
    """The stretches of time of which every moment can be restored."""
    files = [at for passes in found.passes.values() for at in passes]
    stored = instant.stored(settings)
    # Nothing was new since, so the last pass has the files of that moment, too.
    seen = [stored.seen] if stored and files else []
    return window.shared(database_spans(settings), files + seen)


def freshen(settings: Settings, say: pairs.Say = lambda text: None) -> None:
    """Have what was done until now in the repositories, so that a moment just ago can be restored.

    :raises BackupError, CommandError: the environment, its server or a repository does not answer.
    """
    say("storing the files and the WAL of the last minutes")
    with pairs.lock(settings, f"pass over the filestore of {settings.environment}", 600.0):
        pairs.make_pass(settings, say)
    Archive(archive_settings.load(settings.server)).switch()


def database_spans(settings: Settings) -> list[window.Span]:
    """What the archive of the database server covers."""
    if not (settings.archive and settings.server):
        return []
    archive = Archive(archive_settings.load(settings.server))
    return archive_window.union(archive_window.spans(archive))


def make_pass(settings: Settings, say: pairs.Say = lambda text: None) -> bool:
    """Store the filestore's new files; whether there were any.  A backup at the same time does that as well."""
    with recording(settings, "pass") as run:
        try:
            lock = pairs.lock(settings, f"pass over the filestore of {settings.environment}")
            with lock:
                changed, problems = pairs.make_pass(settings, say)
        except CommandError as exc:
            if exc.argv[:1] != ("flock",):
                raise
            run.skip(exc.reason)
            return False
        if problems:
            raise BackupError("the files are stored, but not everywhere: " + "; ".join(problems.values()))
        run.details["changed"] = changed
    return changed


def verify(settings: Settings, now: datetime, say: pairs.Say = lambda text: None) -> dict[str, t.Any]:
    """Look through the repositories, read a part of their data, and free what is no longer needed.

    :returns: repository → V(ok), V(said), and of those that could be asked V(part), V(pruned) and V(lost), see
        :class:`checked.Checked`.
    :raises BackupError: something is wrong in one of them.
    """
    with recording(settings, "verify") as run, pairs.lock(settings, f"verification of {settings.environment}", 3600.0):
        before = checked.last(settings)
        found = {
            place.repository.name: _look_through(settings, place, before[place.repository.name], now, say)
            for place in pairs.repositories(settings)
        }
        run.details["checks"] = found
        wrong = [one["said"] for one in found.values() if not one["ok"]]
        if wrong:
            raise BackupError(
                "; ".join(wrong) + ". Make a new backup now (playbook backup); whole backups of the other repositories"
                " can be restored"
            )
    return found


def _look_through(
    settings: Settings, place: Restic, before: checked.Checked, now: datetime, say: pairs.Say
) -> dict[str, t.Any]:
    part = before.part % PARTS + 1
    after: checked.Checked | None = None
    said = ""
    try:
        # What a killed run has left must not be taken for somebody at work.
        place.unlock()
        say(f"reading part {part} of {PARTS} of {place}")
        place.check(f"{part}/{PARTS}")
        after = checked.Checked(part, before.pruned)
        if before.pruned is None or now - before.pruned > PRUNE:
            after = _prune(settings, place, after, now, say)
    except RepositoryError as exc:
        said = str(exc)
        if exc.damage:
            mended = _mend(settings, place, exc.damage, say)
            said += f": {mended.said}"
            after = checked.Checked(part, before.pruned, before.lost if mended.lost is None else mended.lost)
    return {"ok": not said, "said": said, **(after.plain() if after else {})}


def _prune(settings: Settings, place: Restic, after: checked.Checked, now: datetime, say: pairs.Say) -> checked.Checked:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(pairs.removing(settings, f"freeing of space in {place}"))
        except CommandError as exc:
            say(f"no space is freed in {place} today: {exc.reason}")
            return after
        say(f"freeing space in {place}")
        place.prune()
    return dataclasses.replace(after, pruned=now)


def _mend(settings: Settings, place: Restic, damage: str, say: pairs.Say) -> mending.Mended:
    others = [one for one in pairs.repositories(settings) if one.repository != place.repository]
    try:
        with pairs.removing(settings, f"repair of {place}", 3600.0):
            return mending.mend(place, others, damage, checked.lost(settings), say)
    except CommandError as exc:
        return mending.Mended(f"it could not be repaired: {exc.reason}")
