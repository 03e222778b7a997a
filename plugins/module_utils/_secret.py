# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Secrets in root-only files: made once, judged when given, never shown."""

from __future__ import annotations

import os
import re
import secrets
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._files import (
    Access,
    FileError,
    access_of,
    check_directory,
    make_private_directory,
    set_access,
    write_atomic,
)

#: Letters and digits that cannot be mistaken for one another when read aloud
#: or from paper; all of them safe in URLs, shells, YAML and configuration files.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
DEFAULT_LENGTH = 32
MIN_GENERATED_LENGTH = 24
MAX_LENGTH = 256
#: A given value must have at least this many characters.
MIN_GIVEN_LENGTH = 12
MIN_DISTINCT = 5

#: Parts that guessing starts with.  A value made only of these, of names and
#: of digits and punctuation is refused.
COMMON_PARTS = (
    "abc", "abcd", "abcdef", "abcdefgh", "adm", "admin", "administrator", "asdf", "asdfgh", "bitnami", "change",
    "changeit", "changeme", "company", "database", "db", "default", "demo", "dev", "development", "digitalocean",
    "docker", "dragon", "enter", "erp", "example", "guest", "hello", "here", "hunter", "iloveyou", "insert", "ipai",
    "letmein", "local", "localhost", "login", "manager", "master", "me", "monkey", "my", "mysecret", "new", "nginx",
    "odoo", "openerp", "p4ssw0rd", "pa55w0rd", "pass", "passphrase", "passw0rd", "passwd", "password", "passwort",
    "pg", "please", "postgres", "postgresql", "preview", "prod", "production", "qwe", "qwer", "qwert", "qwerty",
    "qwertyuiop", "qwertz", "replace", "root", "sample", "secret", "server", "staging", "super", "supersecret",
    "superuser", "system", "temp", "test", "tester", "testing", "the", "this", "toor", "user", "welcome", "xyz",
    "your", "zxcvbn", "zxcvbnm",
)  # fmt: skip


class SecretError(Exception):
    """A secret cannot be accepted or held.  The text never contains the secret."""


@dataclass(frozen=True)
class Outcome:
    """What :func:`hold` did, or would do in check mode."""

    changed: bool
    #: A file was made that was not there.
    created: bool
    #: An existing secret was exchanged for the given one.
    replaced: bool
    before: str
    after: str


def generate(length: int = DEFAULT_LENGTH) -> str:
    """A random secret of ``length`` characters (5.8 bits each)."""
    if not MIN_GENERATED_LENGTH <= length <= MAX_LENGTH:
        raise SecretError(f"length must be between {MIN_GENERATED_LENGTH} and {MAX_LENGTH}, not {length}")
    while True:
        value = "".join(secrets.choice(ALPHABET) for unused in range(length))
        # Too like a word by chance is next to impossible, but costs nothing to exclude.
        if weakness(value) is None:
            return value


def unusable(value: str) -> str | None:
    """Why ``value`` cannot be kept in a file, whoever chose it, or ``None``."""
    if not value:
        return "is empty"
    if value != value.strip():
        return "begins or ends with a space"
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return "contains a line break or another control character"
    if len(value) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    return None


def weakness(value: str, names: t.Iterable[str] = ()) -> str | None:
    """Why ``value`` is no good as a secret, or ``None``.

    :param names: words that belong to this secret, such as the environment's
        and the login's names.  A secret made of them is refused.
    :returns: a clause without the value, to follow "the password".
    """
    reason = unusable(value)
    if reason:
        return reason
    plain = re.sub(r"[\W_]+", "", value.casefold())
    own = {re.sub(r"[\W_]+", "", part) for name in names for part in _name_parts(name.casefold())} - {""}
    findings = (
        (plain in own, "is the name of what it protects"),
        (plain in COMMON_PARTS, "is a well-known default"),
        (len(value) < MIN_GIVEN_LENGTH, f"is too short: {MIN_GIVEN_LENGTH} characters are the least"),
        (len(set(value)) < MIN_DISTINCT, f"has fewer than {MIN_DISTINCT} different characters"),
    )
    for found, clause in findings:
        if found:
            return clause
    if _made_of(plain, own.union(COMMON_PARTS)):
        return "is made of well-known words, names and digits only"
    return None


