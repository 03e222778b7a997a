#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_database
short_description: Bring the database of an environment to the wanted state
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Sees to it that the database is initialised, that modules are installed, languages loaded and system parameters set,
    and that the administrator has the given login and password.
  - Looks at the database with SQL, which takes less than a second, and starts Odoo only if something has to change.
    Changes are made by Odoo itself, in a one-off container of the environment's release.
  - What an interrupted run has left behind is finished. A one-off container that is still at work is waited for.
  - Modules that somebody has marked in Odoo for an upgrade or for removal stay as they are. Odoo carries such marks out
    when it installs anything, so the module refuses to install as long as there are some.
  - Odoo is stopped while modules are installed. Whatever then fails, it is started again. Should the machine restart
    meanwhile, a container with the restart policy C(unless-stopped) is started by Docker.
  - Installed modules and loaded languages that are not asked for are left alone, as are other system parameters.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - If the database cannot be reached, it counts as empty, unless this module has already set its administrator.
  diff_mode:
    support: full
    details:
      - Values of O(secret_parameters) and passwords are not shown.
  idempotent:
    support: full
options:
  environment:
    description:
      - Name of the environment and of its Compose project.
    type: str
    required: true
  directory:
    description:
      - The environment's directory with C(compose.yaml).
    type: path
    required: true
  service:
    description:
      - The service of the Compose file that one-off commands run in.
    type: str
    default: task
  container:
    description:
      - The container in which Odoo serves. It is stopped while modules are installed, and started again.
      - If not given, this is the environment's name followed by C(-odoo).
    type: str
  image:
    description:
      - The image of the release. A container of another one stays stopped after modules were installed, since it lacks
        their code and something follows that replaces it. After a failure it is started in any case.
    type: str
  host:
    description:
      - Address of the database server as this machine reaches it.
    type: str
    required: true
  port:
    description:
      - Port of the database server.
    type: int
    default: 5432
  name:
    description:
      - Name of the database. If not given, it is O(environment).
    type: str
  user:
    description:
      - Role that reads. If not given, it is O(environment).
    type: str
  password_file:
    description:
      - File with the password of the role.
    type: path
    required: true
  sslmode:
    description:
      - Whether the connection is encrypted, and how much of the server's certificate is verified.
    type: str
    choices:
      - disable
      - allow
      - prefer
      - require
      - verify-ca
      - verify-full
    default: prefer
  demo_arguments:
    description:
      - Arguments that tell this series whether to load demo data, such as V(--without-demo=all).
      - They count for modules that are installed now. Demo data that is there is not removed.
    type: list
    elements: str
    default: []
  modules:
    description:
      - Technical names of modules that must be installed. C(base) always is.
    type: list
    elements: str
    default:
      - base
  languages:
    description:
      - Codes of languages that must be loaded. The first becomes the default of a database that is initialised.
    type: list
    elements: str
    default:
      - en_US
  parameters:
    description:
      - System parameters that must have these values. Values appear in the result and in logs.
      - V(true) is stored as C(True). With V(false) or V(null), the parameter must not exist, which is what these mean
        to Odoo.
    type: dict
    default: {}
  secret_parameters:
    description:
      - Like O(parameters), with values that are not shown.
    type: dict
    default: {}
  admin_login:
    description:
      - Login of the administrator that Odoo makes (C(base.user_admin)).
    type: str
    default: admin
  admin_password_file:
    description:
      - File with the administrator's password.
      - Set when the database is made, and again when login or file change. In between, the administrator may choose
        another one.
    type: path
    required: true
  admin_state_file:
    description:
      - File in which the module remembers, as a keyed hash, what login and password it has set.
    type: path
    required: true
  timeout:
    description:
      - Seconds that installing modules may take.
    type: int
    default: 3600
requirements:
  - psycopg2 on the target
  - Docker Engine with Compose v2 on the target
seealso:
  - module: ipai.odoo.odoo_release
