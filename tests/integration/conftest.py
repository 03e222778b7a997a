# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the integration tests share: the running droplets, and the figures at the end of pytest's output.

``make test`` makes the droplets and runs everything. Against a demo that is running (``make demo``), one file or one
test at a time: ``scripts/lab.sh test tests/integration/test_odoo.py -k websocket``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lab import broken, droplets, places, web, world
from lab.faults import Faults

FIGURES: dict[str, str] = {}
COMPLETE = os.environ.get("IPAI_LAB_COMPLETE") == "1"  # `make test` made every droplet: nothing may be left out

# The machine as the playbook left it first; what takes something down for a moment last.
ORDER = ["test_site", "test_tls", "test_odoo", "test_nginx", "test_browser"]
LAST = [
    *("test_debian12", "test_interrupted"),
    # Another staging than that of the droplet it is compared with.
    *("test_mail", "test_neutral", "test_refresh"),
    *("test_fail2ban", "test_renewal", "test_reboot", "test_recovery"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        name = item.path.stem
        if name in ORDER:
            return ORDER.index(name) - len(ORDER)
        return LAST.index(name) + 1 if name in LAST else 0

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for record in sorted(places.RECORDS.glob("figure-*.txt")) if COMPLETE else []:
        name, _separator, value = record.read_text(encoding="utf-8").strip().partition(": ")
        FIGURES.setdefault(name, value)
    if FIGURES:
        terminalreporter.section("figures")
        for name, value in FIGURES.items():
            terminalreporter.write_line(f"{name}: {value}")


def standing(droplet: droplets.Droplet, how: str) -> droplets.Droplet:
    if droplet.is_running():
        return droplet
    message = f"lab droplet '{droplet.name}' is not running: {how}"
    if COMPLETE:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def figure() -> Callable[[str, str], None]:
    """Keep a figure for the end of the output."""

    def keep(name: str, value: str) -> None:
        FIGURES[name] = value

    return keep


@pytest.fixture(scope="session")
def droplet() -> droplets.Droplet:
    """The demo's droplet, deployed."""
    return standing(droplets.DROPLET, "'make demo' makes it")


@pytest.fixture(scope="session")
def second() -> droplets.Droplet:
    """The droplet whose deployment was killed again and again."""
    return standing(droplets.SECOND, "'scripts/lab.sh test scenario interrupted' makes it")


@pytest.fixture(scope="session")
def debian12() -> droplets.Droplet:
    """A Debian 12 droplet with the machine roles."""
    return standing(droplets.DEBIAN12, "'scripts/lab.sh test scenario debian12' makes it")


@pytest.fixture(scope="session")
def erp(droplet: droplets.Droplet) -> web.Site:
    """The production environment as somebody outside sees it."""
    return web.Site(droplet.site("erp"), droplet.address)


@pytest.fixture(scope="session")
def staging(droplet: droplets.Droplet) -> web.Site:
    """The staging environment as somebody outside sees it."""
    return web.Site(droplet.site("erp-staging"), droplet.address)


@pytest.fixture(params=["erp", "erp-staging"])
def site(request: pytest.FixtureRequest, droplet: droplets.Droplet) -> web.Site:
    """One environment after the other, without cookies, as somebody outside sees it."""
    return web.Site(droplet.site(request.param), droplet.address)


@pytest.fixture
def visitor() -> Iterator[world.Visitor]:
    """Somebody outside with an address of their own, who may be banned."""
    with world.visitor() as visit:
        yield visit


@pytest.fixture(scope="session")
def breakable(droplet: droplets.Droplet) -> Iterator[Faults]:
    """A copy of the demo's production whose backups may be broken."""
    with Faults(droplet) as made:
        yield made


@pytest.fixture(scope="module")
def faults(breakable: Faults) -> Faults:
    """The same, with repositories in which there is one backup."""
    breakable.renew()
    ran = breakable.program()
    assert ran.code == 0, ran.said
    return breakable


@pytest.fixture(scope="module")
def s3() -> Iterator[broken.BrokenS3]:
    """A way to the S3 service that can be broken."""
    with broken.BrokenS3() as way:
        yield way
