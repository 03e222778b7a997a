# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What is to be restored, from where and to where, and whether that can be done: nothing is touched here."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive_copy,
    archive_settings,
    instant,
    moment,
    pairs,
    runs,
    space,
    window,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive import Archive
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import TABLES, Server, refuse_newer
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings, known, load
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._postgres import PostgresError

#: PostgreSQL cuts off what is longer.
LONGEST = 63


@dataclass(frozen=True)
class Wish:
    """What somebody wants to have restored.

    :param source: the environment whose backups are meant; empty for the environment itself.
    :param backup: an id, or V(latest), which is also what is meant where nothing is said.
    :param moment: restore this moment instead of a backup.
    :param freshen: a moment that is not in the repositories yet may be brought there; if not, it is only planned.
    :param newest: restore the last moment of a server that is gone instead, with the files of the last pass.
    :param name: of the restored database, or of one that is there already and is meant itself.
    :param publish: let it take the place of the live one.
    :param confirm: the environment's name, which publishing over production takes.
    """

    source: str = ""
    backup: str = ""
    repository: str | None = None
    moment: datetime | None = None
    newest: bool = False
    freshen: bool = True
    name: str = ""
    publish: bool = False
    confirm: str = ""


@dataclass(frozen=True)
class Plan:
    """What a wish amounts to.

    :param name: of the restored database and of its filestore.
    :param former: the name that the live ones will get.
    :param there: they are restored already.
    :param place: the repository that it comes from.
    :param backup: where it comes from; for a moment, the last one before it, if there is one.
    :param files: snapshots of the filestore, which together hold its files.
    :param files_until: when that was, if the database is of a later moment.
    :param unstored: the moment is not in the repositories yet, and has to be brought there first.
    """

    wish: Wish
    name: str
    former: str
    there: bool = False
    place: Restic | None = None
    backup: pairs.Backup | None = None
    files: t.Sequence[str] = ()
    files_until: datetime | None = None
    unstored: bool = False

    @property
    def later(self) -> bool:
        """Whether the database does not come out of the backup, but is of a later moment."""
        return bool(self.wish.moment or self.wish.newest)

    @property
    def origin(self) -> dict[str, str]:
        """What is restored, from where: V(repository), V(id) (of a backup), V(at) and V(base) (of a moment)."""
        found = {}
        if self.place:
            found["repository"] = self.place.repository.name
        if self.backup:
            # A moment proves nothing of the dump in the backup before it.
            found["base" if self.later else "id"] = self.backup.id
        if self.wish.moment:
            found["at"] = window.stamp(self.wish.moment)
        return found

    def described(self) -> str:
        """What is restored, in words."""
        if self.there:
            return self.name
        if self.wish.newest:
            return f"the last archived moment, with files from {self.place}"
        if self.wish.moment:
            return f"{window.stamp(self.wish.moment)} from {self.place}"
        return f"{self.backup.id if self.backup else ''} from {self.place}"


def plan(settings: Settings, wish: Wish, now: datetime | None = None) -> Plan:
    """Find what is wanted and look whether it can be done; nothing is touched.

    :raises BackupError: it cannot; says why, and what can.
    """
    if not settings.server:
        raise BackupError(
            f"{settings.environment} has a managed database server: restore there with the provider's own means"
        )
    stamp = f"{now or datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    name = wish.name or f"{settings.environment}-restored-{stamp}"
    check_name(settings, name)
    databases = Server(settings.server).databases()
    check_meant(settings, wish, databases)
    if wish.publish and settings.database in databases:
        confirm(settings, wish)
    planned = Plan(wish, name, former=f"{settings.environment}-before-{stamp}", there=name in databases)
    check_name(settings, planned.former)
    if planned.there:
        return planned
    if os.path.lexists(os.path.join(settings.filestores, name)):
        raise BackupError(f"there is a filestore {name} without a database: remove it with state absent")
    planned = _find(settings, planned, now or datetime.now(timezone.utc))
    needs = [(settings.directory, sum(map(t.cast("Restic", planned.place).size, planned.files)))]
    if planned.later:
        needs.append(of_copy(settings, wish))
    if planned.backup:
        refuse_newer(Server(settings.server), planned.backup.manifest["database"]["version"])
        size = planned.backup.manifest["database"]["bytes"]
        needs.append((space.of_server(settings.server), space.database(size)))
    space.check(needs)
    return planned


