# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firewall forwards."""

from __future__ import annotations

import fnmatch
from pathlib import Path

import jinja2
import pytest
import yaml


@pytest.fixture(scope="module")
def forwarding(root: Path) -> dict[str, list[str]]:
    """The rules that the role adds to each of UFW's files."""
    role = root / "roles/hardening"
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8"))
    variables = yaml.safe_load((role / "vars/main.yml").read_text(encoding="utf-8"))
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.globals["lookup"] = lambda plugin, name, template_vars: environment.from_string(
        (role / "templates" / name).read_text(encoding="utf-8")
    ).render(defaults, **template_vars)
    return {
        path: [line for line in environment.from_string(text).render().splitlines() if line.startswith("-A")]
        for path, text in variables["__hardening_forwarding"].items()
    }


@pytest.mark.parametrize(
    ("path", "address"),
    [("/etc/ufw/after.rules", "169.254.169.254/32"), ("/etc/ufw/after6.rules", "fd00:ec2::254/128")],
)
def test_containers_cannot_ask_for_the_droplets_user_data(
    forwarding: dict[str, list[str]], path: str, address: str
) -> None:
    """Before anything is let through, and in the family of the file: ip6tables knows no IPv4 address."""
    rules = forwarding[path]
    assert rules[0] == f"-A DOCKER-USER -d {address} -p tcp ! --dport 53 -j DROP"
    assert [line for line in rules if " -d " in line] == rules[:1]


def verdict(rules: list[str], came: str, goes: str, bridged: bool = False) -> str:
    """What becomes of the first packet of a connection; bridged: it stays in the bridge that it came from."""
    for rule in rules:
        words = rule.split()
        given = dict(zip(words, words[1:]))
        if "conntrack" in words or "-d" in words or ("--physdev-is-bridged" in words and not bridged):
            continue
        pairs = ((given.get("-i"), came), (given.get("-o"), goes))
        if all(want is None or fnmatch.fnmatchcase(have, want.replace("+", "*")) for want, have in pairs):
            return given["-j"]
    return "RETURN"


@pytest.mark.parametrize("path", ["/etc/ufw/after.rules", "/etc/ufw/after6.rules"])
def test_nothing_is_forwarded_out_of_an_isolated_bridge_or_into_it(forwarding: dict[str, list[str]], path: str) -> None:
    rules = forwarding[path]
    assert verdict(rules, "odn-a", "odn-a", bridged=True) == "RETURN"
    assert verdict(rules, "odn-a", "odn-b") == "DROP"
    assert verdict(rules, "odn-a", "eth0") == "DROP"
    assert verdict(rules, "odn-a", "odp-erp") == "DROP"
    assert verdict(rules, "odp-erp", "odn-a") == "DROP"
    assert verdict(rules, "eth0", "odp-erp") == "DROP"
    assert verdict(rules, "odp-erp", "eth0") == "RETURN"
    assert verdict(rules, "docker0", "eth0") == "RETURN"
