# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hardening role decides on the droplet: refusals, contents of files, steps of the firewall."""

from __future__ import annotations

import fnmatch
import hashlib
import runpy
import typing as t
from pathlib import Path

import jinja2
import pytest
import yaml

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8Ht8Z3j6yDWPBHQtOp/R9rjWvfMYo3MSA/K6q8D86r ops@example.com"
Load = t.Callable[[str], dict[str, t.Any]]


@pytest.fixture(scope="module")
def load(root: Path) -> Load:
    return lambda name: runpy.run_path(str(root / "roles/hardening/files" / name))


@pytest.fixture(scope="module")
def probe(load: Load) -> dict[str, t.Any]:
    return load("probe.py")


@pytest.fixture(scope="module")
def firewall(load: Load) -> dict[str, t.Any]:
    return load("firewall.py")


def asked(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "distribution": "Debian",
        "release": "13.1",
        "check": False,
        "admin": True,
        "admin_user": "ops",
        "admin_keys": [KEY],
        "admin_keys_exclusive": False,
        "sshd": True,
        "ssh_port": 22,
        "ssh_allowed_users": [],
        "ssh_sources": [],
        "firewall": True,
        "allowed_ports": ["80/tcp", "443/tcp"],
        **changes,
    }


def found(user: str = "ops", keys: int = 1, port: int = 22, includes: bool = True) -> dict[str, t.Any]:
    return {
        "session": {"user": user, "client": "203.0.113.9", "port": port},
        "keys": {user: keys, "ops": keys},
        "sshd_includes": includes,
    }


@pytest.mark.parametrize(
    ("want", "have"),
    [
        ({}, found()),
        ({"admin_keys": []}, found(keys=1)),
        ({"sshd": False, "admin_keys": []}, found(user="root", keys=0)),
        ({"check": True}, found(user="root", keys=0)),
        ({"ssh_port": 2222, "allowed_ports": ["22/tcp"]}, found()),
        ({"ssh_sources": ["203.0.113.0/24", "2001:db8::/32"]}, found()),
        ({"ssh_allowed_users": ["ops", "deploy"]}, found(user="deploy")),
        ({"distribution": "Ubuntu", "release": "24.04"}, found()),
    ],
)
def test_goes_on(probe: dict[str, t.Any], want: dict[str, t.Any], have: dict[str, t.Any]) -> None:
    assert probe["refusals"](asked(**want), have) == []


@pytest.mark.parametrize(
    ("want", "have", "message"),
    [
        ({"admin_keys": []}, found(keys=0), "nobody could log in"),
        ({"admin_keys": []}, found(user="root", keys=0), "nobody could log in"),
        ({"admin": False}, found(keys=0), "nobody could log in"),
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
        ({"release": "11.9"}, found(), "Debian 11.9 is not supported"),
        ({"release": "130.1"}, found(), "not supported"),
        ({"distribution": "Fedora"}, found(), "not supported"),
    ],
)
def test_refuses(probe: dict[str, t.Any], want: dict[str, t.Any], have: dict[str, t.Any], message: str) -> None:
    said = probe["refusals"](asked(**want), have)
    assert len(said) == 1
    assert message in said[0]


def test_keys_with_options_and_comments_count(probe: dict[str, t.Any]) -> None:
    text = f'# mine\n\n{KEY}\nfrom="10.0.0.0/8",no-pty {KEY}\nssh-dss AAAAB3NzaC1kc3MAAACB\nnonsense\n'
    assert probe["keys_in"](text) == 2


@pytest.mark.parametrize(
    ("config", "counts"),
    [
        ("# comment\n\nInclude /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\n", True),
        ("include /etc/ssh/sshd_config.d/*.conf\n", True),
        ("PermitRootLogin yes\nInclude /etc/ssh/sshd_config.d/*.conf\n", False),
        ("#Include /etc/ssh/sshd_config.d/*.conf\n", False),
        ("", False),
    ],
)
def test_drop_ins_count_only_before_other_settings(probe: dict[str, t.Any], config: str, counts: bool) -> None:
    assert probe["includes_drop_ins"](config) is counts


def test_an_address_mapped_to_ipv6_is_an_ipv4_address(probe: dict[str, t.Any]) -> None:
    assert probe["in_sources"]("::ffff:203.0.113.9", ["203.0.113.0/24"])
    assert probe["in_sources"]("fe80::1%eth0", ["fe80::/10"])
    assert not probe["in_sources"]("203.0.113.9", ["2001:db8::/32"])


def test_settings_are_replaced_once_and_appended(probe: dict[str, t.Any]) -> None:
    text = "# UMASK is for users\nUMASK\t\t022\nUMASK 077\nMAIL_DIR /var/mail\n"
    wanted = {"UMASK": "027", "FAIL_DELAY": "4"}
    once = probe["with_settings"](text, wanted)
    assert once == "# UMASK is for users\nUMASK\t027\nMAIL_DIR /var/mail\nFAIL_DELAY\t4\n"
    assert probe["with_settings"](once, wanted) == once