"""

EXAMPLES = r"""
- name: Keep the database of an environment
  ipai.odoo.odoo_database:
    environment: erp
    directory: /srv/odoo/erp
    host: 10.202.0.2
    password_file: /srv/odoo/erp/secrets/database_password
    modules:
      - crm
      - sale_management
    languages:
      - en_US
      - de_DE
    parameters:
      web.base.url: https://erp.example.com
      web.base.url.freeze: true
    admin_password_file: /srv/odoo/erp/secrets/admin_password
    admin_state_file: /srv/odoo/erp/secrets/admin_state
"""

RETURN = r"""
initialised:
  description: Whether the database was initialised, or in check mode would be.
  type: bool
  returned: success
  sample: false
installed:
  description: Modules that were installed, without those that came along because others need them.
  type: list
  elements: str
  returned: success
  sample:
    - crm
resumed:
  description: Modules that an interrupted run had left half done.
  type: list
  elements: str
  returned: success
  sample: []
languages:
  description: Languages that were loaded.
  type: list
  elements: str
  returned: success
  sample:
    - de_DE
parameters:
  description: Keys of the system parameters that were set or removed.
  type: list
  elements: str
  returned: success
  sample:
    - web.base.url
administrator:
  description: Whether login and password of the administrator were set.
  type: bool
  returned: success
  sample: false
demo:
  description: Whether the database was initialised with demo data.
  type: bool
  returned: outside of check mode
  sample: false
steps:
  description: What was done and how many seconds it took.
  type: list
  elements: dict
  returned: success
  contains:
    step:
      description: What was done.
      type: str
      returned: always
      sample: odoo --init=base,crm
    seconds:
      description: How long it took.
      type: float
      returned: always
      sample: 31.4
  sample:
    - step: read
      seconds: 0.1
