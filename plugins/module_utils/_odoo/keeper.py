# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Brings the database of an environment to the wanted state: reads, plans, changes, and looks whether it holds."""

from __future__ import annotations

import contextlib
import glob
import os
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _postgres, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import give, given
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.administrator import Administrator, Given
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.commands import (
    FIND_MODULES,
    ONE_OFF,
    SHELL_COMMAND,
    check_series,
    found_modules,
    install_command,
    shell_result,
    shell_script,
)
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.plan import (
    Plan,
    check_marks,
    check_present,
    check_reached,
    described,
    make_plan,
)
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.service import Service
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError, State, Wanted, check, read_state

#: Seconds for what is done in a shell of Odoo, and for a task to end that was told to.
SHELL_TIMEOUT = 600.0


@dataclass(frozen=True)
class Environment:
    """An environment's Compose project, and how its Odoo is called there."""

    name: str
    #: Where C(compose.yaml) is.
    directory: str
    #: The service of the Compose file that one-off commands run in.
    service: str
    #: The container in which Odoo serves.
    container: str
    #: Its restart policy.
    restart: str
    #: The numbers of Odoo's user and group in the release, if they are known.
    owner: tuple[int, int] | None
    #: The release that is to serve, if that is known.
    image: str | None

    @property
    def data(self) -> str:
        """The folder of attachments and sessions."""
        return os.path.join(self.directory, "data")

    @property
    def publishing(self) -> str:
        """There while a restored database takes the place of the live one, or after that was cut short."""
        return os.path.join(self.directory, "backup", "publish.json")

    @property
    def task(self) -> str:
        """The container of a one-off command."""
        return f"{self.name}-task"