def test_algorithms_that_openssh_does_not_know_are_left_out(probe: dict[str, t.Any]) -> None:
    text = "Port 22\nKexAlgorithms mlkem768x25519-sha256,curve25519-sha256\nMACs a,b\n"
    known = {"KexAlgorithms": {"curve25519-sha256"}, "MACs": set()}
    assert probe["known_only"](text, known) == "Port 22\nKexAlgorithms curve25519-sha256\n"


@pytest.mark.parametrize(
    ("sources", "there"),
    [
        ("deb http://security.debian.org/debian-security trixie-security main\n", True),
        ("Types: deb\nURIs: http://mirror.example/ubuntu\nSuites: noble noble-security\n", True),
        ("# deb http://security.debian.org/debian-security trixie-security main\n", False),
        ("deb http://deb.debian.org/debian trixie main\n", False),
    ],
)
def test_finds_the_security_archive(probe: dict[str, t.Any], sources: str, there: bool) -> None:
    assert probe["has_security_archive"](sources) is there


def test_audit_rules_are_compared_with_the_compiled_ones(probe: dict[str, t.Any]) -> None:
    rules = "# comment\n-w /etc/passwd -p wa -k identity\n-w /etc/ssh -p wa -k sshd\n"
    compiled = "## generated\n-D\n-b 8192\n\n-w /etc/passwd -p wa -k identity\n-w /etc/ssh -p wa -k sshd\n\n"
    assert not probe["unloaded"](rules, compiled)
    assert probe["unloaded"](rules, compiled.replace("-k sshd", "-k ssh"))
    assert not probe["unloaded"]("", "")


def test_a_file_differs_in_content_or_mode_or_kind(probe: dict[str, t.Any], tmp_path: Path) -> None:
    path = tmp_path / "file"
    digest = hashlib.sha256(b"text\n").hexdigest()
    assert probe["drifts"](str(path), digest, "0644")
    path.write_text("text\n")
    path.chmod(0o640)
    assert probe["drifts"](str(path), digest, "0644")
    (tmp_path / "link").symlink_to(path)
    assert probe["drifts"](str(tmp_path / "link"), digest, "0640")
    path.write_text("other\n")
    assert probe["drifts"](str(path), digest, "0640")


RULES = ["deny in on odn-+", "limit 22/tcp", "allow 80/tcp", "allow 443/tcp"]
SHOWN = """Added user rules (see 'ufw status' for running firewall):
ufw deny in on odn-+ comment 'ipai.odoo'
ufw limit 22/tcp comment 'ipai.odoo'
ufw allow 80/tcp comment 'ipai.odoo'
ufw allow 443/tcp comment 'ipai.odoo'
ufw allow from 10.0.0.0/8 to any port 9100 proto tcp
"""


def test_rules_in_place_take_no_step(firewall: dict[str, t.Any]) -> None:
    assert firewall["plan"](RULES, firewall["added"](SHOWN)) == []


def test_a_new_firewall_gets_all_rules_isolation_first(firewall: dict[str, t.Any]) -> None:
    assert [" ".join(step) for step in firewall["plan"](RULES, firewall["added"]("(None)\n"))] == [
        "prepend deny in on odn-+ comment ipai.odoo",
        "limit 22/tcp comment ipai.odoo",
        "allow 80/tcp comment ipai.odoo",
        "allow 443/tcp comment ipai.odoo",
    ]


def test_rules_no_longer_wanted_go_and_the_operators_stay(firewall: dict[str, t.Any]) -> None:
    wanted = ["deny in on odn-+", "allow from 203.0.113.0/24 to any port 22 proto tcp", "allow 443/tcp"]
    assert [" ".join(step) for step in firewall["plan"](wanted, firewall["added"](SHOWN))] == [
        "delete limit 22/tcp",
        "delete allow 80/tcp",
        "allow from 203.0.113.0/24 to any port 22 proto tcp comment ipai.odoo",
    ]


def test_isolation_comes_back_to_the_front(firewall: dict[str, t.Any]) -> None:
    shown = "ufw allow 22/tcp\nufw deny in on odn-+ comment 'ipai.odoo'\n"
    assert [" ".join(step) for step in firewall["plan"](["deny in on odn-+"], firewall["added"](shown))] == [
        "delete deny in on odn-+",
        "prepend deny in on odn-+ comment ipai.odoo",
    ]


@pytest.mark.parametrize(
    ("updates", "shown", "left"),
    [
        ([], "ii \nrc \nhi \n", False),
        (["tmp.i"], "ii \n", False),
        (["0001"], "ii \n", True),
        ([], "ii \niU \n", True),
        ([], "iF \n", True),
        ([], "it \n", True),
        ([], "", False),
    ],
)
def test_sees_what_dpkg_left_unfinished(probe: dict[str, t.Any], updates: list[str], shown: str, left: bool) -> None:
    assert probe["interrupted"](updates, shown) is left


@pytest.mark.parametrize("name", ["packages.yml", "bootstrap.yml"])
def test_dpkg_is_mended_before_apt_is_asked(root: Path, name: str) -> None:
    tasks = yaml.safe_load((root / "roles/hardening/tasks" / name).read_text(encoding="utf-8"))
    mended = [task.get("ansible.builtin.command", {}).get("argv", [])[-2:] == ["--configure", "-a"] for task in tasks]
    asked = ["ansible.builtin.apt" in task for task in tasks]
    assert True in mended[: asked.index(True)]


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
