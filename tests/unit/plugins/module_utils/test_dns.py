# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and CAA records, from a world that is a dictionary."""

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _dns
from ansible_collections.ipai.odoo.plugins.module_utils._dns import Caa, DnsError, parse_caa, parse_server

HERE = ["198.51.100.7", "2001:db8::7"]
LETSENCRYPT = ["letsencrypt.org"]


class World:
    """Answers questions from records, and remembers them."""

    def __init__(self, **records: list[str]) -> None:
        self.records = {key.replace("__", "."): value for key, value in records.items()}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str) -> list[str]:
        self.asked.append((name, kind))
        return self.records.get(f"{kind} {name}", [])


def world(records: dict[str, list[str]]) -> World:
    made = World()
    made.records = records
    return made


class TestAddresses:
    @pytest.mark.parametrize(
        "records",
        [
            {"A erp.example.com": ["198.51.100.7"]},
            {"AAAA erp.example.com": ["2001:db8:0::7"]},
            {"A erp.example.com": ["198.51.100.7"], "AAAA erp.example.com": ["2001:db8::7"]},
        ],
    )
    def test_here(self, records: dict[str, list[str]]) -> None:
        assert _dns.address_problem("erp.example.com", HERE, world(records)) is None

    def test_none(self) -> None:
        problem = _dns.address_problem("erp.example.com", HERE, world({}))
        assert problem == (
            "erp.example.com has no address. Create an A record that points to this droplet (198.51.100.7, 2001:db8::7)"
        )

    def test_elsewhere(self) -> None:
        problem = _dns.address_problem("erp.example.com", HERE, world({"A erp.example.com": ["203.0.113.9"]}))
        assert problem is not None
        assert "points to 203.0.113.9, which is not this droplet" in problem

    def test_one_of_two_is_not_enough(self) -> None:
        """An authority prefers IPv6: a forgotten AAAA record is the classic."""
        records = {"A erp.example.com": ["198.51.100.7"], "AAAA erp.example.com": ["2001:db8::bad"]}
        problem = _dns.address_problem("erp.example.com", HERE, world(records))
        assert problem is not None
        assert "2001:db8::bad" in problem
        assert "198.51.100.7, which" not in problem

    def test_wildcard(self) -> None:
        problem = _dns.address_problem("*.example.com", HERE, world({}))
        assert problem == "*.example.com is a wildcard, which needs the challenge dns-01"


class TestCaa:
    def test_parse(self) -> None:
        assert parse_caa('0 issue "letsencrypt.org"') == Caa(0, "issue", "letsencrypt.org")
        assert parse_caa('128 IssueWild "ca.example; policy=ev"').issuer == "ca.example"
        assert parse_caa('0 issue ";"').issuer == ""
        with pytest.raises(DnsError, match="cannot read the CAA record"):
            parse_caa("nonsense")

    def test_nobody_says_anything(self) -> None:
        asked = world({})
        assert _dns.caa_problem("shop.example.co.uk", LETSENCRYPT, "http-01", asked) is None
        assert [name for name, kind in asked.asked] == ["shop.example.co.uk", "example.co.uk", "co.uk", "uk"]

    def test_nearest_parent_governs(self) -> None:
        records = {
            "CAA shop.example.com": ['0 issue "letsencrypt.org"'],
            "CAA example.com": ['0 issue "other.example"'],
        }
        assert _dns.caa_problem("shop.example.com", LETSENCRYPT, "http-01", world(records)) is None
        problem = _dns.caa_problem("www.example.com", LETSENCRYPT, "http-01", world(records))
        assert problem is not None
        assert problem.startswith(
            "the CAA records of example.com allow other.example to issue for www.example.com,"
            " but letsencrypt.org is asked"
        )

    @pytest.mark.parametrize(
        ("records", "domain", "fine"),
        [
            (['0 issue "letsencrypt.org"', '0 issue "other.example"'], "a.test", True),
            (['0 issue "LetsEncrypt.org."'], "a.test", True),
            (['0 issue ";"'], "a.test", False),
            (['0 iodef "mailto:x@a.test"'], "a.test", True),
            (['0 issuewild "letsencrypt.org"'], "a.test", True),
            (['0 issuewild ";"'], "*.a.test", False),
            (['0 issue "letsencrypt.org"', '0 issuewild "other.example"'], "*.a.test", False),
            (['0 issue "letsencrypt.org"', '0 issuewild "other.example"'], "a.test", True),
            (['0 issue "letsencrypt.org"'], "*.a.test", True),
            (['0 issue "other.example"', '0 issuewild "letsencrypt.org"'], "*.a.test", True),
            (['128 future "x"', '0 issue "letsencrypt.org"'], "a.test", False),
            (['0 future "x"', '0 issue "letsencrypt.org"'], "a.test", True),
            (['0 issue "letsencrypt.org; validationmethods=dns-01"'], "a.test", False),
            (['0 issue "letsencrypt.org; validationmethods=dns-01,http-01"'], "a.test", True),
            (['0 issue "letsencrypt.org; accounturi=https://x/1"'], "a.test", True),
        ],
    )
    def test_rules(self, records: list[str], domain: str, fine: bool) -> None:
        problem = _dns.caa_problem(domain, LETSENCRYPT, "http-01", world({"CAA a.test": records}))
        assert (problem is None) is fine

    def test_authority_without_a_name(self) -> None:
        """A company's own authority is only stopped by records that forbid everybody."""
        assert _dns.caa_problem("a.test", [], "http-01", world({"CAA a.test": ['0 issue "other.example"']})) is None
        assert _dns.caa_problem("a.test", [], "http-01", world({"CAA a.test": ['0 issue ";"']})) is not None


class TestProblems:
    def test_all_at_once(self) -> None:
        records = {"A a.test": ["203.0.113.9"], "CAA b.test": ['0 issue ";"'], "A b.test": ["198.51.100.7"]}
        found = _dns.problems(
            ["a.test", "b.test", "c.test"], challenge="http-01", own=HERE, issuers=LETSENCRYPT, lookup=world(records)
        )
        assert [problem.split()[0] for problem in found] == ["a.test", "the", "c.test"]

    def test_dns_challenge_needs_no_address(self) -> None:
        asked = world({})
        assert not _dns.problems(["*.a.test"], challenge="dns-01", own=[], issuers=LETSENCRYPT, lookup=asked)
        assert {kind for name, kind in asked.asked} == {"CAA"}

    def test_silence_is_not_waited_for_twice(self) -> None:
        asked: list[str] = []

        def silent(name: str, kind: str) -> list[str]:
            asked.append(name)
            raise DnsError("192.0.2.1 did not answer")

        found = _dns.problems(["a.test", "b.test"], challenge="http-01", own=HERE, issuers=[], lookup=silent)
        assert found == ["192.0.2.1 did not answer"]
        assert asked == ["a.test"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:DB8::1]:8053", ("2001:db8::1", 8053)),
    ],
)
def test_servers(text: str, expected: tuple[str, int]) -> None:
    assert parse_server(text) == expected


@pytest.mark.parametrize("text", ["", "ns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:99999", "192.0.2"])
def test_no_servers(text: str) -> None:
    with pytest.raises(DnsError, match="not the address of a name server"):
        parse_server(text)


def test_without_dnspython_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dns, "HAS_DNSPYTHON", False)
    with pytest.raises(DnsError, match="python3-dnspython"):
        _dns.resolver_lookup()
