# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._network import (
    Network,
    NetworkProblem,
    addresses,
    allocate,
    bridge_name,
    contradictions,
    described,
    parse_inspect,
    parse_routes,
    refusal,
)

POOL = "10.202.0.0/16"

# docker network inspect, Engine 26.1, shortened to the keys that are read and some that are not
INSPECTED: list[dict[str, t.Any]] = [
    {
        "Name": "erp-staging",
        "Id": "a0d1",
        "Scope": "local",
        "Driver": "bridge",
        "EnableIPv6": False,
        "IPAM": {
            "Driver": "default",
            "Options": {},
            "Config": [{"Subnet": "10.202.0.64/26", "IPRange": "10.202.0.96/27", "Gateway": "10.202.0.65"}],
        },
        "Internal": True,
        "Containers": {
            "f00": {"Name": "pg-nonproduction", "IPv4Address": "10.202.0.96/26", "IPv6Address": ""},
            "ba5": {"Name": "erp-staging-odoo", "IPv4Address": "10.202.0.66/26", "IPv6Address": ""},
        },
        "Options": {"com.docker.network.bridge.name": "odn-erp-staging"},
        "Labels": {"ipai.odoo.environment": "erp-staging"},
    },
    {"Name": "host", "Driver": "host", "IPAM": {"Driver": "default", "Options": None, "Config": None}, "Labels": None},
]


def test_addresses_keep_the_lower_half_for_fixed_ones() -> None:
    where = addresses("10.202.0.64/26")
    assert (where.gateway, where.service_address, where.ip_range) == ("10.202.0.65", "10.202.0.66", "10.202.0.96/27")


def test_allocate_takes_the_first_free_subnet() -> None:
    assert allocate(POOL, 26, []) == "10.202.0.0/26"
    assert allocate(POOL, 26, ["10.202.0.0/26", "172.17.0.0/16"]) == "10.202.0.64/26"
    assert allocate(POOL, 26, ["10.202.0.64/26"]) == "10.202.0.0/26"


def test_allocate_sees_overlaps_not_only_equality() -> None:
    assert allocate(POOL, 26, ["10.202.0.0/24"]) == "10.202.1.0/26"
    assert allocate(POOL, 26, ["10.202.0.7/32"]) == "10.202.0.64/26"


def test_allocate_passes_over_ipv6() -> None:
    assert allocate(POOL, 26, ["fd00::/64"]) == "10.202.0.0/26"


def test_a_full_pool_names_what_fills_it() -> None:
    with pytest.raises(NetworkProblem, match=r"taken: 10\.0\.0\.0/8\."):
        allocate(POOL, 26, ["10.0.0.0/8", "192.168.0.0/24"])


@pytest.mark.parametrize(("pool", "length"), [("10.202.0.1/16", 26), ("pool", 26), (POOL, 15), (POOL, 29), (POOL, 33)])
def test_bad_pools_are_refused(pool: str, length: int) -> None:
    with pytest.raises(NetworkProblem):
        allocate(pool, length, [])


def test_every_allocated_subnet_is_another() -> None:
    taken: list[str] = []
    for _number in range(16):
        taken.append(allocate("10.9.0.0/22", 26, taken))
    assert len(set(taken)) == 16
    with pytest.raises(NetworkProblem):
        allocate("10.9.0.0/22", 26, taken)


def test_bridge_names_fit_and_differ() -> None:
    assert bridge_name("odn-", "erp-staging") == "odn-erp-staging"
    first, second = bridge_name("odn-", "erp-staging-one"), bridge_name("odn-", "erp-staging-two")
    assert first != second
    assert first == bridge_name("odn-", "erp-staging-one")
    assert len(first) == len(second) == 15 and first.startswith("odn-erp-s")


def test_inspect_is_read() -> None:
    staging, host = parse_inspect(INSPECTED)
    assert staging.subnets == ("10.202.0.64/26",)
    assert staging.bridge == "odn-erp-staging" and staging.internal
    assert list(staging.members) == ["erp-staging-odoo", "pg-nonproduction"]
    assert staging.members["pg-nonproduction"] == "10.202.0.96"
    assert host == Network("host", driver="host")
    assert described(host)["service_address"] == ""
    assert described(staging)["service_address"] == "10.202.0.66"


def test_routes_without_the_default_one() -> None:
    text = (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010A1EAC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000A1EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "odn-erp\t4000CA0A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n"
    )
    assert parse_routes(text) == ["172.30.10.0/24", "10.202.0.64/26"]
    assert parse_routes("") == []


def found(**changes: t.Any) -> list[str]:
    wanted: dict[str, t.Any] = {
        "internal": True,
        "bridge": "odn-erp-staging",
        "labels": {"ipai.odoo.environment": "erp-staging"},
        "pool": POOL,
    }
    wanted.update(changes)
    return contradictions(parse_inspect(INSPECTED)[0], **wanted)


def test_what_is_as_asked_has_no_contradictions() -> None:
    assert found() == []
    labelled = replace(parse_inspect(INSPECTED)[0], labels={"ipai.odoo.environment": "erp-staging", "theirs": "1"})
    wanted = {"ipai.odoo.environment": "erp-staging"}
    assert contradictions(labelled, internal=True, bridge="odn-erp-staging", labels=wanted, pool=POOL) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"internal": False}, "way out"),
        ({"bridge": "odp-erp-staging"}, "bridge"),
        ({"pool": "10.99.0.0/16"}, "pool"),
        ({"labels": {"ipai.odoo.environment": "other"}}, "label"),
        ({"labels": {"ipai.odoo.environment": "erp-staging", "new": "1"}}, "label new is None"),
        # Whatever joins the network by a label of ours that is no longer asked for.
        ({"labels": {}}, "label ipai.odoo.environment is 'erp-staging', not None"),
    ],
)
def test_each_contradiction_is_named(changes: dict[str, t.Any], word: str) -> None:
    (problem,) = found(**changes)
    assert word in problem


def test_a_refusal_says_what_to_do() -> None:
    text = refusal(parse_inspect(INSPECTED)[0], ["it is wrong"])
    assert "docker network rm erp-staging" in text and "pg-nonproduction" in text
    # One with containers cannot be removed, and those of other projects stay up.
    assert "docker network disconnect erp-staging" in text