"""

import contextlib
import glob
import os
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.ipai.odoo.plugins.module_utils import _odoo, _postgres, _secret, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, FileError, write_atomic

STATE_ACCESS = Access(0, 0, 0o600)
SHELL_TIMEOUT = 600.0
#: With this restart policy, the engine never again starts a container that somebody has stopped.
KEEPS_STOPPED = "unless-stopped"
#: With this one, it does when it starts itself.
STARTS_AGAIN = "always"


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "directory": {"type": "path", "required": True},
        "service": {"type": "str", "default": "task"},
        "container": {"type": "str"},
        "image": {"type": "str"},
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 5432},
        "name": {"type": "str"},
        "user": {"type": "str"},
        # Paths, nothing secret in themselves.
        "password_file": {"type": "path", "required": True, "no_log": False},
        "sslmode": {
            "type": "str",
            "choices": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
            "default": "prefer",
        },
        "demo_arguments": {"type": "list", "elements": "str", "default": []},
        "modules": {"type": "list", "elements": "str", "default": ["base"]},
        "languages": {"type": "list", "elements": "str", "default": ["en_US"]},
        "parameters": {"type": "dict", "default": {}},
        "secret_parameters": {"type": "dict", "default": {}, "no_log": True},
        "admin_login": {"type": "str", "default": "admin"},
        "admin_password_file": {"type": "path", "required": True, "no_log": False},
        "admin_state_file": {"type": "path", "required": True},
        "timeout": {"type": "int", "default": 3600},
    }


class Keeper:
    """Reads, plans and changes one database."""

    def __init__(self, params: t.Mapping[str, t.Any], check_mode: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self.steps: list[dict[str, t.Any]] = []
        #: The container that we have stopped and that has to serve again.
        self.resting: dict[str, t.Any] | None = None
        environment = params["environment"]
        self.container: str = params["container"] or f"{environment}-odoo"
        self.database = _postgres.Database(
            host=params["host"],
            port=params["port"],
            name=params["name"] or environment,
            user=params["user"] or environment,
            password_file=params["password_file"],
            sslmode=params["sslmode"],
        )
        self.wanted = _odoo.Wanted(
            modules=tuple(params["modules"]),
            languages=tuple(params["languages"]),
            parameters=_odoo.parameter_texts(params["parameters"]),
            secret_parameters=_odoo.parameter_texts(params["secret_parameters"]),
        )
        _odoo.check(self.wanted)

    # Asking

    def read(self) -> _odoo.State:
        start = time.monotonic()
        try:
            with _postgres.reader(self.database) as reader:
                return _odoo.read_state(reader, self.wanted)
        except _postgres.Unreachable:
            # Before the first run there is nothing to reach; after it, that is an error in check mode, too.
            if not self.check_mode or _secret.read(self.params["admin_state_file"]) is not None:
                raise
            return _odoo.State()
        finally:
            self.took("read", start)

    def administrator(self, state: _odoo.State) -> tuple[bool, str, str]:
        """Whether the administrator has to be set; his password, and what to remember then."""
        params = self.params
        password = _secret.read(params["admin_password_file"])
        if password is None:
            if self.check_mode:
                return True, "", ""
            raise _odoo.OdooError(f"there is no password in {params['admin_password_file']}")
        salt, mark = _odoo.remembered(_secret.read(params["admin_state_file"]))
        now = _odoo.fingerprint(salt, state.uuid, params["admin_login"], password)
        return now != mark, password, _odoo.remember(salt, now)

    def plan(self, state: _odoo.State) -> _odoo.Plan:
        planned = _odoo.plan(state, self.wanted, administrator=self.administrator(state)[0])
        _odoo.check_marks(state, planned)
        return planned

    # Changing

    def took(self, step: str, start: float) -> None:
        self.steps.append({"step": step, "seconds": round(time.monotonic() - start, 1)})

    def task(self, command: t.Sequence[str], timeout: float, stdin: str | None = None) -> str:
        """Run a command in the release; returns its standard output."""
        environment = self.params["environment"]
        start = time.monotonic()
        try:
            result = _stack.compose_run(
                self.params["directory"],
                environment,
                self.params["service"],
                command,
                name=self.task_name,
                timeout=timeout,
                stdin=stdin,
            )
        finally:
            self.took(" ".join(part for part in command if part not in _odoo.ONE_OFF), start)
        return result.stdout

    @property
    def task_name(self) -> str:
        return f"{self.params['environment']}-task"

    def check_release(self, state: _odoo.State, planned: _odoo.Plan) -> None:
        """Look for modules that the database has never heard of in the release, while nothing is stopped yet.

        Whatever cannot be known this way, Odoo will say.
        """
        image = self.params["image"]
        unknown = [name for name in planned.install if name not in state.modules]
        if not image or not unknown or planned.initialise:
            return
        start = time.monotonic()
        try:
            found = _odoo.found_modules(_stack.image_run(image, _odoo.FIND_MODULES))
        except CommandError:
            return
        finally:
            self.took("look for new modules in the release", start)
        # Modules that were uploaded in Odoo.
        uploaded = glob.glob(os.path.join(glob.escape(self.params["directory"]), "data", "addons", "*", "*"))
        found.update(os.path.basename(path) for path in uploaded)
        _odoo.check_present([name for name in unknown if name not in found])

    def rest(self) -> None:
        """Stop Odoo, and see to it that it comes back when the machine restarts before we are done."""
        document = _stack.container(self.container)
        if document is None or not _stack.running(document):
            return
        start = time.monotonic()
        # First of all, so that an interrupted stop is made good as well.
        self.resting = document
        if _stack.restart_policy(document) == KEEPS_STOPPED:
            _stack.container_restart_policy(self.container, STARTS_AGAIN)
        _stack.container_stop(self.container)
        self.took(f"stop {self.container}", start)

    def interrupted(self) -> dict[str, t.Any] | None:
        """The container that a run has stopped and, since it was killed, not started again."""
        document = _stack.container(self.container)
        if document is None or _stack.running(document) or _stack.restart_policy(document) != STARTS_AGAIN:
            return None
        return document

    def wake(self) -> None:
        """Start the Odoo again that was stopped."""
        document, self.resting = self.resting, None
        if document is None:
            return
        _stack.container_start(self.container)
        if _stack.restart_policy(document) == KEEPS_STOPPED:
            _stack.container_restart_policy(self.container, KEEPS_STOPPED)

    def rescue(self, reason: BaseException) -> None:
        """After a failure: no task works any longer, and what was stopped serves again.

        :raises OdooError: it cannot be started; says so besides the reason.
        """
        if self.resting is None:
            return
        # After a time-out, what was started is still at work in the database.
        with contextlib.suppress(CommandError):
            if _stack.container(self.task_name) is not None:
                _stack.container_stop(self.task_name)
                _stack.container_finish(self.task_name, SHELL_TIMEOUT)
        try:
            self.wake()
        except CommandError as exc:
            raise _odoo.OdooError(f"{reason}. Besides, {self.container} was stopped and does not start: {exc}") from exc

    def install(self, planned: _odoo.Plan) -> _odoo.State:
        """Install and finish modules while no other Odoo works in the database.

        Two Odoos, one of which changes tables that the other reads, wait for
        each other until one of them is thrown out.
        """
        self.rest()
        self.task(_odoo.install_command(planned, self.params["demo_arguments"]), float(self.params["timeout"]))
        state = self.read()
        _odoo.check_reached(state, self.wanted)
        if self.resting and self.params["image"] in (None, self.resting["Config"]["Image"]):
            self.wake()
        return state

    def apply(self, state: _odoo.State, planned: _odoo.Plan) -> _odoo.State:
        if planned.starts_odoo:
            self.check_release(state, planned)
            state = self.install(planned)
            planned = self.plan(state)
        _odoo.check_reached(state, self.wanted)
        if planned.needs_shell:
            _due, password, memory = self.administrator(state)
            login = {"login": self.params["admin_login"], "password": password}
            script = _odoo.shell_script(planned.languages, planned.parameters, login if planned.administrator else None)
            _odoo.shell_result(self.task(_odoo.SHELL_COMMAND, SHELL_TIMEOUT, script))
            if planned.administrator:
                write_atomic(self.params["admin_state_file"], memory.encode("ascii"), STATE_ACCESS)
            state = self.read()
            left = self.plan(state)
            if not left.empty:
                raise _odoo.OdooError(
                    "Odoo has taken the changes and did not keep them: "
                    + ", ".join([*left.languages, *left.parameters] or ["administrator"])
                )
        return state

    def finish(self, timeout: float) -> bool:
        """Wait for what an interrupted run has left at work; whether there was something.

        :raises OdooError: something else has the name of our one-off container.
        """
        document = _stack.container(self.task_name)
        if document is None:
            return False
        if _stack.container_project(document) != self.params["environment"]:
            raise _odoo.OdooError(
                f"there is a container {self.task_name} that is not of this environment's Compose project, and its name"
                " is needed for one-off commands; rename the environment or that container"
            )
        return _stack.container_finish(self.task_name, timeout)

    def run(self) -> dict[str, t.Any]:
        if self.check_mode:
            return self.work()
        start = time.monotonic()
        timeout = float(self.params["timeout"])
        with _stack.environment_lock(self.params["environment"], timeout) as waited:
            if self.finish(timeout) or waited:
                self.took("wait for an interrupted run", start)
            self.resting = self.interrupted()
            try:
                return self.work()
            except BaseException as exc:
                self.rescue(exc)
                raise

    def work(self) -> dict[str, t.Any]:
        state = self.read()
        planned = self.plan(state)
        before, after = _odoo.described(state, self.wanted, planned)
        result: dict[str, t.Any] = {
            "changed": not planned.empty,
            "initialised": planned.initialise,
            "installed": list(planned.install),
            "resumed": list(planned.resume),
            "languages": list(planned.languages),
            "parameters": sorted(planned.parameters),
            "administrator": planned.administrator,
            "diff": {"before_header": str(self.database), "after_header": str(self.database)},
        }
        result["diff"].update(before=before, after=after)
        if not self.check_mode:
            if not planned.empty:
                state = self.apply(state, planned)
            result["demo"] = state.demo
        result["steps"] = self.steps
        return result


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if not _postgres.HAS_PSYCOPG2 and not module.check_mode:
        module.fail_json(msg=missing_required_lib("psycopg2"), exception=_postgres.PSYCOPG2_IMPORT_ERROR)
    try:
        result = Keeper(module.params, module.check_mode).run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (_odoo.OdooError, _postgres.PostgresError, _secret.SecretError, FileError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
