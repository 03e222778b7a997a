# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What an environment's database is and what it should be, and Odoo's own ways from one to the other.

Reading is SQL, which takes milliseconds; changing is Odoo's business, since
only Odoo knows what follows from a change.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets as random
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._postgres import Reader

#: Odoo's technical names (odoo/modules/module.py, MODULE_NAME_RE).
MODULE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: As in the field C(code) of C(res.lang): de, de_CH, sr@latin, ca_ES@valencia, es_419.
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2}|_[0-9]{3})?(@[A-Za-z]+)?")
#: State of a module whose installation somebody has begun, and nobody has finished.  Our own runs leave no other.
UNFINISHED = "to install"
#: States of an installed module that a person has chosen something for, to be applied when that person says so.
MARKED = ("to upgrade", "to remove")
SOURCE_LANGUAGE = "en_US"
NOT_SHOWN = "(not shown)"
SALT_BYTES = 32


class OdooError(Exception):
    """A database is not, or cannot become, what was asked.  The text is for the operator."""


@dataclass(frozen=True)
class Wanted:
    """The state that a database should be in."""

    modules: tuple[str, ...] = ("base",)
    languages: tuple[str, ...] = (SOURCE_LANGUAGE,)
    #: System parameters: key → value as Odoo stores it; V(None) for no such parameter.
    parameters: t.Mapping[str, str | None] = field(default_factory=dict)
    #: The same, with values that nobody may see.
    secret_parameters: t.Mapping[str, str | None] = field(default_factory=dict)

    @property
    def all_parameters(self) -> dict[str, str | None]:
        return {**self.parameters, **self.secret_parameters}


@dataclass(frozen=True)
class State:
    """The state that a database is in, as far as somebody asked for it."""

    #: Odoo has made its first tables.
    begun: bool = False
    #: The module base is installed and there is an administrator: Odoo can run.
    initialised: bool = False
    #: Whether base was installed with demo data.
    demo: bool = False
    #: The wanted modules and those that are unfinished or marked: name → state.
    modules: t.Mapping[str, str] = field(default_factory=dict)
    #: Codes of the active languages.
    languages: frozenset[str] = frozenset()
    #: The wanted system parameters that exist: key → value.
    parameters: t.Mapping[str, str] = field(default_factory=dict)
    #: Odoo's identifier of the database.
    uuid: str = ""

    @property
    def unfinished(self) -> list[str]:
        return sorted(name for name, state in self.modules.items() if state == UNFINISHED)

    @property
    def marked(self) -> list[str]:
        return sorted(name for name, state in self.modules.items() if state in MARKED)


@dataclass(frozen=True)
class Plan:
    """What has to be done, in this order; empty when there is nothing to do."""

    initialise: bool = False
    #: Modules to install; with ``initialise``, base and all others.
    install: tuple[str, ...] = ()
    #: Modules that an interrupted run has left half done.
    resume: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    parameters: t.Mapping[str, str | None] = field(default_factory=dict)
    administrator: bool = False

    @property
    def starts_odoo(self) -> bool:
        """Whether modules change, for which no other Odoo may be at work."""
        return self.initialise or bool(self.install) or bool(self.resume)

    @property
    def needs_shell(self) -> bool:
        return bool(self.languages) or bool(self.parameters) or self.administrator

    @property
    def empty(self) -> bool:
        return not self.starts_odoo and not self.needs_shell


def parameter_text(value: t.Any) -> str | None:
    """A system parameter's value as Odoo stores it.

    Odoo writes ``True`` for true and removes the parameter for false and none
    (odoo/addons/base/models/ir_config_parameter.py, set_param).

    :raises OdooError: a list or dictionary; Odoo stores text.
    """
    if value is None or value is False:
        return None
    if value is True:
        return "True"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise OdooError(
        f"a system parameter is text, not a {type(value).__name__}; write it as JSON if an addon expects that"
    )