def _find(settings: Settings, planned: Plan, now: datetime) -> Plan:
    wish = planned.wish
    source = source_of(settings, wish.source)
    if wish.repository:
        source.repository(wish.repository)
    found = pairs.catalogue(source, wish.repository)
    if source.environment not in (settings.environment, *known()):
        _check_stranger(source, found)
        if wish.moment:
            raise BackupError(
                f"{source.environment} is not on this droplet: its backups can be restored here, but no moment between"
                " them"
            )
    if wish.newest:
        place, last = newest_pass(source, found)
        files = [found.passes[place.repository.name][last]]
        return dataclasses.replace(planned, place=place, backup=base(found, None), files=files, files_until=last)
    if wish.moment is None:
        chosen = found.find(wish.backup or "latest")
        place = place_of(source, chosen)
        files = [chosen.places[place.repository.name][pairs.FILESTORE]]
        return dataclasses.replace(planned, place=place, backup=chosen, files=files)
    spans = runs.spans(source, found)
    later = ""
    if all(span.end < wish.moment for span in spans):
        if spans and wish.moment <= now and not wish.freshen:
            place, last = newest_pass(source, found)
            files = [found.passes[place.repository.name][last]]
            return dataclasses.replace(
                planned, place=place, backup=base(found, wish.moment), files=files, unstored=True
            )
        # It may be as recent as that nobody has stored it. Where that fails, the refusal names what there is.
        found, later = _freshened(source, wish, found)
        spans = runs.spans(source, found)
    window.choose(wish.moment, spans, runs.database_spans(source), later)
    place = enclosing(source, found, wish.moment)
    files = window.passes_for(wish.moment, found.passes[place.repository.name])
    return dataclasses.replace(planned, place=place, backup=base(found, wish.moment), files=files)


def _check_stranger(source: Settings, found: pairs.Catalogue) -> None:
    """:raises BackupError: nothing is known of an environment that is not on this droplet."""
    if found.backups:
        return
    folders = {
        name
        for one in source.repositories
        for name in ([] if one.remote or not os.path.isdir(one.path) else os.listdir(one.path))
        if os.path.isdir(os.path.join(one.path, name, "restic"))
    }
    raise BackupError(
        f"no environment {source.environment} is known on this droplet, and none has backups in"
        f" {', '.join(one.name for one in source.repositories)}; known are: {', '.join(sorted({*known(), *folders}))}"
        f"{_unasked(found)}"
    )


def _freshened(source: Settings, wish: Wish, found: pairs.Catalogue) -> tuple[pairs.Catalogue, str]:
    """What there is after the last minutes have been stored, and what came of that, for a refusal."""
    if not wish.freshen:
        return found, "what is newer is yet to come"
    try:
        runs.freshen(source)
    except (BackupError, CommandError, PostgresError) as exc:
        return found, f"what is newer could not be stored: {exc}"
    return pairs.catalogue(source, wish.repository), "all until now has just been stored: what is newer is yet to come"


def place_of(settings: Settings, backup: pairs.Backup) -> Restic:
    """The first repository that has a backup."""
    return next(place for place in pairs.repositories(settings) if place.repository.name in backup.places)


def base(found: pairs.Catalogue, moment: datetime | None) -> pairs.Backup | None:
    """The last backup before a moment, or of all, if there is one."""
    own = [one for one in reversed(found.backups) if not (one.damaged or one.imported)]
    return next((one for one in own if moment is None or one.at <= moment), None)


def newest_pass(settings: Settings, found: pairs.Catalogue) -> tuple[Restic, datetime]:
    """The repository that has the newest files, and of when these are.

    :raises BackupError: none has any.
    """
    ends = [(max(passes), place) for place, passes in _passes(settings, found)]
    if not ends:
        raise BackupError(f"no repository of {settings.environment} has a pass over its filestore{_unasked(found)}")
    last, place = max(ends, key=lambda end: end[0])
    return place, last


def enclosing(settings: Settings, found: pairs.Catalogue, moment: datetime) -> Restic:
    """The first repository that has the files of a moment: it has passes from before and after it.

    :raises BackupError: none has.
    """
    stored = instant.stored(settings)
    for place, passes in _passes(settings, found):
        last = max(passes)
        if stored and last >= stored.at:
            # Nothing was new since.
            last = max(last, stored.seen)
        if min(passes) <= moment <= last:
            return place
    raise BackupError(
        f"no repository of {settings.environment} has passes over its filestore from before and after"
        f" {window.stamp(moment)}{_unasked(found)}. Choose another moment, or a backup by its id"
    )


