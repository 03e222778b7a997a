#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: odoo_wait
short_description: Wait until an environment serves
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Waits until the container of Odoo is healthy, which means that it serves its login page from the real database with
    an asset, and until the same page comes through nginx under the environment's domain.
  - Fails with the last lines of Odoo's log when this takes too long, or at once when Odoo ends again and again.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.info_module
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    details:
      - Does not wait. A container that does not exist is no failure then.
options:
  environment:
    description:
      - Name of the environment.
    type: str
    required: true
  container:
    description:
      - The container in which Odoo serves. If not given, this is the environment's name followed by C(-odoo).
    type: str
  domain:
    description:
      - Name under which nginx on this machine serves the environment. If not given, nginx is not asked.
    type: str
  address:
    description:
      - Address at which nginx listens.
    type: str
    default: 127.0.0.1
  port:
    description:
      - Port at which nginx listens for HTTPS.
    type: int
    default: 443
  login_user:
    description:
      - User of the login that nginx asks for, if it does.
    type: str
  login_password_file:
    description:
      - File with the password of O(login_user).
    type: path
  timeout:
    description:
      - Seconds to wait.
    type: int
    default: 300
  log_lines:
    description:
      - How many lines of the log a failure shows.
    type: int
    default: 40
requirements:
  - Docker Engine with its C(docker) program on the target
"""

EXAMPLES = r"""
- name: Wait until the environment serves
  ipai.odoo.odoo_wait:
    environment: erp
    domain: erp.example.com
"""

RETURN = r"""
serving:
  description: Whether the environment serves. Only in check mode it may not.
  type: bool
  returned: success
  sample: true
seconds:
  description: How long it took.
  type: float
  returned: success
  sample: 12.4
"""

import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _ready, _secret, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

PAUSE = 1.0
#: A container that has ended this often while we wait will not come up by itself.
RESTARTS = 3


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "container": {"type": "str"},
        "domain": {"type": "str"},
        "address": {"type": "str", "default": "127.0.0.1"},
        "port": {"type": "int", "default": 443},
        "login_user": {"type": "str"},
        "login_password_file": {"type": "path", "no_log": False},
        "timeout": {"type": "int", "default": 300},
        "log_lines": {"type": "int", "default": 40},
    }


class Watch:
    """Looks at an environment until it serves."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        self.params = params
        self.container: str = params["container"] or f"{params['environment']}-odoo"
        self.restarts: int | None = None
        self.login: tuple[str, str] | None = None
        if params["login_user"]:
            password = _secret.read(params["login_password_file"] or "") or ""
            self.login = (params["login_user"], password)

    def look(self) -> tuple[str | None, bool]:
        """What is wrong now, and whether waiting is no use."""
        document = _stack.container(self.container)
        if document is None:
            return f"there is no container {self.container}", True
        restarts = int(document.get("RestartCount", 0))
        self.restarts = restarts if self.restarts is None else self.restarts
        if not _stack.running(document):
            return f"container {self.container} has ended ({document['State']['Status']})", True
        status, saying = _stack.health(document)
        if status not in ("healthy", "none"):
            said = f" ({saying})" if saying else ""
            return f"its healthcheck says {status}{said}", restarts >= self.restarts + RESTARTS
        domain = self.params["domain"]
        if domain:
            wrong = _ready.problem(self.params["address"], self.params["port"], domain, self.login)
            if wrong:
                return f"https://{domain}/web/login: {wrong}", False
        return None, False


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_by={"login_user": "login_password_file"},
        supports_check_mode=True,
    )
    params = module.params
    start = time.monotonic()
    wrong: str | None = None
    try:
        if module.check_mode and not _stack.available():
            module.exit_json(changed=False, serving=False, seconds=0.0)
        watch = Watch(params)
        while True:
            wrong, hopeless = watch.look()
            waited = time.monotonic() - start
            if wrong is None or hopeless or module.check_mode or waited > params["timeout"]:
                break
            time.sleep(PAUSE)
        if wrong and not module.check_mode:
            log = _stack.logs(watch.container, params["log_lines"])
            module.fail_json(
                msg=_ready.explain(params["environment"], [wrong, f"waited {waited:.0f} seconds"], log),
                log=log.splitlines(),
            )
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except _secret.SecretError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, serving=wrong is None, seconds=round(time.monotonic() - start, 1))


if __name__ == "__main__":
    main()