def parameter_texts(values: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    return {str(key): parameter_text(value) for key, value in values.items()}


def check(wanted: Wanted) -> None:
    """Refuse names that cannot be right.

    :raises OdooError: names the first offender.
    """
    for name in wanted.modules:
        if not MODULE_NAME.fullmatch(name):
            raise OdooError(f"{name!r} is no technical name of a module")
    for code in wanted.languages:
        if not LANGUAGE.fullmatch(code):
            raise OdooError(f"{code!r} is no code of a language such as en_US or de_CH")
    twice = sorted(set(wanted.parameters) & set(wanted.secret_parameters))
    if twice:
        raise OdooError(f"system parameter {twice[0]} is given twice, once as a secret")


# Reading ---------------------------------------------------------------------


def read_state(reader: Reader, wanted: Wanted) -> State:
    """The state of a database, as far as ``wanted`` speaks of it.  Five short questions."""
    if reader.value("SELECT to_regclass('public.ir_module_module') IS NULL"):
        return State()
    modules = dict(
        reader.rows(
            "SELECT name, state FROM ir_module_module WHERE name = ANY(%s) OR state = ANY(%s)",
            ["base", *wanted.modules],
            [UNFINISHED, *MARKED],
        )
    )
    ready = modules.get("base") in ("installed", *MARKED)
    if not ready or reader.value("SELECT to_regclass('public.res_lang') IS NULL"):
        return State(begun=True, modules=modules)
    keys = ["database.uuid", *wanted.all_parameters]
    parameters = dict(reader.rows("SELECT key, value FROM ir_config_parameter WHERE key = ANY(%s)", keys))
    administrator = reader.value(
        "SELECT 1 FROM ir_model_data d JOIN res_users u ON u.id = d.res_id"
        " WHERE d.module = 'base' AND d.name = 'user_admin' AND d.model = 'res.users'"
    )
    return State(
        begun=True,
        initialised=bool(administrator),
        demo=bool(reader.value("SELECT demo FROM ir_module_module WHERE name = 'base'")),
        modules=modules,
        languages=frozenset(row[0] for row in reader.rows("SELECT code FROM res_lang WHERE active")),
        parameters=parameters,
        uuid=str(parameters.get("database.uuid", "")),
    )


# Deciding --------------------------------------------------------------------


def plan(state: State, wanted: Wanted, *, administrator: bool) -> Plan:
    """What leads from ``state`` to ``wanted``.

    :param administrator: whether login and password of the administrator are
        other ones than those that were set last.
    """
    parameters = {
        key: value for key, value in sorted(wanted.all_parameters.items()) if state.parameters.get(key) != value
    }
    languages = tuple(code for code in dict.fromkeys(wanted.languages) if code not in state.languages)
    install = tuple(
        name for name in dict.fromkeys(wanted.modules) if state.modules.get(name) not in ("installed", *MARKED)
    )
    if not state.initialised:
        return Plan(
            initialise=True,
            install=tuple(dict.fromkeys(["base", *install])),
            resume=tuple(name for name in state.unfinished if name not in ("base", *install)),
            # The first becomes the default of the database (odoo/addons/base/models/res_lang.py, install_lang),
            # so all of them are told, in their order.
            languages=() if wanted.languages in ((), (SOURCE_LANGUAGE,)) else tuple(dict.fromkeys(wanted.languages)),
            parameters={key: value for key, value in parameters.items() if value is not None},
            administrator=True,
        )
    return Plan(
        install=tuple(name for name in install if state.modules.get(name) != UNFINISHED),
        resume=tuple(state.unfinished),
        languages=languages,
        parameters=parameters,
        administrator=administrator,
    )


def check_marks(state: State, planned: Plan) -> None:
    """Refuse to start an Odoo that would carry out what a person has only marked.

    Whenever Odoo installs a module, it also upgrades and uninstalls all modules
    that are marked for that (odoo/modules/loading.py, load_modules), tables and
    data with them.  As long as nothing is to be installed, marks are left alone.

    :raises OdooError: names the modules and says what to do.
    """
    if planned.starts_odoo and state.marked:
        listed = ", ".join(f"{name} ({state.modules[name]})" for name in state.marked)
        wait = ", ".join(dict.fromkeys([*planned.install, *planned.resume]))
        raise OdooError(
            f"somebody has marked modules in Odoo: {listed}. Installing {wait} would carry that out, too, and"
            " uninstalling deletes data. Apply or cancel it in Odoo under Apps, then run this again; nothing is changed"
        )


def described(state: State, wanted: Wanted, planned: Plan) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """What is different before and after, for people: the two sides of a diff."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    if planned.initialise:
        before["database"] = "interrupted initialisation" if state.begun else "empty"
        after["database"] = "initialised"
    touched = sorted({*planned.install, *planned.resume})
    if touched:
        before["modules"] = {name: state.modules.get(name, "uninstalled") for name in touched}
        after["modules"] = dict.fromkeys(touched, "installed")
    if planned.languages:
        before["languages"] = sorted(state.languages)
        after["languages"] = sorted({*state.languages, *planned.languages})
    if planned.parameters:
        before["parameters"], after["parameters"] = {}, {}
        for key, value in planned.parameters.items():
            secret = key in wanted.secret_parameters
            old = state.parameters.get(key)
            before["parameters"][key] = NOT_SHOWN if secret and old is not None else old
            after["parameters"][key] = f"another one {NOT_SHOWN}" if secret and value is not None else value
    if planned.administrator:
        before["administrator"] = "other login or password"
        after["administrator"] = "given login and password (not shown)"
    return before, after


# The administrator -----------------------------------------------------------


def fingerprint(salt: str, uuid: str, login: str, password: str) -> str:
    """A mark of login and password in one database.

    The password may be changed in Odoo afterwards; only another *given* one is
    set again, and that is known by this mark, which lies in a root-only file.
    A database that was made anew has another identifier and gets it as well.
    """
    text = json.dumps([uuid, login, password])
    return hmac.new(salt.encode("ascii"), text.encode("utf-8"), hashlib.sha256).hexdigest()


def remembered(text: str | None) -> tuple[str, str]:
    """Salt and mark from the remembering file; a new salt and no mark when it tells nothing."""
    try:
        document = json.loads(text or "")
        salt, mark = document["salt"], document["fingerprint"]
    except (ValueError, KeyError, TypeError):
        salt = mark = None
    if isinstance(salt, str) and isinstance(mark, str) and re.fullmatch(r"[0-9a-f]{64}", salt):
        return salt, mark
    return random.token_hex(SALT_BYTES), ""


def remember(salt: str, mark: str) -> str:
    return json.dumps({"salt": salt, "fingerprint": mark}) + "\n"


# Changing --------------------------------------------------------------------

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


SHELL_COMMAND = ("odoo", "shell", "--no-http", "--workers=0", "--max-cron-threads=0", "--log-level=warn")
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
    """What the script says that it has done.

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


def check_present(absent: t.Collection[str]) -> None:
    """Say that Odoo does not find these modules.

    :raises OdooError: there are some.
    """
    if absent:
        raise OdooError(
            f"Odoo does not find the modules {', '.join(sorted(absent))}: none of the addon repositories of the release"
            " has a folder with that name (odoo_addon_repositories, modules_path)"
        )


def check_reached(state: State, wanted: Wanted) -> None:
    """After a change: is the database what was wanted?

    :raises OdooError: says what is missing and what to look at.
    """
    if not state.initialised:
        raise OdooError("Odoo ended without an error, yet the database is not initialised; see what it said")
    check_present([name for name in wanted.modules if name not in state.modules])
    left = {name: found for name, found in sorted(state.modules.items()) if found not in ("installed", *MARKED)}
    if left:
        text = ", ".join(f"{name} ({found})" for name, found in left.items())
        raise OdooError(
            f"these modules are not installed: {text}. A module that Odoo calls uninstallable is for another series,"
            " one that stays 'to install' lacks another module or a Python package (odoo_pip_packages); if it is no"
            " longer wanted, cancel it in Odoo under Apps"
        )
