# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""odoo.conf from typed values: what a series does not know is an error.

Odoo itself takes unknown keys of its configuration file without a word (18.0)
or with one line in the log (19.0), so a misspelt limit would simply not hold.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import hmac
import re
import secrets as random
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series._schema import Option, Series
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series.odoo_18 import SERIES as ODOO_18
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series.odoo_19 import SERIES as ODOO_19

SERIES: dict[str, Series] = {ODOO_18.name: ODOO_18, ODOO_19.name: ODOO_19}

HEADER = "; Written by Ansible (ipai.odoo.odoo_config). Changes made here are lost.\n"
NOT_SHOWN = "(not shown)"
#: Texts that Odoo reads as a value of another type, see odoo/tools/config.py.
READ_AS_OTHER = frozenset({"True", "true", "False", "false", "None"})
TRUE_WORDS = frozenset({"true", "yes", "on"})
FALSE_WORDS = frozenset({"false", "no", "off"})
SALT_BYTES = 16


class ConfigError(Exception):
    """The values cannot become an odoo.conf.  ``problems`` has a sentence for each."""

    def __init__(self, problems: t.Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Rendered:
    """A configuration file, once as it is written and once as it may be shown."""

    text: str
    shown: str


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


def convert(option: Option, value: t.Any) -> t.Any:
    """``value`` as the option's type.

    Numbers and booleans may come as text, as they do from ``--extra-vars``.

    :raises ValueError: a clause such as "must be an integer, not 'x'".
    """
    converters: dict[str, t.Callable[[t.Any], t.Any]] = {
        "bool": _bool,
        "int": _int,
        "float": _float,
        "str": _text,
        "path": _path,
        "list": _list,
    }
    result = converters[option.kind](value)
    for item in result if isinstance(result, list) else [result]:
        if option.choices and item not in option.choices:
            raise ValueError(f"must be one of {', '.join(option.choices)}, not {item!r}")
    if option.minimum is not None and result < option.minimum:
        raise ValueError(f"must be at least {option.minimum:g}, not {result}")
    if option.maximum is not None and result > option.maximum:
        raise ValueError(f"must be at most {option.maximum:g}, not {result}")
    return result


def _wrong(expected: str, value: t.Any) -> ValueError:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text", list: "list", dict: "dictionary"}
    kind = kinds.get(type(value))
    return ValueError(f"must be {expected}, not {value!r}" + (f" ({kind})" if kind else ""))


def _bool(value: t.Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in TRUE_WORDS | FALSE_WORDS:
        return value.strip().lower() in TRUE_WORDS
    raise _wrong("true or false", value)


def _int(value: t.Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+\s*", value):
        return int(value)
    raise _wrong("an integer", value)


def _float(value: t.Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", value):
        return float(value)
    raise _wrong("a number", value)


def _text(value: t.Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _wrong("text", value)
    reason = unsafe_text(value)
    if reason:
        raise ValueError(reason)
    return value


def unsafe_text(value: str) -> str | None:
    """Why a text does not survive being written to and read from odoo.conf."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return "must be one line without control characters"
    if value != value.strip():
        return "must not begin or end with a space"
    if value in READ_AS_OTHER:
        return f"must not be the word {value}, which Odoo reads as something else; leave it out to have the default"
    return None


def _path(value: t.Any) -> str:
    text = _text(value) if isinstance(value, str) else ""
    if not text:
        raise _wrong("a path", value)
    return text


def _list(value: t.Any) -> list[str]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise _wrong("a list", value)
    result = []
    for item in items:
        text = _text(item.strip() if isinstance(item, str) else item)
        if "," in text:
            raise ValueError(f"must not have a comma inside an element, as {text!r} has")
        if text:
            result.append(text)
    return result


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
    for handler in options.get("log_handler", ()):
        if not re.fullmatch(r"[\w.]*:(CRITICAL|ERROR|WARNING|INFO|DEBUG|RUNBOT|NOTSET)", handler):
            yield f"Option 'log_handler' must have elements such as odoo.sql_db:DEBUG, not {handler!r}."


def format_value(value: t.Any) -> str:
    """A validated value as both series read it back.

    Booleans are written ``True`` and ``False``: 18.0 takes no other words.
    """
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    return str(value)


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
                    result[section][_key(name)] = _any_text(value)
                except ValueError as exc:
                    problems.append(f"Option '{name}' of section '{section}' {exc}.")
    if problems:
        raise ConfigError(problems)
    return result


def validate_addon_options(series: Series, options: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Keys of C([options]) that addons read; none of them may be Odoo's own.

    :raises ConfigError: a key is Odoo's, or cannot be written.
    """
    problems = []
    result = {}
    for name, value in options.items():
        if name in series.options or name in series.renamed or name in series.removed or name in series.command_only:
            problems.append(f"Option '{name}' is Odoo's own and does not belong under 'addon_options'.")
            continue
        try:
            result[_key(name)] = _any_text(value)
        except ValueError as exc:
            problems.append(f"Option '{name}' of 'addon_options' {exc}.")
    if problems:
        raise ConfigError(problems)
    return result


def _key(name: t.Any) -> str:
    # configparser lowers keys when it reads them.
    if not isinstance(name, str) or not re.fullmatch(r"[a-z_][a-z0-9_.-]*", name):
        raise ValueError("must have a name of small letters, digits, '_', '-' and '.'")
    return name


def _any_text(value: t.Any) -> str:
    if isinstance(value, (list, tuple)):
        return format_value(_list(value))
    return str(value) if isinstance(value, bool) else _text(value)


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


def render(
    options: t.Mapping[str, t.Any],
    secrets: t.Mapping[str, str] | None = None,
    addon_options: t.Mapping[str, str] | None = None,
    sections: t.Mapping[str, t.Mapping[str, str]] | None = None,
) -> Rendered:
    """The file's text from validated values: sorted, so that equal values give equal bytes.

    :param secrets: option to value; masked in what may be shown.
    """
    hidden = dict(secrets or {})
    values = {name: format_value(value) for name, value in options.items()}
    values.update(addon_options or {})
    values.update(hidden)
    text, shown = [HEADER, "[options]\n"], [HEADER, "[options]\n"]
    for name in sorted(values):
        text.append(_line(name, values[name]))
        shown.append(_line(name, NOT_SHOWN if name in hidden or looks_secret(name) else values[name]))
    for section in sorted(sections or {}):
        for lines in (text, shown):
            lines.append(f"\n[{section}]\n")
        for name, value in sorted((sections or {})[section].items()):
            text.append(_line(name, value))
            shown.append(_line(name, NOT_SHOWN if looks_secret(name) else value))
    return Rendered("".join(text), "".join(shown))


def _line(name: str, value: str) -> str:
    return f"{name} = {value}".rstrip() + "\n"


def looks_secret(name: str) -> bool:
    """Whether a key's name says that its value is nobody's business."""
    return re.search(r"pass|secret|token|(^|_)key($|_)|credential", name, re.IGNORECASE) is not None


def mask(text: str, secret_names: t.Iterable[str] = ()) -> str:
    """An existing odoo.conf, written by whomever, as it may be shown in a diff."""
    names = set(secret_names)
    result = []
    hiding = False
    for line in text.splitlines(keepends=True):
        body = line.lstrip("; #\t")
        match = re.match(r"([^\s=:]+)\s*[=:]", body)
        shown = line
        if match:
            hiding = match.group(1) in names or looks_secret(match.group(1))
            if hiding:
                shown = line[: len(line) - len(body)] + f"{match.group(1)} = {NOT_SHOWN}\n"
        elif hiding and line[:1].isspace() and line.strip():
            shown = f"    {NOT_SHOWN}\n"  # a value that goes on in the next line
        result.append(shown)
    return "".join(result)


def fingerprint(text: str, secrets: t.Mapping[str, str]) -> str:
    """A short mark of the whole file that changes when any value of it does.

    It is keyed with the secrets: without knowing all of them nobody can use it
    to try out values of one.
    """
    key = "\0".join(f"{name}={secrets[name]}" for name in sorted(secrets)).encode("utf-8")
    return hmac.new(hashlib.sha256(key).digest(), text.encode("utf-8"), hashlib.sha256).hexdigest()[:20]


def read_option(text: str, name: str) -> str | None:
    """The value of a key in the section C([options]) of an existing file."""
    section = ""
    for line in text.splitlines():
        header = re.fullmatch(r"\[([^]]+)\]\s*", line)
        if header:
            section = header.group(1)
        elif section == "options":
            match = re.match(rf"{re.escape(name)}\s*[=:]\s*(.*?)\s*$", line)
            if match:
                return match.group(1)
    return None


# The master password ---------------------------------------------------------


def hash_password(password: str, rounds: int, salt: bytes | None = None) -> str:
    """PBKDF2-SHA512 of the master password in passlib's format, which Odoo verifies.

    ``$pbkdf2-sha512$<rounds>$<salt>$<checksum>``, both in base64 with "." for
    "+" and without padding (passlib, Modular Crypt Format of PBKDF2).  Takes
    about half a second with the rounds that Odoo asks for.
    """
    salt = random.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode("utf-8"), salt, rounds)
    return f"$pbkdf2-sha512${rounds}${_encode(salt)}${_encode(digest)}"


def keep_or_hash_password(password: str, rounds: int, existing: str | None) -> str:
    """The existing hash if it is one of this password and strong enough, else a new one.

    That makes a second run change nothing and still gives each hash a salt of
    its own.  (A salt computed from the password by anything quicker than the
    hash itself would let an attacker test passwords against the salt.)
    """
    if existing:
        match = re.fullmatch(r"\$pbkdf2-sha512\$([0-9]{1,9})\$([A-Za-z0-9./]+)\$[A-Za-z0-9./]+", existing)
        if match and rounds <= int(match.group(1)) <= 10 * rounds:
            try:
                again = hash_password(password, int(match.group(1)), _decode(match.group(2)))
            except ValueError:
                again = ""
            if hmac.compare_digest(again, existing):
                return existing
    return hash_password(password, rounds)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").replace(b"+", b".").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)