def _made_of(text: str, parts: t.Collection[str]) -> bool:
    """Whether ``text`` is nothing but parts and digits, one after the other.

    Position by position: a regular expression of the same meaning takes
    exponential time on repeated words.
    """
    reached = [True] + [False] * len(text)
    for end in range(1, len(text) + 1):
        reached[end] = (reached[end - 1] and text[end - 1].isdigit()) or any(
            reached[end - len(part)] for part in parts if len(part) <= end and text.endswith(part, 0, end)
        )
    return reached[-1]


def _name_parts(name: str) -> set[str]:
    return {name, *re.split(r"[^0-9a-z]+", name)}


def check(value: str, names: t.Iterable[str] = (), what: str = "the given value", *, strict: bool = True) -> None:
    """Refuse a weak value; without ``strict`` only one that no file can hold.

    :raises SecretError: says why and what to do, without the value.
    """
    if not strict:
        reason = unusable(value)
        if reason:
            raise SecretError(f"{what} {reason}.")
        return
    reason = weakness(value, names)
    if reason:
        raise SecretError(
            f"{what} {reason}. Choose a random one of at least {MIN_GIVEN_LENGTH} characters,"
            " or leave it out and one is made for you."
        )


def read(path: str) -> str | None:
    """The secret in a file, without the line break at its end; ``None`` when there is none.

    :raises SecretError: it cannot be read as UTF-8 text.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(4 * MAX_LENGTH + 2)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise SecretError(f"{path} is not text; remove it and run again") from None
    except OSError as exc:
        raise SecretError(f"cannot read {path}: {exc.strerror}") from exc
    return text.rstrip("\r\n") or None


def hold(
    path: str,
    access: Access,
    *,
    value: str | None = None,
    length: int = DEFAULT_LENGTH,
    names: t.Iterable[str] = (),
    strict: bool = True,
    dry_run: bool = False,
) -> Outcome:
    """See to it that the file at ``path`` holds a secret.

    :param access: owner, group and mode of the file; a directory that is
        missing is made with the same owner and mode 0700.
    :param value: what the file must hold.  Without it, whatever the file
        holds is kept, and a random secret is made only where there is none.
    :param strict: refuse a weak ``value``.
    :param dry_run: only say what would change.
    :raises SecretError: the given or the held value is weak, or the place is
        not safe.
    """
    names = list(names)
    if not os.path.isabs(path):
        raise SecretError(f"{path} is not an absolute path")
    if access.mode & 0o037:
        raise SecretError(f"mode {access.mode:04o} would let others at the secret; use 0600 or 0640")
    if value is not None:
        check(value, names, strict=strict)
    try:
        present = access_of(path)
        held = read(path) if present else None
        if held is not None and value is None:
            _check_held(path, held, names)
        _prepare_directory(os.path.dirname(path), access, dry_run)
        outcome = _plan(held, value, present, access)
        if dry_run or not outcome.changed:
            return outcome
        if outcome.created or outcome.replaced:
            new = generate(length) if value is None else value
            if not write_atomic(path, new.encode("utf-8"), access, exclusive=present is None):
                # Another run was faster: what it made is as good, unless a value was asked for.
                return hold(path, access, value=value, length=length, names=names, strict=strict)
        else:
            set_access(path, access)
        return outcome
    except FileError as exc:
        raise SecretError(str(exc)) from exc


def _check_held(path: str, held: str, names: t.Iterable[str]) -> None:
    reason = weakness(held, names)
    if reason:
        raise SecretError(f"the secret in {path} {reason}. Remove the file, and a good one is made.")


def _prepare_directory(path: str, access: Access, dry_run: bool) -> None:
    if not dry_run:
        make_private_directory(path, Access(access.uid, access.gid, 0o700))
    elif os.path.exists(path):
        check_directory(path, os.stat(path).st_mode)


def _plan(held: str | None, value: str | None, present: Access | None, access: Access) -> Outcome:
    created = held is None
    replaced = held is not None and value is not None and held != value
    before = "absent" if created else f"a secret (not shown), {present}"
    after = f"{'another' if replaced else 'a'} secret (not shown), {access}"
    return Outcome(before != after, created, replaced, before, after)
