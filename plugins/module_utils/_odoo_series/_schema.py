# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The form in which each Odoo series describes its configuration file."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

#: bool, int, float: as in YAML.  str: text.  path: text that names a file.
#: list: a list of texts, written with commas between them.
KINDS = ("bool", "int", "float", "str", "path", "list")

Scalar = t.Union[bool, int, float, str, None]

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
LOG_LEVELS = (
    "info",
    "debug_rpc",
    "warn",
    "test",
    "critical",
    "runbot",
    "debug_sql",
    "error",
    "debug",
    "debug_rpc_answer",
    "notset",
)


@dataclass(frozen=True)
class Option:
    """One key of the section C([options])."""

    name: str
    kind: str
    #: What Odoo uses when the key is absent; None where that is "nothing".
    default: Scalar | tuple[str, ...] = None
    #: For a list, what each of its elements may be.
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    #: Must come from a file on the target, and is never shown.
    secret: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: unknown kind {self.kind}")


@dataclass(frozen=True)
class Series:
    """Everything that differs between series about the configuration file."""

    name: str
    options: t.Mapping[str, Option]
    #: Old key to the key that took its place.
    renamed: t.Mapping[str, str] = field(default_factory=dict)
    #: Key that this series does not know to what to do instead (a clause).
    removed: t.Mapping[str, str] = field(default_factory=dict)
    #: Keys that only make sense on a command line, or that a file cannot set.
    command_only: frozenset[str] = frozenset()
    #: Rounds of PBKDF2-SHA512 that this series asks of C(admin_passwd).
    hash_rounds: int = 600_000


def table(*options: Option) -> dict[str, Option]:
    """Options by name; a name given twice is a mistake in the table."""
    result = {option.name: option for option in options}
    if len(result) != len(options):
        raise ValueError("an option is listed twice")
    return result
