# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Make an environment's data out of production's: scrubbed, neutralized, verified, and only then published.

Until it is published, what the environment serves is untouched.  Whatever fails, or is killed, nothing of the copy is
left.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    guest,
    instant,
    odoo_probe,
    publish,
    record,
    restore,
    restore_plan,
    runs,
    space,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import LONG, Server, refuse
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, give, make_private_directory, write_atomic
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.administrator import Administrator
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import (
    attachments,
    build,
    canary,
    classify,
    egress,
    neutral,
    neutral_odoo,
    proof,
    reader_role,
    scan_report,
)
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.scrubber import Scrub, Scrubber

#: Bytes of a copy's index and rows for each byte of its origin's: it has no dead rows, and all its indexes are new.
SIZE = 1.2

Say = t.Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What is asked for.

    :param source: the environment whose data it is.
    :param target: the environment that gets it.
    :param network: the target's, which has no way out.
    :param accepted: modules whose folder may be missing in the target's release.
    :param remembered: where the playbook C(site) looks which administrator it has set.
    """

    source: Settings
    target: Settings
    scrub: Scrub
    wish: Wish
    administrator: neutral.Administrator
    network: str
    catcher: canary.Catcher | None = None
    accepted: tuple[str, ...] = ()
    remembered: Administrator | None = None


def refresh(job: Job, say: Say = lambda text: None) -> dict[str, t.Any]:
    """Do it.

    :returns: V(name), V(tables), V(rows), V(bytes), V(files), V(neutral), V(proof), V(former), V(published),
        V(serving), V(downtime_seconds), V(seconds) (by stage).
    :raises BackupError: it cannot be done, or the copy is not proven; what the target serves is as it was.
    :raises CommandError: PostgreSQL or Docker refuses; so.
    """
    refuse_production(job)
    target = job.target
    with runs.recording(target, "refresh") as run, restore.lock(target):
        restore.mend_held(target)
        stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        name, former = f"{target.environment}-refreshed-{stamp}", f"{target.environment}-before-{stamp}"
        details = run.details
        details.update(source=job.source.environment, name=name, former="", published=False, seconds={})
        refuse(name, Server(target.server).databases())
        for one in (name, former):
            restore_plan.check_name(target, one)
        with restore.making(target, name):
            _make(job, name, details, say)
            start = time.monotonic()
            restore.take_place(target, name, former, details, say)
        _remember(job, details.pop("uuid"))
        _keep_one(target, details["former"], say)
        details["seconds"]["publish"] = round(time.monotonic() - start, 1)
        return dict(details)


def _remember(job: Job, uuid: str) -> None:
    """Let the playbook C(site) know that the administrator is set in this database, too."""
    if job.remembered:
        job.remembered.remember(job.remembered.given(uuid, check_mode=False))


def _keep_one(target: Settings, former: str, say: Say) -> None:
    """Of what refreshes have replaced, the last is the way back; what restores have replaced is not ours to remove."""
    for entry in record.read_runs(target.state):
        name = entry["details"].get("former") if entry["kind"] == "refresh" else ""
        if name and name != former and former and name in restore.served(target):
            say(f"removing {name}, which an earlier refresh replaced")
            restore.remove_held(target, name)


def refuse_production(job: Job) -> None:
    """:raises BackupError: what is asked for would replace what it is made of."""
    if job.source.environment == job.target.environment:
        raise BackupError(f"{job.target.environment} cannot be made out of itself: --limit names what is replaced")
    if job.source.server == job.target.server:
        raise BackupError(
            f"{job.source.environment} and {job.target.environment} share the database server {job.source.server}. A"
            " copy must not be made where production is: give the environment another odoo_database_server"
        )


def _make(job: Job, name: str, details: dict[str, t.Any], say: Say) -> None:
    """Make the copy and prove it; it is the role's that owns restored databases."""
    target, source = job.target, job.source
    server = Server(target.server)
    with contextlib.ExitStack() as stack:
        clock = _Clock(details["seconds"])
        held = stack.enter_context(instant.hold(source))
        reader = stack.enter_context(
            reader_role.visit(Server(source.server), source.database, f"ipai_refresh_{target.environment}")
        )
        origin = build.Place(reader, source.database, held.snapshot)
        classified = classify.classify(origin, job.scrub.layers)
        _check_room(job, held.facts, origin)
        clock.lap("catalog")
        say(f"{len(classified.plan.catalog.tables)} tables; collecting what must not be in the copy")
        scrubber = Scrubber(job.scrub, origin, classified)
        clock.lap("originals")
        server.create(name, "postgres")
        folder = restore.make_folder(target, name)
        built = _copy(job, name, origin, scrubber, say)
        server.execute(name, "ANALYZE;", timeout=LONG)
        clock.lap("copy")
        files, size = attachments.lay_out(built.files, source.mirror, folder)
        owner = os.stat(os.path.join(target.directory, "data"))
        give(folder, owner.st_uid, owner.st_gid)
        clock.lap("files")
        details.update(
            tables=len(built.tables),
            rows=sum(count for count, _other in built.tables.values()),
            files=files,
            bytes={"database": built.bytes, "filestore": size},
        )
    with guest.visit(server, name, publish.role(target)) as session:
        clone = _clone(job, name, session, folder)
        details["neutral"] = neutral.neutralize(clone, job.wish, job.administrator, accepted=job.accepted, say=say)
        clock.lap("neutralize")
        say("looking for what must not be there")
        report = scrubber.prove(build.Place(session, name), folder, built.gone)
        clock.lap("verify")
        details["proof"] = scan_report.short(report)
        keep_report(target, report)
        proof.judge(report)
        # Last, since Odoo writes when it serves: what it has put together for browsers, and who has logged in.
        details["neutral"]["proof"] = neutral.prove(
            clone, job.wish, job.administrator, job.catcher, egress.targets(), say=say
        )
        clock.lap("serve")
        # By the role that owns it: what came from production may have operators that no superuser must call.
        query = "SELECT value FROM public.ir_config_parameter WHERE key = 'database.uuid'"
        details["uuid"] = str(session.value(name, query))