def _passes(settings: Settings, found: pairs.Catalogue) -> list[tuple[Restic, dict[datetime, str]]]:
    places = pairs.repositories(settings)
    return [(place, found.passes[name]) for place in places if found.passes.get(name := place.repository.name)]


def _unasked(found: pairs.Catalogue) -> str:
    return "".join(f"; {what}" for what in found.problems.values())


def of_copy(settings: Settings, wish: Wish) -> tuple[str, int]:
    """The folder in which a copy of the whole server is made for a moment, and the bytes that it takes there."""
    archived = archive_settings.load(source_of(settings, wish.source).server)
    archive = Archive(archived)
    if wish.newest:
        former = moment.newest_of_former(archive.info(), wish.repository)
        backups = former[0] if former else []
    else:
        backups = archive_copy.choose(archive.backups(), archived, wish.moment, wish.repository)
    return archived.home, int(max((one.bytes for one in backups), default=0) * archive_copy.ROOM)


def source_of(settings: Settings, name: str) -> Settings:
    """The settings by which another environment's backups are read: its own, or those of its folder in our
    repositories if it is not on this droplet."""
    if name in ("", settings.environment):
        return settings
    return load(name) if name in known() else dataclasses.replace(settings, environment=name)


def check_name(settings: Settings, name: str) -> None:
    """Refuse what could be, or could become, something else than a restored or a former database.

    :raises BackupError: says what a name looks like.
    """
    if not is_ours(settings, name):
        raise BackupError(
            f"{name} is no name for a restored database of {settings.environment}: it has to be"
            f" {settings.environment}-restored-…, or {settings.environment}-before-… for what was live, with letters"
            f" and digits, and at most {LONGEST} characters in all"
        )


def is_ours(settings: Settings, name: str) -> bool:
    """Whether a database is called as the environment's restored and former ones are."""
    pattern = re.escape(settings.environment) + r"-(restored|refreshed|before)-[A-Za-z0-9]+"
    return bool(re.fullmatch(pattern, name)) and len(name) <= LONGEST


def those_there(settings: Settings, databases: t.Iterable[str]) -> str:
    """Which restored and former databases there are, in words."""
    return f"there is: {', '.join(sorted(name for name in databases if is_ours(settings, name))) or 'none'}"


def check_meant(settings: Settings, wish: Wish, databases: t.Collection[str]) -> None:
    """Refuse what may mean two things: one that is there is put to use, or a backup is restored.

    :raises BackupError: says what there is.
    """
    source = wish.backup or (wish.moment and window.stamp(wish.moment))
    if wish.backup and wish.moment:
        raise BackupError(
            f"the backup {wish.backup} and the moment {window.stamp(wish.moment)} are two wishes: name one"
        )
    if wish.name in databases and source:
        raise BackupError(
            f"{wish.name} is there already, and {source} would not be restored to it. Nothing was touched. To use"
            f" what is there, do not name a backup or a time; to restore {source}, name another database, or none"
        )
    if wish.publish and wish.name and wish.name not in databases and not source:
        raise BackupError(
            f"there is no {wish.name} that could be published; {those_there(settings, databases)}. Nothing was"
            " touched. Has it been published already? To restore a backup by that name and publish it at once, say"
            " which (latest, or its id)"
        )


def confirm(settings: Settings, wish: Wish) -> None:
    """:raises BackupError: production is to be replaced, and its name was not given."""
    document = _stack.container(settings.container) or {}
    labels = (document.get("Config") or {}).get("Labels") or {}
    # Where nobody knows the stage, it is treated as the one that matters.
    if labels.get("ipai.odoo.stage", "production") != "production" or wish.confirm == settings.environment:
        return
    if not live_is_empty(settings):
        given = f"{wish.confirm!r} was given" if wish.confirm else "nothing was given"
        raise BackupError(
            f"{settings.environment} is production, and this would replace its live database: say so with its name"
            f" (confirm, or -e restore_confirm={settings.environment}); {given}. Nothing was touched"
        )


def live_is_empty(settings: Settings) -> bool:
    """Whether the live database is there and has no table."""
    server = Server(settings.server)
    return settings.database in server.databases() and server.value(settings.database, TABLES) == 0
