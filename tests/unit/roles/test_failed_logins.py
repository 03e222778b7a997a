# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a failed login to a ban: what nginx (its role) writes is what fail2ban (role hardening) reads,
and no visitor can write it."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

#: What fail2ban 1.0 makes of the words that the filter uses.
ADDR = r"(?P<addr>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+)"
DATE = {"%Y": r"\d{4}", "%m": r"\d\d", "%d": r"\d\d", "%H": r"\d\d", "%M": r"\d\d", "%S": r"\d\d"}
DATE["%z"] = r"(?:Z|UTC|GMT|[+-][01]\d(?::?\d{2})?)"


@pytest.fixture(scope="module")
def nginx(root: Path) -> str:
    return (root / "roles/nginx/templates/nginx.conf.j2").read_text(encoding="utf-8")


def ini(path: Path) -> configparser.ConfigParser:
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("{#"))
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser


def banned(root: Path, line: str) -> str:
    """The address that fail2ban takes from a line of the log; empty when it takes none. It cuts the date out first."""
    definition = ini(root / "roles/hardening/templates/fail2ban-filter.local.j2")["Definition"]
    date = re.sub("%[a-zA-Z]", lambda found: DATE[found[0]], definition["datepattern"])
    stamp = re.search(date, line)
    if not stamp:
        return ""
    found = re.search(definition["failregex"].replace("<ADDR>", ADDR), line[: stamp.start()] + line[stamp.end() :])
    return found["addr"] if found else ""


def failed(nginx: str, method: str, status: int, uri: str) -> bool:
    """Whether nginx writes the line; uri is decoded and normalized, without the query."""
    (body,) = re.findall(
        r'map "\$request_method:\$status:\$uri" \$ipai_login_failed \{\s*default "";\s*((?:"~.+" 1;\s*)+)\}', nginx
    )
    patterns = re.findall(r'"~(.+)" 1;', body)
    return any(re.search(pattern, f"{method}:{status}:{uri}") for pattern in patterns)


@pytest.mark.parametrize(
    "uri", ["/web/login", "/web/login/", "/de/web/login", "/sr@latin/web/login", "/web/login/totp"]
)
def test_only_a_login_that_was_refused_counts(nginx: str, uri: str) -> None:
    assert failed(nginx, "POST", 200, uri)
    assert not failed(nginx, "GET", 200, uri), "opening the form"
    assert not failed(nginx, "POST", 303, uri), "a good login"
    assert not failed(nginx, "POST", 429, uri), "counted by the rate limit's own jail"
    assert not failed(nginx, "POST", 503, uri), "maintenance"


def test_a_wrong_api_key_counts(nginx: str) -> None:
    assert failed(nginx, "POST", 401, "/json/2/res.users/read")
    assert not failed(nginx, "POST", 200, "/json/2/res.users/read")
    assert not failed(nginx, "POST", 401, "/json")


@pytest.mark.parametrize(
    "uri", ["/", "/web/login_successful", "/web/signup", "/a/b/web/login", "/web/database/manager"]
)
def test_other_pages_do_not_count(nginx: str, uri: str) -> None:
    assert not failed(nginx, "POST", 200, uri)


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"])
@pytest.mark.parametrize(
    "time", ["2026-11-21T03:00:00+08:00", "2026-11-21T03:00:00-03:30", "2026-11-21T03:00:00+00:00"]
)
def test_fail2ban_reads_what_nginx_writes(root: Path, nginx: str, time: str, address: str) -> None:
    (form,) = re.findall(r"log_format ipai_login '(.+)';", nginx)
    line = form.replace("$time_iso8601", time).replace("$remote_addr", address)
    assert "$" not in line, "whatever else a line holds, a visitor may have written it"
    assert banned(root, line) == address


@pytest.mark.parametrize(
    "line",
    [
        # Odoo's line with a login that holds a line break: the second line was taken for Odoo's own.
        "host odoo/erp[7]: 2026-11-21 03:00:00,000 9 INFO erp base: Login failed for login:b from 192.0.2.77",
        '{"time":"2026-11-21T03:00:00+08:00","client":"198.51.100.1","agent":"2026-11-21T03:00:00+08:00 192.0.2.77"}',
        "x 2026-11-21T03:00:00+08:00 192.0.2.77",
        "2026-11-21T03:00:00+08:00 198.51.100.1 192.0.2.77",
        "2026-11-21T03:00:00+08:00 2026-11-21T03:00:00+08:00 192.0.2.77",
        " 192.0.2.77",
    ],
)
def test_no_other_line_bans_anybody(root: Path, line: str) -> None:
    assert banned(root, line) == ""


def test_the_jail_watches_the_log_that_nginx_writes(root: Path, nginx: str) -> None:
    (log,) = re.findall(r"access_log (\S+) ipai_login if=\$ipai_login_failed;", nginx)
    jails = (root / "roles/hardening/templates/fail2ban-jail.local.j2").read_text(encoding="utf-8")
    jail = jails.partition("[ipai-odoo]")[2].partition("\n[")[0]
    assert f"\nlogpath = {log}\n" in jail
    assert "\nbackend = polling\n" in jail, "not the journal, into which every container writes"
    variables = (root / "roles/hardening/vars/main.yml").read_text(encoding="utf-8")
    assert re.search(rf"^__hardening_logs: \[.*{re.escape(log)}.*\]$", variables, re.M), "fail2ban starts before nginx"
