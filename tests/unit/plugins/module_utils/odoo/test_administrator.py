# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.administrator import fingerprint, remember, remembered


def test_administrator_is_remembered() -> None:
    salt, mark = remembered(None)
    assert mark == ""
    first = fingerprint(salt, "uuid", "admin", "one password")
    assert remembered(remember(salt, first)) == (salt, first)
    for other in (("other", "admin", "one password"), ("uuid", "root", "one password"), ("uuid", "admin", "two")):
        assert fingerprint(salt, *other) != first
    assert fingerprint(remembered(None)[0], "uuid", "admin", "one password") != first
    for broken in ("", "{", "[]", '{"salt": "x", "fingerprint": "y"}', '{"salt": 1}'):
        assert remembered(broken)[1] == ""
