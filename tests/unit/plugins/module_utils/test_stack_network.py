# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks' part of _stack, against answers as the docker program gives them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._network import addresses

ERP = {"Name": "erp", "Driver": "bridge", "IPAM": {"Config": [{"Subnet": "10.202.0.0/26"}]}}
MISSING_26 = "Error response from daemon: network nope not found"
MISSING_20 = "Error: No such network: nope"


class Docker:
    """Answers in order, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str, str]] = []
        self.asked: list[list[str]] = []

    def says(self, stdout: str = "", *, rc: int = 0, stderr: str = "") -> None:
        self.answers.append((rc, stdout, stderr))

    def run(self, argv: t.Sequence[str], *, check: bool = False, timeout: float = 0) -> Result:
        self.asked.append(list(argv))
        rc, stdout, stderr = self.answers.pop(0)
        if check and rc:
            raise CommandError(argv, rc, stdout, stderr)
        return Result(tuple(argv), rc, stdout, stderr)


@pytest.fixture(name="docker")
def fixture_docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    docker = Docker()
    monkeypatch.setattr(_stack, "run", docker.run)
    return docker


def test_a_network(docker: Docker) -> None:
    docker.says(json.dumps([ERP]))
    network = _stack.network("erp")
    assert network is not None and network.subnets == ("10.202.0.0/26",)


@pytest.mark.parametrize("stderr", [MISSING_26, MISSING_20])
def test_a_missing_network_is_none(docker: Docker, stderr: str) -> None:
    docker.says("[]\n", rc=1, stderr=stderr)
    assert _stack.network("nope") is None


def test_the_beginning_of_an_identifier_is_no_name(docker: Docker) -> None:
    docker.says(json.dumps([ERP]))
    assert _stack.network("a0d1") is None


def test_an_engine_that_does_not_answer_is_an_error(docker: Docker) -> None:
    docker.says("[]\n", rc=1, stderr="Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
    with pytest.raises(CommandError, match="Cannot connect"):
        _stack.network("erp")


def test_networks_by_label_when_one_vanishes_meanwhile(docker: Docker) -> None:
    docker.says("1\n2\n")
    docker.says(json.dumps([ERP]), rc=1, stderr="Error response from daemon: network 2 not found")
    assert [network.name for network in _stack.networks("a=b")] == ["erp"]
    assert docker.asked[0][-2:] == ["--filter", "label=a=b"]


def test_no_networks_need_no_second_question(docker: Docker) -> None:
    docker.says("")
    assert _stack.networks("a=b") == []


def test_create_gives_addresses_bridge_and_labels(docker: Docker) -> None:
    docker.says("id\n")
    where = addresses("10.202.0.64/26")
    _stack.network_create("erp", where, bridge="odn-erp", internal=True, labels={"b": "2", "a": "1"})
    text = " ".join(docker.asked[0])
    assert "--subnet 10.202.0.64/26 --gateway 10.202.0.65 --ip-range 10.202.0.96/27" in text
    assert "--opt com.docker.network.bridge.name=odn-erp --internal --label a=1 --label b=2 erp" in text


def test_connecting_twice_is_fine_other_failures_are_not(docker: Docker) -> None:
    docker.says(rc=1, stderr="Error response from daemon: endpoint with name pg already exists in network erp")
    _stack.network_connect("erp", "pg")
    docker.says(rc=1, stderr="Error response from daemon: No such container: pg")
    with pytest.raises(CommandError):
        _stack.network_connect("erp", "pg")


def test_networks_of_containers_leave_out_those_that_do_not_exist(docker: Docker) -> None:
    docker.says(
        json.dumps([{"Name": "/pg", "NetworkSettings": {"Networks": {"pg": {}, "erp": {}}}}]),
        rc=1,
        stderr="Error response from daemon: No such container: nope",
    )
    assert _stack.container_networks(["pg", "nope"]) == {"pg": {"pg", "erp"}}
    assert _stack.container_networks([]) == {}


def test_available(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.says("26.1.5\n")
    assert _stack.available()
    docker.says(rc=1, stderr="Cannot connect")
    assert not _stack.available()

    def missing(argv: t.Sequence[str], **_options: t.Any) -> Result:
        raise CommandError(argv, 127, reason="program docker not found")

    monkeypatch.setattr(_stack, "run", missing)
    assert not _stack.available()


def test_routes_of_a_machine_without_that_file(tmp_path: pathlib.Path) -> None:
    assert _stack.routes(str(tmp_path / "missing")) == []