def keep_report(target: Settings, report: t.Mapping[str, t.Any]) -> None:
    """Keep what was searched and found, for machines and for people; no value is in it."""
    access = Access(0, 0, 0o600)
    make_private_directory(target.state, Access(0, 0, 0o700))
    write_atomic(os.path.join(target.state, "refresh.json"), json.dumps(report, indent=1).encode(), access)
    write_atomic(os.path.join(target.state, "refresh.html"), scan_report.page(report).encode(), access)


def _copy(job: Job, name: str, origin: build.Place, scrubber: Scrubber, say: Say) -> build.Built:
    server, source = Server(job.target.server), job.source
    files = attachments.Files()
    tools, plan = scrubber.tools(files), scrubber.classified.plan
    made = guest.make_extensions(server, name, Server(source.server), source.database)
    with guest.visit(server, name, publish.role(job.target)) as session, build.schema(origin, server) as dump:
        place = build.Place(session, name)
        build.restore(place, dump, "pre-data", comments=not made)
        built = build.copy(origin, place, plan, tools, files, job.scrub.workers, say)
        build.sequences(origin, place, plan)
        say("indexes and constraints")
        build.restore(place, dump, "post-data", comments=not made, jobs=job.scrub.workers)
    return built


def _clone(job: Job, name: str, session: Server, folder: str) -> neutral_odoo.Clone:
    target = job.target
    login = odoo_probe.Login(target.server, 5432, name, publish.role(target), session.password)
    return neutral_odoo.Clone(session, login, folder, target.container, job.network, target.home)


def _check_room(job: Job, facts: t.Mapping[str, t.Any], origin: build.Place) -> None:
    """:raises BackupError: the copy would not fit."""
    with origin.reading() as reader:
        files = int(reader.rows(attachments.SIZE)[0]["bytes"])
    folder = job.target.filestores if os.path.isdir(job.target.filestores) else job.target.directory
    database = space.database(int(facts["database"]["bytes"] * SIZE))
    space.check([(space.of_server(job.target.server), database), (folder, files)])


class _Clock:
    """Seconds by stage."""

    def __init__(self, laps: dict[str, float]) -> None:
        self._laps, self._last = laps, time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self._laps[name], self._last = round(now - self._last, 1), now
