# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in, and what would lock the operator out."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ipai.odoo.plugins.filter.lockouts import lockouts as lockouts_filter
from ansible_collections.ipai.odoo.plugins.module_utils import _access

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8Ht8Z3j6yDWPBHQtOp/R9rjWvfMYo3MSA/K6q8D86r ops@example.com"


def lockouts(found: dict[str, t.Any], **changes: t.Any) -> list[str]:
    """As the role asks, through the filter."""
    plan = {
        "check": False,
        "admin_enabled": True,
        "admin_user": "ops",
        "admin_keys": [KEY],
        "admin_keys_exclusive": False,
        "sshd_enabled": True,
        "ssh_allowed_users": [],
        "firewall_enabled": True,
        "ssh_port": 22,
        "ssh_sources": [],
        "firewall_allowed_ports": ["80/tcp", "443/tcp"],
        **changes,
    }
    return lockouts_filter(found, **plan)


def found(user: str = "ops", keys: int = 1, port: int = 22, includes: bool = True) -> dict[str, t.Any]:
    return {
        "session": {"user": user, "client": "203.0.113.9", "port": port},
        "keys": {user: keys, "ops": keys},
        "sshd_drop_ins": includes,
    }


@pytest.mark.parametrize(
    ("want", "have"),
    [
        ({}, found()),
        ({"admin_keys": []}, found(keys=1)),
        ({"sshd_enabled": False, "admin_keys": []}, found(user="root", keys=0)),
        ({"check": True}, found(user="root", keys=0)),
        ({"ssh_port": 2222, "firewall_allowed_ports": ["22/tcp"]}, found()),
        ({"ssh_port": 2222, "firewall_enabled": False}, found()),
        ({"ssh_sources": ["203.0.113.0/24", "2001:db8::/32"]}, found()),
        ({"ssh_allowed_users": ["ops", "deploy"]}, found(user="deploy")),
    ],
)
def test_goes_on(want: dict[str, t.Any], have: dict[str, t.Any]) -> None:
    assert lockouts(have, **want) == []


@pytest.mark.parametrize(
    ("want", "have", "message"),
    [
        ({"admin_keys": []}, found(keys=0), "nobody could log in"),
        ({"admin_keys": []}, found(user="root", keys=0), "nobody could log in"),
        ({"admin_enabled": False}, found(keys=0), "nobody could log in"),
        ({}, found(user="root", keys=0), "Connect as ops"),
        ({"admin_keys": ["~/.ssh/id_ed25519.pub"]}, found(), "no public key"),
        ({"admin_keys": [f"{KEY}\n{KEY}"]}, found(), "no public key"),
        ({"admin_keys": [], "admin_keys_exclusive": True}, found(), "remove every key"),
        ({"admin_user": "root"}, found(user="root"), "hardening_admin_user is root"),
        ({"ssh_allowed_users": ["deploy"]}, found(), "leaves out ops"),
        ({"ssh_allowed_users": ["ops"]}, found(user="deploy"), "leaves out deploy"),
        ({}, found(includes=False), "Include"),
        ({"ssh_port": 2222}, found(), "uses port 22"),
        ({"ssh_sources": ["198.51.100.0/24"]}, found(), "203.0.113.9"),
        ({"ssh_sources": ["office"]}, found(), "hardening_ssh_sources"),
    ],
)
def test_refuses(want: dict[str, t.Any], have: dict[str, t.Any], message: str) -> None:
    said = lockouts(have, **want)
    assert len(said) == 1
    assert message in said[0]


def test_an_option_that_is_missing_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="admin_user"):
        lockouts_filter(found(), admin_enabled=True)


def test_keys_with_options_and_comments_count() -> None:
    text = f'# mine\n\n{KEY}\nfrom="10.0.0.0/8",no-pty {KEY}\nssh-dss AAAAB3NzaC1kc3MAAACB\nnonsense\n'
    assert _access.count_keys(text) == 2


@pytest.mark.parametrize(
    ("config", "counts"),
    [
        ("# comment\n\nInclude /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\n", True),
        ("Include /etc/ssh/other.conf\ninclude /etc/ssh/sshd_config.d/*.conf\n", True),
        ("PermitRootLogin yes\nInclude /etc/ssh/sshd_config.d/*.conf\n", False),
        ("#Include /etc/ssh/sshd_config.d/*.conf\n", False),
        ("", False),
    ],
)
def test_drop_ins_count_only_before_other_settings(config: str, counts: bool) -> None:
    assert _access.reads_drop_ins(config) is counts


def test_an_address_mapped_to_ipv6_is_an_ipv4_address() -> None:
    assert _access.in_sources("::ffff:203.0.113.9", ["203.0.113.0/24"])
    assert _access.in_sources("fe80::1%eth0", ["fe80::/10"])
    assert not _access.in_sources("203.0.113.9", ["2001:db8::/32"])
