# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Odoo's own ways to change a database: what is run in a container of the release.

Changing is Odoo's business, since only Odoo knows what follows from a change.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.plan import Plan
from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import OdooError

#: A command that does its work and ends: no port, no workers, no crons.
ONE_OFF = ("--no-http", "--workers=0", "--max-cron-threads=0")


def install_command(planned: Plan, demo_arguments: t.Sequence[str]) -> list[str]:
    """The arguments with which Odoo installs and finishes modules, then ends.

    Languages that a new database should know come along, so that each module
    brings its translations when it is installed.
    """
    command = ["odoo", *ONE_OFF, "--stop-after-init", *demo_arguments]
    # Never a module that is installed, and base least of all: Odoo would load its data and that of all that depends on
    # it anew, the administrator's first password among it (odoo/modules/graph.py, add_child).
    command.append("--init=" + ",".join(dict.fromkeys([*planned.install, *planned.resume])))
    if planned.initialise and planned.languages:
        command.append("--load-language=" + ",".join(planned.languages))
    return command


#: Odoo 18.0 about a module of another series: it makes no database while one is among its addons, installed or not
#: (odoo/modules/module.py, adapt_version and load_manifest).
FOREIGN_MODULE = re.compile(r"Invalid version '([^']*)'.*Module (\w+): invalid manifest", re.DOTALL)


def check_series(said: str) -> None:
    """Look in what a failed Odoo has said for a module that its series does not take.

    :raises OdooError: there is one; says what to do.
    """
    found = FOREIGN_MODULE.search(said)
    if found:
        raise OdooError(
            f"module {found[2]} has version {found[1]}, which this series of Odoo does not accept. Most likely its"
            " repository is at the branch of another series: choose the one of this series (odoo_addon_repositories,"
            " version)"
        )


SHELL_COMMAND = ("odoo", "shell", *ONE_OFF, "--log-level=warn")
#: Begins the line of the shell's output that is the script's result.
MARK = "ipai.odoo result: "

SCRIPT = """
import json

def apply(env, payload):
    done = {}
    codes = payload["languages"]
    if codes:
        languages = env["res.lang"].with_context(active_test=False).search([("code", "in", codes)])
        unknown = sorted(set(codes) - set(languages.mapped("code")))
        if unknown:
            raise SystemExit("Odoo knows no language " + ", ".join(unknown))
        wizard = env["base.language.install"].create({"lang_ids": [(6, 0, languages.ids)], "overwrite": False})
        wizard.lang_install()
        done["languages"] = sorted(codes)
    if payload["parameters"]:
        parameters = env["ir.config_parameter"].sudo()
        for key, value in payload["parameters"].items():
            parameters.set_param(key, value if value is not None else False)
        done["parameters"] = sorted(payload["parameters"])
    if payload["administrator"]:
        env.ref("base.user_admin").sudo().write(payload["administrator"])
        done["administrator"] = True
    env.cr.commit()
    # Running workers learn of it.
    env.registry.signal_changes()
    return done

print({mark!r} + json.dumps(apply(env, json.loads({payload!r}))), flush=True)
"""


def shell_script(
    languages: t.Sequence[str],
    parameters: t.Mapping[str, str | None],
    administrator: t.Mapping[str, str] | None,
) -> str:
    """What goes to the standard input of ``odoo shell``: a constant script and its values as JSON.

    Standard input is seen by nobody else, unlike arguments and environment.
    """
    payload = json.dumps(
        {
            "languages": list(languages),
            "parameters": dict(parameters),
            "administrator": dict(administrator) if administrator else None,
        }
    )
    return SCRIPT.replace("{mark!r}", repr(MARK)).replace("{payload!r}", repr(payload))


def shell_result(output: str) -> dict[str, t.Any]:
    """What the script says that it has done: V(languages), V(parameters) (their keys) and V(administrator).

    :raises OdooError: it did not come to its end.
    """
    for line in reversed(output.splitlines()):
        if line.startswith(MARK):
            return t.cast("dict[str, t.Any]", json.loads(line[len(MARK) :]))
    raise OdooError("odoo shell ended without a result; the environment's image has another kind of shell?")


#: Prints what could be a module of an image: paths of manifests, and links, since a module may be one.
FIND_MODULES = (
    "command -v find >/dev/null || exit 3;"
    " find / -xdev \\( -name __manifest__.py -o -name __openerp__.py -o -type l \\) -print 2>/dev/null || true"
)


def found_modules(listing: str) -> set[str]:
    """Names of all that could be a module, from what :data:`FIND_MODULES` printed."""
    names = set()
    for line in listing.splitlines():
        parts = line.rsplit("/", 2)
        manifest = parts[-1] in ("__manifest__.py", "__openerp__.py")
        names.add(parts[-2] if manifest and len(parts) > 1 else parts[-1])
    return names
