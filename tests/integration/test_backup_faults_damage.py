# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged and lost files of a repository: found within a week, told, made good from the other one."""

from __future__ import annotations

from typing import Any

import pytest
from lab.faults import Faults, half, lacking

pytestmark = pytest.mark.nightly

OTHER = {"disk": "spaces", "spaces": "disk"}

# A verification as it is made on each day of a week, until one finds something; V(days) it took, V(said).
VERIFY = """
first = datetime(2026, 11, 23, tzinfo=timezone.utc)
for day in range(int(sys.argv[1])):
    try:
        runs.verify(found, first + timedelta(days=day))
    except settings.BackupError as exc:
        print(json.dumps({"days": day + 1, "said": str(exc)}))
        break
else:
    print(json.dumps({"days": 0, "said": ""}))
"""

# What is done to a file of a repository.
SPOIL = "chmod u+w FILE; printf spoilt | dd of=FILE bs=1 seek=$(($(stat -c %s FILE) / 2)) conv=notrunc 2>/dev/null"
DELETE = "rm -f FILE"
# Only what is read again is found again: this droplet has forgotten what it knew.
FORGET = "rm -rf /var/cache/ipai-odoo/restic"


def content(faults: Faults, repository: str) -> dict[str, str]:
    """Each backup and what it holds."""
    return {name: faults.read(name, repository) for name in faults.listed()["backups"]}


def spoil(faults: Faults, repository: str, kind: str, command: str) -> None:
    sizes = faults.shell(repository, f"find {faults.path(repository)}/{kind} -type f -printf '%s %p\\n'")
    largest = max((line.split() for line in sizes.splitlines()), key=lambda words: int(words[0]))[1]
    faults.shell(repository, command.replace("FILE", largest))


def check_told(faults: Faults, found: dict[str, Any], repository: str) -> None:
    assert f"repository {repository}" in found["said"], found
    assert f"repository {OTHER[repository]} is damaged" not in found["said"]
    assert "playbook backup" in found["said"]
    assert faults.status("verify")["failures"] == 1
    (told,) = faults.messages()
    assert "verification of the repositories has failed" in told and f"repository {repository}" in told


CASES = [
    ("spaces", "data", SPOIL, 7),
    ("disk", "data", DELETE, 1),
    ("disk", "snapshots", SPOIL, 1),
    ("disk", "data", SPOIL, 7),
    ("disk", "index", SPOIL, 1),
    ("spaces", "data", DELETE, 1),
    ("spaces", "index", SPOIL, 1),
    ("spaces", "snapshots", SPOIL, 1),
]


@pytest.mark.parametrize(
    ("repository", "kind", "command", "days"),
    CASES,
    ids=[f"{kind}-{'spoilt' if command == SPOIL else 'lost'}-{name}" for name, kind, command, _days in CASES],
)
def test_damage(faults: Faults, repository: str, kind: str, command: str, days: int) -> None:
    before = content(faults, OTHER[repository])
    faults.messages()
    spoil(faults, repository, kind, command)

    found = faults.ask(VERIFY, str(days))
    assert found["days"], "it is not found in time"
    check_told(faults, found, repository)
    assert content(faults, OTHER[repository]) == before, "the other repository has everything as it was"

    ran = faults.program()
    assert ran.code == 0, ran.said
    listed = faults.listed()
    assert half(listed) == []
    assert lacking(listed) == []
    assert {name: faults.read(name, repository) for name in before} == before, "what was damaged is back"
    assert faults.ask(f"print(json.dumps(places['{repository}'].check('1/1')))"), "and everything can be read again"
    assert faults.ask(VERIFY, "1")["said"] == ""
    assert any("works again" in text for text in faults.messages())


def test_data_that_only_one_repository_had(faults: Faults) -> None:
    """Nothing brings it back, but the backups to come are whole all the same."""
    faults.configure(repositories=faults.repositories()[:1])
    try:
        before = faults.listed()
        spoil(faults, "disk", "data", DELETE)
        said = faults.ask(VERIFY, "1")["said"]
        assert "lost here: " in said and next(iter(before["backups"])) in said
        assert next(iter(before["backups"])) in faults.listed()["damaged"], "what is known to be lost is no good backup"
        ran = faults.program()
        assert ran.code == 0, ran.said
        listed = faults.listed()
        new = (set(listed["backups"]) - set(before["backups"])).pop()
        assert new not in listed["damaged"] and set(before["backups"]) <= set(listed["backups"])
        assert faults.ask("print(json.dumps(pairs.catalogue(found).find('latest').id))") == new
        assert len(faults.read(new, "disk")) == 128, "what is the same as something lost is stored again"
    finally:
        faults.configure()


def test_a_lost_manifest_hides_no_other_backup(faults: Faults) -> None:
    """A droplet that remembers nothing reads the manifests; one of them is gone."""
    faults.renew()
    assert [faults.program().code for _number in range(2)] == [0, 0]
    lost, kept = faults.listed()["backups"]
    faults.ask(
        "one = pairs.catalogue(found).find(sys.argv[1]).places['disk']['manifest']\n"
        f"path = '{faults.path('disk')}/snapshots/' + one\n"
        "os.chmod(path, 0o600); open(path, 'r+b').write(b'spoilt'); print(0)",
        lost,
    )
    faults.droplet.console(f"rm -rf /var/lib/ipai-odoo/{faults.document['environment']}/manifests; {FORGET}")
    faults.configure(repositories=faults.repositories()[:1])
    try:
        assert list(faults.listed()["backups"]) == [kept]
    finally:
        faults.configure()
