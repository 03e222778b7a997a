# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What leads from what a database is to what it should be.  Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import (
    MARKED,
    SOURCE_LANGUAGE,
    UNFINISHED,
    OdooError,
    State,
    Wanted,
)

NOT_SHOWN = "(not shown)"


@dataclass(frozen=True)
class Plan:
    """What has to be done, in this order; empty when there is nothing to do."""

    initialise: bool = False
    #: Modules to install; with ``initialise``, base and all others.
    install: tuple[str, ...] = ()
    #: Modules that an interrupted run has left half done.
    resume: tuple[str, ...] = ()
    #: Languages to load; with ``initialise``, all that are wanted, in their order.
    languages: tuple[str, ...] = ()
    #: System parameters to set: key → value as Odoo stores it; V(None) to remove it.
    parameters: t.Mapping[str, str | None] = field(default_factory=dict)
    #: Whether to set login and password of the administrator.
    administrator: bool = False

    @property
    def starts_odoo(self) -> bool:
        """Whether modules change, for which no other Odoo may be at work."""
        return self.initialise or bool(self.install) or bool(self.resume)

    @property
    def needs_shell(self) -> bool:
        """Whether something changes that a running Odoo takes on."""
        return bool(self.languages) or bool(self.parameters) or self.administrator

    @property
    def empty(self) -> bool:
        return not self.starts_odoo and not self.needs_shell


def make_plan(state: State, wanted: Wanted, *, administrator: bool) -> Plan:
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