class Keeper:
    """Reads, plans and changes one database.

    :param demo_arguments: what tells the series whether a module that is installed brings demo data.
    :param timeout: seconds that installing modules may take.
    :raises OdooError: ``wanted`` has names that cannot be right.
    """

    def __init__(
        self,
        environment: Environment,
        database: _postgres.Database,
        wanted: Wanted,
        administrator: Administrator,
        *,
        demo_arguments: t.Sequence[str],
        timeout: float,
        check_mode: bool,
    ) -> None:
        check(wanted)
        self.environment = environment
        self.database = database
        self.wanted = wanted
        self.administrator = administrator
        self.demo_arguments = demo_arguments
        self.timeout = timeout
        self.check_mode = check_mode
        self.service = Service(environment.container, environment.restart)
        #: Whose the data was before the release's user got it.
        self.former_owner: tuple[int, int] | None = None
        self.steps: list[dict[str, t.Any]] = []

    def run(self) -> dict[str, t.Any]:
        """Bring the database about; what C(odoo_database) returns, with V(diff) in any case.

        :raises OdooError, PostgresError, CommandError, SecretError, FileError: whatever was stopped serves again.
        """
        if self.check_mode:
            return self.work()
        start = time.monotonic()
        with _lock.hold(_lock.environment(self.environment.name), self.timeout) as waited:
            # Database and filestore may not belong together now: nobody may start Odoo on them.
            if os.path.exists(self.environment.publishing):
                raise OdooError(
                    f"publishing a restored database of {self.environment.name} was cut short. A timer finishes it or"
                    f" takes it back within a minute (ipai-odoo-backup mend {self.environment.name}); then run again"
                )
            if self.finish() or waited:
                self.took("wait for an interrupted run", start)
            self.service.recall()
            try:
                result = self.work()
            except BaseException as exc:
                self.rescue(exc)
                raise
            # What a killed run has stopped, when nothing was left to do. One of another release gets a successor.
            if self.environment.image in (None, self.service.image):
                result["changed"] |= self.service.wake()
            return result

    def work(self) -> dict[str, t.Any]:
        """What :meth:`run` does once nobody else is at work."""
        state = self.read()
        planned = self.plan(state)
        before, after = described(state, self.wanted, planned)
        owner = self.environment.owner
        misowned = owner is not None and not given(self.environment.data, *owner)
        result: dict[str, t.Any] = {
            "changed": misowned or not planned.empty,
            "initialised": planned.initialise,
            "installed": list(planned.install),
            "resumed": list(planned.resume),
            "languages": list(planned.languages),
            "parameters": sorted(planned.parameters),
            "administrator": planned.administrator,
            "diff": {
                "before_header": str(self.database),
                "after_header": str(self.database),
                "before": before,
                "after": after,
            },
        }
        if not self.check_mode:
            if owner and misowned:
                self.hand_over(owner)
            if not planned.empty:
                state = self.apply(state, planned)
            result["demo"] = state.demo
        result["steps"] = self.steps
        return result

    # Asking

    def took(self, step: str, start: float) -> None:
        """Note a step that began at ``start`` of the monotonic clock and ends now."""
        self.steps.append({"step": step, "seconds": round(time.monotonic() - start, 1)})

    def read(self) -> State:
        """The state of the database; in check mode, that of an empty one when it was never made."""
        start = time.monotonic()
        try:
            with _postgres.reader(self.database) as reader:
                return read_state(reader, self.wanted)
        except _postgres.Unreachable:
            # Before the first run there is nothing to reach; after it, that is an error in check mode, too.
            if not self.check_mode or self.administrator.known():
                raise
            return State()
        finally:
            self.took("read", start)

    def given(self, state: State) -> Given:
        """The administrator's login and password for this database."""
        return self.administrator.given(state.uuid, check_mode=self.check_mode)

    def plan(self, state: State) -> Plan:
        """What is to be done.

        :raises OdooError: it would carry out what a person has only marked.
        """
        planned = make_plan(state, self.wanted, administrator=self.given(state).due)
        check_marks(state, planned)
        return planned

    # Changing

    def apply(self, state: State, planned: Plan) -> State:
        """Do what is planned; the state after it.

        :raises OdooError: the database is not what was wanted.
        """
        if planned.starts_odoo:
            self.check_release(state, planned)
            state = self.install(planned)
            planned = self.plan(state)
        check_reached(state, self.wanted)
        if not planned.needs_shell:
            return state
        given = self.given(state)
        login = {"login": given.login, "password": given.password} if planned.administrator else None
        script = shell_script(planned.languages, planned.parameters, login)
        shell_result(self.task(SHELL_COMMAND, SHELL_TIMEOUT, script))
        if planned.administrator:
            self.administrator.remember(given)
        state = self.read()
        left = self.plan(state)
        if not left.empty:
            raise OdooError(
                "Odoo has taken the changes and did not keep them: "
                + ", ".join([*left.languages, *left.parameters] or ["administrator"])
            )
        return state

    def check_release(self, state: State, planned: Plan) -> None:
        """Look for modules that the database has never heard of in the release, while nothing is stopped yet.

        Whatever cannot be known this way, Odoo will say.
        """
        image = self.environment.image
        unknown = [name for name in planned.install if name not in state.modules]
        if not image or not unknown or planned.initialise:
            return
        start = time.monotonic()
        try:
            found = found_modules(_stack.image_run(image, FIND_MODULES))
        except CommandError:
            return
        finally:
            self.took("look for new modules in the release", start)
        # Modules that were uploaded in Odoo.
        uploaded = glob.glob(os.path.join(glob.escape(self.environment.directory), "data", "addons", "*", "*"))
        found.update(os.path.basename(path) for path in uploaded)
        check_present([name for name in unknown if name not in found])

    def rest(self) -> None:
        """Stop Odoo, if it serves."""
        start = time.monotonic()
        if self.service.rest():
            self.took(f"stop {self.service.container}", start)

    def hand_over(self, owner: tuple[int, int]) -> None:
        """Give the data to the release's user, which the former release's then no longer reaches."""
        self.rest()
        start = time.monotonic()
        if os.path.isdir(self.environment.data):
            found = os.stat(self.environment.data)
            self.former_owner = (found.st_uid, found.st_gid)
        give(self.environment.data, *owner)
        self.took("give the data to the user of the release", start)

    def install(self, planned: Plan) -> State:
        """Install and finish modules while no other Odoo works in the database.

        Two Odoos, one of which changes tables that the other reads, wait for
        each other until one of them is thrown out.
        """
        self.rest()
        try:
            self.task(install_command(planned, self.demo_arguments), self.timeout)
        except CommandError as exc:
            check_series(exc.said)
            raise
        state = self.read()
        check_reached(state, self.wanted)
        if self.environment.image in (None, self.service.image):
            self.service.wake()
        return state

    # One-off containers

    def task(self, command: t.Sequence[str], timeout: float, stdin: str | None = None) -> str:
        """Run a command in the release; returns its standard output."""
        environment = self.environment
        start = time.monotonic()
        try:
            result = _stack.compose_run(
                environment.directory,
                environment.name,
                environment.service,
                command,
                name=environment.task,
                timeout=timeout,
                stdin=stdin,
            )
        finally:
            self.took(" ".join(part for part in command if part not in ONE_OFF), start)
        return result.stdout

    def finish(self) -> bool:
        """Wait for what an interrupted run has left at work; whether there was something.

        :raises OdooError: something else has the name of our one-off container.
        """
        task = self.environment.task
        document = _stack.container(task)
        if document is None:
            return False
        if _stack.container_project(document) != self.environment.name:
            raise OdooError(
                f"there is a container {task} that is not of this environment's Compose project, and its name"
                " is needed for one-off commands; rename the environment or that container"
            )
        return _stack.container_finish(task, self.timeout)

    def rescue(self, reason: BaseException) -> None:
        """After a failure: no task works any longer, and what was stopped serves again.

        :raises OdooError: it cannot be started; says so besides the reason.
        """
        if not self.service.resting and self.former_owner is None:
            return
        # After a time-out, what was started is still at work in the database.
        task = self.environment.task
        with contextlib.suppress(CommandError):
            if _stack.container(task) is not None:
                _stack.container_stop(task)
                _stack.container_finish(task, SHELL_TIMEOUT)
        if self.former_owner:
            give(self.environment.data, *self.former_owner)
        try:
            self.service.wake()
        except CommandError as exc:
            container = self.service.container
            raise OdooError(f"{reason}. Besides, {container} was stopped and does not start: {exc}") from exc
