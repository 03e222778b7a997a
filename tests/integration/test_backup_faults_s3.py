# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 service that fails: the backup on disk is whole, the run soon says what is lacking, the next one catches up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.broken import ENDPOINT, BrokenS3
from lab.faults import Faults, half, lacking

pytestmark = pytest.mark.nightly

# Without S3, the same run takes some seconds.
SOON = 120.0


@pytest.fixture(autouse=True)
def way(faults: Faults, s3: BrokenS3) -> Iterator[None]:
    """The repository in S3 is reached over the way that can be broken."""
    faults.configure(repositories=faults.repositories(spaces={"endpoint": ENDPOINT}))
    faults.messages()
    yield
    s3.broken()
    faults.configure()


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("refuse", "refused"),
        ("hang", "timed out"),
        ("503", "it answers 503"),
        ("truncate", ""),
    ],
)
def test_s3_is_down(faults: Faults, s3: BrokenS3, how: str, why: str) -> None:
    before = set(faults.listed()["backups"])
    s3.broken(how)

    ran = faults.program()
    assert ran.code == 1 and ran.seconds < SOON, ran
    assert "is whole, but not everywhere: repository spaces" in ran.said and why in ran.said
    status = faults.status()
    assert status["failures"] == 1 and status["last_failure"]["details"]["repository"] == "disk"
    again = faults.program("pass")
    assert again.seconds < SOON
    down = faults.listed()
    assert "spaces" in down["problems"]
    (new,) = set(down["backups"]) - before
    assert list(down["backups"][new]) == ["disk"]
    assert len(faults.read(new, "disk")) == 128

    assert faults.program().code == 1
    told = [text for text in faults.messages() if "backup of database and filestore has failed" in text]
    assert len(told) == 1, "one message for as long as it lasts"
    assert "repository spaces" in told[0] and "the next run tries again by itself" in told[0]

    s3.broken()
    ran = faults.program()
    assert ran.code == 0, ran.said
    listed = faults.listed()
    assert half(listed) == []
    assert lacking(listed) == [], "the copies are caught up"
    assert faults.read(new, "spaces") == faults.read(new, "disk")
    (told,) = [text for text in faults.messages() if "backup of database and filestore" in text]
    assert "works again" in told


def test_every_tenth_request_fails(faults: Faults, s3: BrokenS3) -> None:
    s3.broken("503", share=0.1)
    ran = faults.program()
    assert ran.code == 0, ran.said
    assert s3.ask()["spoilt"] > 2
    name = list(faults.listed()["backups"])[-1]
    assert faults.read(name, "spaces") == faults.read(name, "disk")
    assert not [text for text in faults.messages() if "has failed" in text]


def test_a_truncated_answer_now_and_then(faults: Faults, s3: BrokenS3) -> None:
    s3.broken("truncate", share=0.1)
    ran = faults.program()
    assert ran.code == 0, ran.said
    assert s3.ask()["spoilt"] > 2


def test_a_wrong_clock(faults: Faults, s3: BrokenS3) -> None:
    """S3 refuses what comes 15 minutes early or late; its own time is in each of its answers."""
    s3.broken("skew")
    ran = faults.program()
    assert ran.code == 1 and ran.seconds < SOON
    assert "look at the droplet's clock (timedatectl)" in ran.said
    assert "timedatectl" in faults.messages()[0]


@pytest.mark.parametrize("how", ["hang", "503"])
def test_s3_fails_in_mid_transfer(faults: Faults, s3: BrokenS3, how: str) -> None:
    """restic by itself goes on for a quarter of an hour with each object."""
    before = set(faults.listed()["backups"])
    faults.droplet.sql(
        faults.server, faults.document["database"], "UPDATE lab_noise SET text = md5(random()::text) || md5(text)"
    )
    s3.broken(how, after=12)
    ran = faults.program(timeout=900)
    assert ran.code == 1 and ran.seconds < 600, ran
    assert "repository spaces" in ran.said
    s3.broken()
    assert faults.program().code == 0
    listed = faults.listed()
    assert half(listed) == []
    assert len(set(listed["backups"]) - before) == 2
    assert lacking(listed) == []
