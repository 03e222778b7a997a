# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What an environment's database is, and what somebody wants it to be.

Reading is SQL, which takes milliseconds.
"""

from __future__ import annotations

import re
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


class OdooError(Exception):
    """A database is not, or cannot become, what was asked.  The text is for the operator."""


@dataclass(frozen=True)
class Wanted:
    """The state that a database should be in."""

    #: Technical names.
    modules: tuple[str, ...] = ("base",)
    #: Codes; the first becomes the default of a new database.
    languages: tuple[str, ...] = (SOURCE_LANGUAGE,)
    #: System parameters: key → value as Odoo stores it; V(None) for no such parameter.
    parameters: t.Mapping[str, str | None] = field(default_factory=dict)
    #: The same, with values that nobody may see.
    secret_parameters: t.Mapping[str, str | None] = field(default_factory=dict)

    @property
    def all_parameters(self) -> dict[str, str | None]:
        """All system parameters, secret or not."""
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
        """Names of the modules that an interrupted run has left half done."""
        return sorted(name for name, state in self.modules.items() if state == UNFINISHED)

    @property
    def marked(self) -> list[str]:
        """Names of the modules that a person has chosen something for."""
        return sorted(name for name, state in self.modules.items() if state in MARKED)


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
    """:func:`parameter_text` of each value."""
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


def read_state(reader: Reader, wanted: Wanted) -> State:
    """The state of a database, as far as ``wanted`` speaks of it.  A few short questions.

    :raises PostgresError: the database refuses one.
    """
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
    if not administrator:
        # To install base once more would load all of its data anew, the administrator's first password among it.
        raise OdooError(
            "the database has Odoo's tables and no user base.user_admin, so nothing was done to it: give the external"
            " identifier base.user_admin back to the administrator (Settings, Technical, External Identifiers)"
        )
    return State(
        begun=True,
        initialised=True,
        demo=bool(reader.value("SELECT demo FROM ir_module_module WHERE name = 'base'")),
        modules=modules,
        languages=frozenset(row[0] for row in reader.rows("SELECT code FROM res_lang WHERE active")),
        parameters=parameters,
        uuid=str(parameters.get("database.uuid", "")),
    )
