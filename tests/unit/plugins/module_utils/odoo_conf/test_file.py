# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import configparser

from ansible_collections.ipai.odoo.plugins.module_utils._files import Access
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import file
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf.options import (
    get_series,
    validate,
    validate_addon_options,
    validate_sections,
)


def parsed(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return dict(parser.items("options"))


def test_sorted_typed_and_readable_by_odoo() -> None:
    series = get_series("18.0")
    given = {
        "workers": 4,
        "list_db": False,
        "db_name": "erp",
        "addons_path": ["/a", "/b"],
        "transient_age_limit": 1,
    }
    rendered = file.render(validate(series, given), {"db_password": "p%w; #=x"})
    assert rendered.text == (
        file.HEADER + "[options]\n"
        "addons_path = /a,/b\ndb_name = erp\ndb_password = p%w; #=x\n"
        "list_db = False\ntransient_age_limit = 1.0\nworkers = 4\n"
    )
    assert parsed(rendered.text)["db_password"] == "p%w; #=x"
    assert "p%w" not in rendered.shown and "db_password = (not shown)" in rendered.shown
    reordered = file.render(validate(series, dict(reversed(list(given.items())))), {"db_password": "p%w; #=x"})
    assert reordered == rendered


def test_sections_and_addon_options() -> None:
    series = get_series("19.0")
    sections = validate_sections({"queue_job": {"channels": "root:2,root.mail:1", "http_auth_password": "x"}})
    addons = validate_addon_options(series, {"running_env": "prod", "sentry_enabled": True})
    rendered = file.render({}, {}, addons, sections)
    assert "running_env = prod\nsentry_enabled = True\n" in rendered.text
    assert rendered.text.endswith("[queue_job]\nchannels = root:2,root.mail:1\nhttp_auth_password = x\n")
    assert "http_auth_password = (not shown)" in rendered.shown


def test_mask() -> None:
    text = "[options]\n; admin_passwd = admin\ndb_password=abc\n  def\nworkers = 2\napi_token : t\nother = o\n"
    assert file.mask(text, ["other"]) == (
        "[options]\n; admin_passwd = (not shown)\ndb_password = (not shown)\n    (not shown)\n"
        "workers = 2\napi_token = (not shown)\nother = (not shown)\n"
    )


def test_fingerprint() -> None:
    base: tuple[str, dict[str, str], Access] = ("a", {"x": "1"}, Access(0, 101, 0o640))
    assert len(file.fingerprint(*base)) == 20 and file.fingerprint(*base) == file.fingerprint(*base)
    others = [("b", *base[1:]), ("a", {"x": "2"}, base[2]), ("a", base[1], Access(0, 102, 0o640))]
    assert len({file.fingerprint(*each) for each in (base, *others)}) == 4


def test_read_option() -> None:
    text = "[other]\nadmin_passwd = no\n[options]\nadmin_passwd = $a$b  \n[x]\nadmin_passwd = no\n"
    assert file.read_option(text, "admin_passwd") == "$a$b"
    assert file.read_option("", "admin_passwd") is None
