# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Values as the types of odoo.conf, and as the text in it that Odoo reads back as the same."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series._schema import Option

#: Texts that Odoo reads as a value of another type, see odoo/tools/config.py.
READ_AS_OTHER = frozenset({"True", "true", "False", "false", "None"})
#: What is taken for true and for false, in small or capital letters.
TRUE_WORDS = frozenset({"true", "yes", "on"})
FALSE_WORDS = frozenset({"false", "no", "off"})


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


def _kind(value: t.Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text", list: "list", dict: "dictionary"}
    return kinds.get(type(value), "")


def _wrong(expected: str, value: t.Any) -> ValueError:
    kind = _kind(value)
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


def any_text(value: t.Any) -> str:
    """What an addon reads, of which nobody knows the type, as text.

    :raises ValueError: a clause as :func:`convert` raises.
    """
    if isinstance(value, (list, tuple)):
        return format_value(_list(value))
    return str(value) if isinstance(value, bool) else _text(value)


def any_secret_text(value: t.Any) -> str:
    """Like :func:`any_text`, with a clause that has nothing of the value."""
    try:
        return any_text(value)
    except ValueError:
        raise ValueError(
            "must be true, false, a number, one line of text without spaces around it, or a list of these without"
            f" commas, not what it is ({_kind(value) or 'something else'}, not shown)"
        ) from None


def format_value(value: t.Any) -> str:
    """A validated value as both series read it back.

    Booleans are written ``True`` and ``False``: 18.0 takes no other words.
    """
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    return str(value)
