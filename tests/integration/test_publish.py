# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restored pair takes the place of the live one: under load, killed at each line, killed at any moment.

Done to staging, whose data are the same afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab import restoring
from lab.droplets import Droplet

pytestmark = pytest.mark.nightly

SWAPS = 200
MOMENTS = 5
ENVIRONMENT = "erp-staging"


@pytest.fixture(scope="module")
def swapping(droplet: Droplet) -> Iterator[Callable[..., Any]]:
    """Runs swapping.py on the droplet, with two copies of staging to swap."""
    restoring.push(droplet)

    def run(*words: object) -> Any:
        return restoring.program(droplet, "swapping.py", ENVIRONMENT, *words)

    before = restoring.filestores(droplet, ENVIRONMENT), restoring.databases(droplet, ENVIRONMENT)
    run("prepare")
    yield run
    run("tidy")
    assert (restoring.filestores(droplet, ENVIRONMENT), restoring.databases(droplet, ENVIRONMENT)) == before


@pytest.fixture(scope="module")
def swaps(swapping: Callable[..., Any], figure: Callable[[str, str], None]) -> Any:
    done = swapping("swaps", SWAPS)
    figure(
        f"{SWAPS} swaps of two databases under load",
        f"median {done['median']:.2f} s, longest {done['longest']:.2f} s; {done['watched']['polled']} looks at the list"
        f" of databases, {done['entered']['entered']} logins, {sum(done['answers'].values())} requests",
    )
    return done


def test_no_swap_fails_under_load(swaps: Any) -> None:
    assert swaps["failures"] == []
    assert swaps["swapped"] == SWAPS
    assert swaps["answers"]["200"] > SWAPS, "positive control: Odoo was asked, and served"


def test_there_is_a_database_at_every_moment(swaps: Any) -> None:
    assert swaps["watched"]["missing"] == 0
    assert swaps["watched"]["polled"] > 10 * SWAPS
    # Who comes just when the names change waits, and is told to come again: the database is another one now.
    assert set(swaps["entered"]) <= {"entered", "renamed"}
    assert swaps["entered"]["entered"] > SWAPS


def test_files_went_with_their_database(swaps: Any) -> None:
    assert swaps["wrong"] == []
    assert sorted(tuple(words) for words in swaps["copies"].values()) == [("A", "A"), ("B", "B")]


def test_killed_before_each_line(swapping: Callable[..., Any], figure: Callable[[str, str], None]) -> None:
    reports = swapping("lines")
    figure("publishing killed", f"before each of {len(reports)} lines, and mended")
    assert [report for report in reports if not report["good"]] == []
    assert len(reports) > 50
    said = " ".join(report["said"] for report in reports)
    assert "is what it was" in said and f"is {ENVIRONMENT} now" in said, "positive control: both ways out were taken"


def test_killed_at_any_moment(swapping: Callable[..., Any]) -> None:
    """While Odoo rests as well: afterwards it serves, and Docker starts it as before."""
    reports = swapping("moments", MOMENTS)
    assert [report for report in reports if not report["good"]] == []
