# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What may stand in odoo.conf: what a series does not know is an error.

Odoo itself takes unknown keys of its configuration file without a word (18.0)
or with one line in the log (19.0), so a misspelt limit would simply not hold.
"""

from __future__ import annotations

import difflib
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.values import any_secret_text, any_text, convert
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series._schema import Series
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series.odoo_18 import SERIES as ODOO_18
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series.odoo_19 import SERIES as ODOO_19

SERIES: dict[str, Series] = {ODOO_18.name: ODOO_18, ODOO_19.name: ODOO_19}


class ConfigError(Exception):
    """The values cannot become an odoo.conf.  ``problems`` has a sentence for each."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


def series_name(value: object) -> str | None:
    """The series as text: YAML makes a number of an unquoted 18.0, Jinja at times an integer."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return f"{value:.1f}"
    return value if isinstance(value, str) else None


def get_series(value: object) -> Series:
    """The tables of a series.

    :raises ConfigError: the series is not known.
    """
    name = series_name(value)
    if name is None or name not in SERIES:
        raise ConfigError([f"Odoo series {value!r} is not supported; choose one of {', '.join(sorted(SERIES))}."])
    return SERIES[name]


def validate(series: Series, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Options with their values brought to the type of the schema.

    A value of ``None`` leaves the option out, so that Odoo's default holds.

    :returns: name to bool, int, float, str or a list of str.
    :raises ConfigError: with all problems, each naming the option.
    """
    problems: list[str] = []
    result: dict[str, t.Any] = {}
    for name, value in options.items():
        option = series.options.get(name)
        if option is None:
            problems.append(unknown_option(series, name))
        elif option.secret and value is not None:
            problems.append(f"Option '{name}' is a secret: give the path of a file that holds it under 'secrets'.")
        elif value is not None:
            try:
                result[name] = convert(option, value)
            except ValueError as exc:
                problems.append(f"Option '{name}' {exc}.")
    problems.extend(_contradictions(result))
    if problems:
        raise ConfigError(problems)
    return result


def unknown_option(series: Series, name: object) -> str:
    """Why a key is refused, and what to write instead."""
    if not isinstance(name, str):
        return f"Option name {name!r} is not text."
    start = f"Option '{name}'"
    if name in series.renamed:
        return f"{start} is called '{series.renamed[name]}' in Odoo {series.name}."
    if name in series.removed:
        return f"{start} does not exist in Odoo {series.name}: {series.removed[name]}."
    if name in series.command_only:
        return f"{start} belongs on a command line; the configuration file of Odoo {series.name} has no use for it."
    guess = nearest(name, series.options)
    if guess:
        return f"{start} is unknown to Odoo {series.name}. Did you mean '{guess}'?"
    return f"{start} is unknown to Odoo {series.name}. What an addon reads goes under 'addon_options'."


def nearest(name: str, known: t.Iterable[str]) -> str | None:
    """The known name that ``name`` was most likely meant to be."""
    names = sorted(known)
    plain = name.strip().lower().replace("-", "_")
    if plain in names:
        return plain
    found = difflib.get_close_matches(plain, names, n=1, cutoff=0.6)
    return found[0] if found else None


def _contradictions(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """What types alone do not catch: values that contradict each other, or stop Odoo from starting."""
    for suffix in ("", "_gevent"):
        soft, hard = options.get(f"limit_memory_soft{suffix}"), options.get(f"limit_memory_hard{suffix}")
        if soft and hard and soft > hard:
            yield (
                f"Option 'limit_memory_soft{suffix}' ({soft}) must not be above 'limit_memory_hard{suffix}' ({hard}):"
                " the worker would die in the middle of a request instead of after it."
            )
    if options.get("syslog") and options.get("logfile"):
        yield "Options 'syslog' and 'logfile' exclude each other."
    if options.get("http_port") is not None and options.get("http_port") == options.get("gevent_port"):
        yield "Options 'http_port' and 'gevent_port' must be different ports."
    if options.get("dbfilter"):
        try:
            # %h and %d become parts of the host name, see odoo/http.py.
            re.compile(options["dbfilter"].replace("%h", "h").replace("%d", "d"))
        except re.error as exc:
            yield f"Option 'dbfilter' is not a regular expression: {exc}."
    # Without elements it would be written as one that is empty, at which 18.0 stops.
    for handler in options.get("log_handler", (":INFO",)) or ("",):
        if not re.fullmatch(r"[\w.]*:(CRITICAL|ERROR|WARNING|INFO|DEBUG|RUNBOT|NOTSET)", handler):
            yield f"Option 'log_handler' must have elements such as odoo.sql_db:DEBUG, not {handler!r}."


def validate_sections(
    sections: t.Mapping[str, t.Mapping[str, t.Any]],
) -> dict[str, dict[str, str]]:
    """Sections beside C([options]) that addons read, with their values as text.

    :raises ConfigError: names or values that would break the file.
    """
    problems = []
    result: dict[str, dict[str, str]] = {}
    for section, values in sections.items():
        if not re.fullmatch(r"[A-Za-z][\w.-]*", str(section)) or section in ("options", "DEFAULT"):
            problems.append(f"Section name {section!r} is not allowed.")
        elif not isinstance(values, t.Mapping):
            problems.append(f"Section '{section}' must be a dictionary.")
        else:
            result[section] = {}
            for name, value in values.items():
                try:
                    result[section][_key(name)] = any_text(value)
                except ValueError as exc:
                    problems.append(f"Option '{name}' of section '{section}' {exc}.")
    if problems:
        raise ConfigError(problems)
    return result


def validate_addon_options(series: Series, options: t.Mapping[str, t.Any], *, secret: bool = False) -> dict[str, str]:
    """Keys of C([options]) that addons read; none of them may be Odoo's own.

    :param secret: no problem may have anything of a value.
    :raises ConfigError: a key is Odoo's, or cannot be written.
    """
    problems = []
    result = {}
    place, as_text = ("secret_addon_options", any_secret_text) if secret else ("addon_options", any_text)
    for name, value in options.items():
        if name in series.options or name in series.renamed or name in series.removed or name in series.command_only:
            problems.append(f"Option '{name}' is Odoo's own and does not belong under '{place}'.")
            continue
        try:
            result[_key(name)] = as_text(value)
        except ValueError as exc:
            problems.append(f"Option '{name}' of '{place}' {exc}.")
    if problems:
        raise ConfigError(problems)
    return result


def _key(name: t.Any) -> str:
    # configparser lowers keys when it reads them.
    if not isinstance(name, str) or not re.fullmatch(r"[a-z_][a-z0-9_.-]*", name):
        raise ValueError("must have a name of small letters, digits, '_', '-' and '.'")
    return name


def validate_secrets(series: Series, names: t.Iterable[str], options: t.Mapping[str, t.Any]) -> None:
    """Only options of type text may come from a file, and each from one place.

    :raises ConfigError: with all problems.
    """
    problems = []
    for name in names:
        option = series.options.get(name)
        if option is None:
            problems.append(unknown_option(series, name))
        elif option.kind != "str" or option.choices:
            problems.append(f"Option '{name}' cannot come from a secret file: it is no text.")
        elif options.get(name) is not None:
            problems.append(f"Option '{name}' is given twice: under 'options' and under 'secrets'.")
    if problems:
        raise ConfigError(problems)
