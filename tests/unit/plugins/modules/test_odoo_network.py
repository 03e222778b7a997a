# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules odoo_network, odoo_network_info and odoo_network_member on an engine that keeps its state."""

from __future__ import annotations

import contextlib
import json
import time
import typing as t
from dataclasses import replace

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils import _lock
from ansible_collections.ipai.odoo.plugins.module_utils._network import Addresses, Network
from ansible_collections.ipai.odoo.plugins.modules import odoo_network, odoo_network_info, odoo_network_member

LABEL = {"ipai.odoo.database_server": "pg"}


class Engine:
    """What the modules ask of _stack, in memory."""

    def __init__(self) -> None:
        self.up = True
        self.kept: dict[str, Network] = {}
        self.containers: dict[str, set[str]] = {"pg": set()}
        self.changes = 0

    def available(self) -> bool:
        return self.up

    def routes(self) -> list[str]:
        return ["10.202.0.0/26"]

    def networks(self, label: str | None = None) -> list[Network]:
        assert self.up
        pairs = [label.split("=")] if label else []
        return [each for each in self.kept.values() if all(each.labels.get(key) == value for key, value in pairs)]

    def network(self, name: str) -> Network | None:
        assert self.up
        return self.kept.get(name)

    def network_create(
        self, name: str, where: Addresses, *, bridge: str, internal: bool, labels: t.Mapping[str, str]
    ) -> None:
        self.changes += 1
        self.kept[name] = Network(name, (where.subnet,), where.gateway, bridge, internal, "bridge", labels)

    def network_remove(self, name: str) -> None:
        assert not self.kept[name].members
        self.changes += 1
        del self.kept[name]

    def network_connect(self, name: str, container: str) -> None:
        self.changes += 1
        self.containers[container].add(name)
        self.kept[name] = replace(self.kept[name], members={**self.kept[name].members, container: "10.202.0.96"})

    def network_disconnect(self, name: str, container: str) -> None:
        self.changes += 1
        self.containers[container].discard(name)
        members = {key: value for key, value in self.kept[name].members.items() if key != container}
        self.kept[name] = replace(self.kept[name], members=members)

    def container_networks(self, containers: t.Sequence[str]) -> dict[str, set[str]]:
        assert self.up
        return {name: set(self.containers[name]) for name in containers if name in self.containers}


