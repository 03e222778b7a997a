# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins, hashed by the openssl of this machine."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _command, _htpasswd
from ansible_collections.ipai.odoo.plugins.module_utils._htpasswd import HtpasswdError, parse, render, salt_of

#: From Ulrich Drepper's specification of SHA-crypt.
KNOWN = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"


def test_known_hash() -> None:
    assert _htpasswd.sha512_crypt("Hello world!", "saltstring", _command.run) == KNOWN
    assert salt_of(KNOWN) == "saltstring"


@pytest.mark.parametrize("hashed", ["", "x", "$apr1$a$b", KNOWN + "x", KNOWN.replace("$6$", "$6$rounds=5$")])
def test_foreign_hashes_have_no_salt(hashed: str) -> None:
    assert salt_of(hashed) is None


def test_hash_stays_while_the_password_does() -> None:
    first = render({"mail": "secret one", "anna": "ünïcode: $x"}, {}, _command.run)
    assert [line.partition(":")[0] for line in first.splitlines()] == ["anna", "mail"]
    assert render({"anna": "ünïcode: $x", "mail": "secret one"}, parse(first), _command.run) == first
    second = render({"mail": "secret two", "anna": "ünïcode: $x"}, parse(first), _command.run)
    before, after = parse(first), parse(second)
    assert before["anna"] == after["anna"]
    assert before["mail"] != after["mail"]
    assert salt_of(before["mail"]) != salt_of(after["mail"])


def test_password_is_never_an_argument() -> None:
    def watch(argv: t.Sequence[str], **given: t.Any) -> _command.Result:
        assert "hush" not in " ".join(argv)
        assert given["stdin"] == "hush\n"
        return _command.Result(tuple(argv), 0, KNOWN + "\n", "")

    render({"mail": "hush"}, {}, watch)


@pytest.mark.parametrize(("user", "password"), [("a:b", "x"), ("", "x"), ("#a", "x"), ("a", ""), ("a", "x\ny")])
def test_what_cannot_be_written(user: str, password: str) -> None:
    with pytest.raises(HtpasswdError) as caught:
        render({user: password}, {}, _command.run)
    assert "x\ny" not in str(caught.value)
