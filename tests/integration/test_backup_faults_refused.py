# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be done is refused with one message, and nothing is touched: no room, no key, no access, no turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.faults import FOLDER, NAME, STATE, Faults, half, lacking
from lab.tools import until

pytestmark = pytest.mark.nightly

NEW_NOISE = (
    "UPDATE lab_noise SET text = md5(random()::text) || md5(random()::text) || md5(random()::text) WHERE n % 2 = 0"
)


@pytest.fixture(autouse=True)
def tidied(faults: Faults) -> Iterator[None]:
    faults.messages()
    yield
    faults.configure()


@pytest.fixture
def small(faults: Faults) -> Iterator[str]:
    """A small file system."""
    path = f"{FOLDER}/small"
    faults.droplet.console(f"mkdir -p {path} && mount -t tmpfs -o size=120m,mode=0700 tmpfs {path}")
    yield path
    faults.droplet.console(f"umount {path} && rmdir {path}")


def everything(faults: Faults) -> list[str]:
    return sorted(
        name
        for repository in ("disk", "spaces")
        for kind in ("data", "index", "snapshots", "keys")
        for name in faults.objects(kind, repository)
    )


def test_a_full_disk_in_mid_dump(faults: Faults, small: str) -> None:
    faults.configure(repositories=faults.repositories(disk={"path": small}))
    faults.ask("places['disk'].initialise(places['spaces']); print(0)")
    assert faults.program().code == 0
    before = list(faults.listed()["backups"])
    digest = faults.read(before[-1], "disk")
    faults.droplet.console(f"head -c 200M /dev/zero >{small}/junk || truncate --size=-3M {small}/junk")
    faults.droplet.sql(faults.server, NAME, NEW_NOISE)

    ran = faults.program()
    assert ran.code == 1 and "repository disk" in ran.said and "is full. Make room" in ran.said, ran.said
    (told,) = faults.messages()
    assert "is full. Make room or enlarge it: no backup was removed" in told
    assert faults.status()["failures"] == 1 and faults.metric("failures") == 1
    listed = faults.listed()
    (new,) = set(listed["backups"]) - set(before)
    assert list(listed["backups"][new]) == ["spaces"], "the other repository has taken it"
    assert faults.read(before[-1], "disk") == digest

    faults.droplet.console(f"rm {small}/junk")
    ran = faults.program()
    assert ran.code == 0, ran.said
    listed = faults.listed()
    assert half(listed) == [] and lacking(listed) == []
    assert faults.read(new, "disk") == faults.read(new, "spaces")
    assert any("works again" in text for text in faults.messages())


def test_a_full_disk_and_no_other_repository(faults: Faults, small: str) -> None:
    faults.configure(repositories=faults.repositories(disk={"path": small})[:1])
    faults.ask("places['disk'].initialise(); print(0)")
    faults.droplet.console(f"head -c 200M /dev/zero >{small}/junk || truncate --size=-3M {small}/junk")
    ran = faults.program()
    assert ran.code == 1 and "is full. Make room" in ran.said
    assert faults.listed()["backups"] == {}
    faults.droplet.console(f"rm {small}/junk")
    assert faults.program().code == 0
    listed = faults.listed()
    assert half(listed) == [] and len(listed["backups"]) == 1


def test_no_room_for_a_restore(faults: Faults, small: str) -> None:
    databases = faults.droplet.sql(faults.server, "postgres", "SELECT datname FROM pg_database ORDER BY 1")
    faults.configure(directory=small)
    ran = faults.program("restore")
    assert ran.code == 1 and f"not enough room on the file system of {small}" in ran.said
    assert "MiB are free" in ran.said and "Nothing was touched" in ran.said
    assert faults.droplet.console(f"ls -A {small}").stdout == ""
    assert faults.droplet.sql(faults.server, "postgres", "SELECT datname FROM pg_database ORDER BY 1") == databases


def test_a_wrong_key(faults: Faults) -> None:
    before = everything(faults)
    faults.droplet.console(f"umask 077; echo another >{FOLDER}/secrets/wrong")
    faults.configure(key_file=f"{FOLDER}/secrets/wrong")
    ran = faults.program()
    assert ran.code == 1 and ran.said.count("was made with another key") >= 2, ran.said
    (told,) = faults.messages()
    assert "Give the key of its recovery kit as backup_key" in told and "nothing was changed" in told
    assert everything(faults) == before
    faults.configure()
    assert faults.program().code == 0


def test_a_wrong_secret_key(faults: Faults) -> None:
    before = faults.objects("snapshots", "spaces")
    faults.droplet.console(f"umask 077; sed 's/not-for-use/wrong/' {FOLDER}/secrets/s3 >{FOLDER}/secrets/wrong")
    faults.configure(repositories=faults.repositories(spaces={"credentials_file": f"{FOLDER}/secrets/wrong"}))
    ran = faults.program()
    assert ran.code == 1 and ran.seconds < 120, ran
    assert "repository spaces" in ran.said and "refuses the access key or the secret key" in ran.said
    assert faults.objects("snapshots", "spaces") == before
    (told,) = faults.messages()
    assert "correct backup_repositories" in told
    faults.configure()
    assert faults.program().code == 0
    assert lacking(faults.listed()) == []


def test_two_at_once(faults: Faults) -> None:
    before = set(faults.listed()["backups"])
    faults.start()
    lock = f"/run/ipai-odoo/backup-{NAME}.lock"
    until(
        "the first run is at work",
        lambda: faults.droplet.console(f"! flock -n {lock} true", check=False).returncode == 0,
        seconds=30,
    )
    said = faults.ask(
        "from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError\n"
        "try:\n    runs.make_backup(found)\nexcept CommandError as exc:\n    print(json.dumps(str(exc)))"
    )
    assert f"backup of {NAME} has had it" in said
    assert faults.program("pass").code == 0
    assert [run["result"] for run in faults.runs() if run["kind"] == "pass"] == ["skipped"]
    until("the first run is over", lambda: faults.status()["last_good"]["details"]["id"] not in before, seconds=90)
    listed = faults.listed()
    assert half(listed) == [] and lacking(listed) == []
    assert len(set(listed["backups"]) - before) == 1
    assert not [text for text in faults.messages() if "pass" in text]


def test_a_dump_of_a_newer_server(faults: Faults) -> None:
    name = list(faults.listed()["backups"])[-1]
    note = f"{STATE}/manifests/{name}.json"
    faults.droplet.console(f'cp {note} {note}.kept; sed -i \'s/"version": "17[^"]*"/"version": "99.1"/\' {note}')
    databases = faults.droplet.sql(faults.server, "postgres", "SELECT datname FROM pg_database ORDER BY 1")
    try:
        ran = faults.program("restore", f"backup={name}")
        assert ran.code == 1 and "was made by PostgreSQL 99.1" in ran.said and "Nothing was touched" in ran.said
    finally:
        faults.droplet.console(f"mv {note}.kept {note}")
    assert faults.droplet.sql(faults.server, "postgres", "SELECT datname FROM pg_database ORDER BY 1") == databases