class Call(t.Protocol):
    def __call__(self, module: t.Any, check: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture(name="engine")
def fixture_engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    for module in (odoo_network, odoo_network_info, odoo_network_member):
        monkeypatch.setattr(module, "_stack", engine)
    return engine


@pytest.fixture(name="call")
def fixture_call(capsys: pytest.CaptureFixture[str], engine: Engine) -> Call:
    def call(module: t.Any, check: bool = False, **params: t.Any) -> dict[str, t.Any]:
        before = engine.changes
        arguments = {**params, "_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        assert not check or engine.changes == before
        return t.cast("dict[str, t.Any]", json.loads(capsys.readouterr().out))

    return call


def test_check_make_check_again(call: Call) -> None:
    asked = {"name": "erp", "internal": False, "labels": LABEL, "connected": ["pg"]}
    planned = call(odoo_network, check=True, **asked)
    made = call(odoo_network, **asked)
    assert planned["changed"] and made["changed"]
    assert planned["network"] == made["network"] and planned["diff"] == made["diff"]
    assert made["network"]["service_address"] == "10.202.0.66", "the droplet's route is passed over"
    assert made["network"]["bridge"] == "odp-erp"
    for check in (True, False):
        again = call(odoo_network, check=check, **asked)
        assert not again["changed"] and again["network"]["subnet"] == made["network"]["subnet"]


def test_two_networks_do_not_overlap(call: Call) -> None:
    subnets = {call(odoo_network, name=name, internal=True)["network"]["subnet"] for name in ("one", "two", "three")}
    assert len(subnets) == 3


@pytest.mark.parametrize("state", ["present", "absent"])
def test_one_at_a_time(call: Call, engine: Engine, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """Two that choose a subnet at the same time would choose the same."""
    call(odoo_network, name="erp", internal=True)
    engine.changes = 0
    lock = contextlib.ExitStack()
    lock.enter_context(_lock.hold("network"))
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(engine.changes)
        lock.close()

    monkeypatch.setattr(time, "sleep", sleep)
    name = {"present": "other", "absent": "erp"}[state]
    assert call(odoo_network, name=name, internal=True, state=state)["changed"]
    assert waited == [0] and engine.changes == 1


def test_a_machine_without_an_engine_in_check_mode(call: Call, engine: Engine) -> None:
    engine.up = False
    planned = call(odoo_network, check=True, name="erp", internal=True, connected=["pg"])
    assert planned["changed"] and planned["network"]["members"] == {"pg": ""}
    assert call(odoo_network_info, check=True, name="erp")["exists"] is False
    assert not call(odoo_network_member, check=True, container="pg", label="a=b")["changed"]
    assert not call(odoo_network, check=True, name="erp", state="absent")["changed"]


def test_a_network_of_the_wrong_kind_is_refused(call: Call, engine: Engine) -> None:
    call(odoo_network, name="erp", internal=False)
    changes = engine.changes
    for check in (True, False):
        result = call(odoo_network, check=check, name="erp", internal=True)
        assert result["failed"] and "must be internal" in result["msg"] and "docker network rm erp" in result["msg"]
    assert engine.changes == changes


def test_a_missing_container_is_refused_before_anything_is_made(call: Call, engine: Engine) -> None:
    result = call(odoo_network, name="erp", internal=True, connected=["pg", "mail-catcher"])
    assert result["failed"] and "mail-catcher" in result["msg"]
    assert engine.changes == 0


def test_members_of_others_stay(call: Call, engine: Engine) -> None:
    engine.containers["erp-odoo"] = set()
    call(odoo_network, name="erp", internal=True, connected=["erp-odoo"])
    result = call(odoo_network, name="erp", internal=True, connected=["pg"])
    assert result["changed"] and set(result["network"]["members"]) == {"erp-odoo", "pg"}


def test_internal_is_required(call: Call) -> None:
    assert "internal" in call(odoo_network, name="erp")["msg"]


def test_absent(call: Call, engine: Engine) -> None:
    call(odoo_network, name="erp", internal=True, connected=["pg"])
    assert call(odoo_network, check=True, name="erp", state="absent")["changed"]
    assert call(odoo_network, name="erp", state="absent")["changed"]
    assert engine.kept == {} and engine.containers["pg"] == set()
    assert not call(odoo_network, name="erp", state="absent")["changed"]


def test_info(call: Call) -> None:
    made = call(odoo_network, name="erp", internal=True)
    missing = call(odoo_network_info, name="no")
    assert (missing["exists"], missing["network"], missing["changed"]) == (False, {}, False)
    assert call(odoo_network_info, name="erp")["exists"] is True
    assert call(odoo_network_info, name="erp")["network"] == made["network"]


def test_a_container_that_was_made_anew_comes_back_everywhere(call: Call, engine: Engine) -> None:
    for name in ("erp", "erp-copy"):
        call(odoo_network, name=name, internal=True, labels=LABEL)
    call(odoo_network, name="other", internal=True)
    asked = {"container": "pg", "label": "ipai.odoo.database_server=pg"}
    for check in (True, False):
        result = call(odoo_network_member, check=check, **asked)
        assert result["changed"] and result["connected"] == result["networks"] == ["erp", "erp-copy"]
    assert engine.containers["pg"] == {"erp", "erp-copy"}
    again = call(odoo_network_member, **asked)
    assert not again["changed"] and again["connected"] == [] and again["networks"] == ["erp", "erp-copy"]


def test_a_member_needs_a_container_and_a_label(call: Call) -> None:
    assert "no container named nope" in call(odoo_network_member, container="nope", label="a=b")["msg"]
    assert "key=value" in call(odoo_network_member, container="pg", label="a")["msg"]
