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
  uid:
    description:
      - The number of Odoo's user in the release. A directory C(data) of another user is given to this one while Odoo is
        stopped, and given back if what follows fails.
      - If not given, or V(0), it is left alone.
    type: int
    default: 0
  gid:
    description:
      - The number of this user's group.
    type: int
    default: 0
  restart:
    description:
      - When the engine is to start O(container) by itself, in the words of Compose. It holds again when the container
        serves again.
    type: str
    choices: ['no', always, on-failure, unless-stopped]
    default: unless-stopped
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

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.ipai.odoo.plugins.module_utils import _postgres
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.administrator import Administrator
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.keeper import Environment, Keeper
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError, Wanted, parameter_texts
from ansible_collections.ipai.odoo.plugins.module_utils._secret import SecretError


def argument_spec() -> dict[str, t.Any]:
    return {
        "environment": {"type": "str", "required": True},
        "directory": {"type": "path", "required": True},
        "service": {"type": "str", "default": "task"},
        "container": {"type": "str"},
        "uid": {"type": "int", "default": 0},
        "gid": {"type": "int", "default": 0},
        "restart": {
            "type": "str",
            "choices": ["no", "always", "on-failure", "unless-stopped"],
            "default": "unless-stopped",
        },
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


def keeper(params: t.Mapping[str, t.Any], check_mode: bool) -> Keeper:
    """What the arguments speak of.

    :raises OdooError: they cannot be right.
    """
    name = params["environment"]
    return Keeper(
        Environment(
            name=name,
            directory=params["directory"],
            service=params["service"],
            container=params["container"] or f"{name}-odoo",
            restart=params["restart"],
            owner=(params["uid"], params["gid"]) if params["uid"] else None,
            image=params["image"],
        ),
        _postgres.Database(
            host=params["host"],
            port=params["port"],
            name=params["name"] or name,
            user=params["user"] or name,
            password_file=params["password_file"],
            sslmode=params["sslmode"],
        ),
        Wanted(
            modules=tuple(params["modules"]),
            languages=tuple(params["languages"]),
            parameters=parameter_texts(params["parameters"]),
            secret_parameters=parameter_texts(params["secret_parameters"]),
        ),
        Administrator(params["admin_login"], params["admin_password_file"], params["admin_state_file"]),
        demo_arguments=params["demo_arguments"],
        timeout=float(params["timeout"]),
        check_mode=check_mode,
    )


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    if not _postgres.HAS_PSYCOPG2 and not module.check_mode:
        module.fail_json(msg=missing_required_lib("psycopg2"), exception=_postgres.PSYCOPG2_IMPORT_ERROR)
    try:
        result = keeper(module.params, module.check_mode).run()
    except CommandError as exc:
        module.fail_json(**exc.as_failure())
    except (OdooError, _postgres.PostgresError, SecretError, FileError) as exc:
        module.fail_json(msg=str(exc))
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
