# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pgBackRest says, from files named by its version, and what follows from it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    archive,
    archive_commands,
    archive_copy,
    archive_settings,
    archive_setup,
    archive_window,
    moment,
)
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_setup import Setup
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

CORPUS = sorted((Path(__file__).parent / "corpus").glob("pgbackrest-*"))
DOCUMENT: dict[str, t.Any] = {
    "server": "pg-production",
    "home": "/srv/postgres/pg-production",
    "image": "ipai/postgres:17-1",
    "uid": 100,
    "gid": 102,
    "pgdata": "/var/lib/postgresql/data",
    "data_mount": "/var/lib/postgresql/data",
    "memory_mb": 1024,
    "repositories": [
        {"number": 1, "name": "disk", "folder": "/srv/backup/pg-production/pgbackrest"},
        {"number": 2, "name": "spaces", "folder": ""},
    ],
    "hosts": {"s3.lab.test": "10.202.0.65"},
    "volumes": ["/srv/postgres/pg-production/secrets/archive:/etc/pgbackrest:ro"],
}
SETTINGS = archive_settings.parse(DOCUMENT)
SYSTEM = 7710535481302323221


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_settings, "STATE", str(tmp_path / "state"))


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.timezone.utc)  # type: ignore[arg-type,misc]


@pytest.fixture(params=CORPUS, ids=lambda path: path.name)
def said(request: pytest.FixtureRequest) -> Path:
    return t.cast("Path", request.param)


def contents(said: Path, name: str) -> list[archive.Contents]:
    return archive.parse_info((said / name).read_text(), SETTINGS.repositories)


def test_two_repositories(said: Path) -> None:
    disk, spaces = contents(said, "info-two-repositories.json")
    assert (disk.code, disk.archive, disk.systems) == (archive.OK, "17-1", (SYSTEM,))
    assert spaces.readable and spaces.repository.name == "spaces"
    (full,) = disk.backups
    assert (full.kind, full.label, full.repository) == ("full", "20261121-084650F", "disk")
    assert (full.start, full.stop) == (utc(2026, 11, 21, 8, 46, 50), utc(2026, 11, 21, 8, 46, 55))
    assert (full.bytes, full.stored_bytes, full.seconds, full.damaged) == (53298486, 6106304, 5.0, False)
    assert full.wal_start == full.wal_stop == "000000010000000000000005"


def test_nothing_there(said: Path) -> None:
    for one in contents(said, "info-no-stanza.json"):
        assert one.code == archive.NO_STANZA and one.readable and not one.backups and not one.systems


def test_one_cannot_be_reached(said: Path) -> None:
    disk, spaces = contents(said, "info-unreachable.json")
    assert disk.backups and disk.readable
    assert not spaces.readable and "Connection refused" in spaces.message


def test_another_key(said: Path) -> None:
    text = (said / "info-wrong-key.json").read_bytes().decode("utf-8", "replace")
    disk, _spaces = archive.parse_info(text, SETTINGS.repositories)
    assert disk.locked and not disk.readable
    assert disk.message.startswith("[FormatError] unable to load info file") and disk.message.isprintable()
    assert not contents(said, "info-unreachable.json")[1].locked, "no answer is no wrong key"


@pytest.mark.parametrize("text", ["", "[]x", "[{}]"])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(BackupError, match="not understood"):
        archive.parse_info(text, SETTINGS.repositories)


def test_verify(said: Path) -> None:
    assert archive.findings((said / "verify-ok.txt").read_text()) == []
    assert archive.findings((said / "verify-damaged.txt").read_text()) == [
        "archiveId: 17-1, other: 1",
        "backup: 20261121-084657F, status: invalid, total files checked: 2467, total valid files: 2466",
        "backup: 20261121-084657F, checksum invalid: 1",
    ]
    assert archive.findings("P00   WARN: no valid backups\n") == ["WARN: no valid backups"]


def test_the_backup_of_a_moment(said: Path) -> None:
    found = [one for each in contents(said, "info-two-repositories.json") for one in each.backups]
    moment = utc(2026, 11, 21, 8, 46, 57)
    assert [one.repository for one in archive_copy.choose(found, SETTINGS, moment, None)] == ["disk"]
    assert [one.repository for one in archive_copy.choose(found, SETTINGS, None, None)] == ["disk", "spaces"]
    with pytest.raises(
        BackupError, match=r"in repository spaces: the first moment that can be restored is 2026-11-21T08:4"
    ):
        archive_copy.choose(found, SETTINGS, moment, "spaces")
    with pytest.raises(BackupError, match="no repository tape; it has: disk, spaces"):
        archive_copy.choose(found, SETTINGS, moment, "tape")
    with pytest.raises(BackupError, match="there is none yet"):
        archive_copy.choose([], SETTINGS, moment, None)


class Copies:
    """Copies that come about, or not, without a container."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bad: t.Collection[str]) -> None:
        self.tried, self.bad = list[str](), bad
        monkeypatch.setattr(archive_copy._lock, "DIRECTORY", str(tmp_path))
        for name in ("remove", "_check_whole", "_check_room"):
            monkeypatch.setattr(archive_copy, name, lambda *_: None)
        monkeypatch.setattr(archive_copy, "_made", self.made)

    def made(
        self, settings: object, name: str, place: str, backup: archive.Backup, moment: datetime.datetime | None
    ) -> archive_copy.Copy:
        self.tried.append(backup.repository)
        Path(place).rmdir()
        if backup.repository in self.bad:
            raise BackupError("its archived WAL ends before")
        return archive_copy.Copy(name, moment, backup.repository, backup.label, 1, 1)


@pytest.mark.parametrize("bad", [(), ("disk",), ("disk", "spaces")])
def test_the_next_repository_is_tried(
    said: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bad: tuple[str, ...]
) -> None:
    found = [one for each in contents(said, "info-two-repositories.json") for one in each.backups]
    copies = Copies(monkeypatch, tmp_path, bad)
    if len(bad) < 2:
        with archive_copy.at(SETTINGS, None, folder=str(tmp_path), backups=found) as copy:
            assert copy.repository == ("spaces" if bad else "disk")
    else:
        with (
            pytest.raises(BackupError, match=r"from repository disk: its archived.*; and from repository spaces: its"),
            archive_copy.at(SETTINGS, None, folder=str(tmp_path), backups=found),
        ):
            pass
    assert copies.tried == ["disk", "spaces"][: len(bad) + 1]


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "pg.json").write_text(json.dumps(DOCUMENT))
    assert archive_settings.load("pg", str(tmp_path)) == SETTINGS
    with pytest.raises(BackupError, match="Set postgres_archive to true"):
        archive_settings.load("other", str(tmp_path))
    with pytest.raises(BackupError, match="not understood"):
        archive_settings.parse({**DOCUMENT, "colour": "blue"})


class Server:
    """A container in which pgBackRest answers from the corpus."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, info: str, system: int = SYSTEM) -> None:
        self.info, self.system, self.ran, self.ends = info, system, list[str](), list[int]()
        monkeypatch.setattr(_stack, "container_exec", self.execute)
        monkeypatch.setattr(_stack, "container", lambda name: {"State": {"Status": "running"}})

    def execute(self, name: str, command: t.Sequence[str], **options: t.Any) -> Result:
        words = list(command)
        if "psql" in words:
            return Result(tuple(words), 0, json.dumps([{"system_identifier": str(self.system)}]), "")
        assert words[0] == "timeout" and options["timeout"] > float(words[2])
        action = next(word for word in words[words.index("pgbackrest") + 1 :] if not word.startswith("-"))
        if action != "info":
            self.ran.append(action)
            return Result(tuple(words), self.ends.pop(0) if self.ends else 0, "", "")
        return Result(tuple(words), 0, self.info, "")


def test_set_up_already(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, (said / "info-two-repositories.json").read_text())
    setup = Setup(archive.Archive(SETTINGS), adopt=False, check_mode=False)
    setup.run()
    assert setup.steps == [] and server.ran == []


def test_somebody_elses_archive_is_refused_and_adopted_when_asked(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, (said / "info-two-repositories.json").read_text(), system=1)
    with pytest.raises(BackupError, match="holds the archive of another server named pg-production"):
        Setup(archive.Archive(SETTINGS), adopt=False, check_mode=False).run()
    assert server.ran == []
    planned = Setup(archive.Archive(SETTINGS), adopt=True, check_mode=True)
    planned.run()
    assert server.ran == [] and planned.steps[0].startswith("go on in the archive of another server")


def test_adopting_beside_an_empty_repository(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new droplet has a new disk, and the bucket of the old one; pgBackRest begins while WAL is being pushed."""
    document = json.loads((said / "info-two-repositories.json").read_text())[0]
    for part in ("archive", "backup"):
        document[part] = [one for one in document[part] if one["database"]["repo-key"] == 2]
    document["db"] = [one for one in document["db"] if one["repo-key"] == 2]
    document["repo"][0]["status"] = {"code": archive.NO_STANZA, "message": "missing stanza path"}
    server = Server(monkeypatch, json.dumps([document]), system=1)
    server.ends = [50, 103, 28]
    monkeypatch.setattr(archive.Archive, "backup", lambda self, kind, name: server.ran.append(f"{kind} {name}"))
    monkeypatch.setattr(archive_setup.time, "sleep", lambda _seconds: None)
    Setup(archive.Archive(SETTINGS), adopt=True, check_mode=False).run()
    turn = ["stanza-upgrade", "stanza-create"]
    assert server.ran == ["stanza-upgrade", *turn, *turn, "stanza-create", "check", "full disk"]


def test_another_key_is_refused(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (said / "info-wrong-key.json").read_bytes().decode("utf-8", "replace")
    server = Server(monkeypatch, text)
    with pytest.raises(BackupError, match="does not open the archive of pg-production in disk"):
        Setup(archive.Archive(SETTINGS), adopt=True, check_mode=False).run()
    assert server.ran == []


def test_begin_in_check_mode(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, (said / "info-no-stanza.json").read_text())
    setup = Setup(archive.Archive(SETTINGS), adopt=False, check_mode=True)
    setup.run()
    assert server.ran == []
    assert setup.steps == [
        "begin an archive in disk and spaces",
        "make a full backup in disk",
        "make a full backup in spaces",
    ]


def test_what_was_in_use_is_not_begun_anew(said: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    conf = tmp_path / "secrets" / "archive" / "pgbackrest.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(
        "[global]\nrepo2-path=/lab.test/pg\nrepo2-s3-endpoint=s3.lab.test\nrepo2-s3-bucket=backups\n"
        "repo2-cipher-pass=%(no)s\n[global:archive-push]\nio-timeout=2\n"
    )
    settings = dataclasses.replace(SETTINGS, home=str(tmp_path))
    assert settings.places() == {"disk": SETTINGS.repositories[0].folder, "spaces": "s3.lab.test/backups/lab.test/pg"}
    server = Server(monkeypatch, (said / "info-two-repositories.json").read_text())
    Setup(archive.Archive(settings), adopt=False, check_mode=False).run()
    server.info = (said / "info-no-stanza.json").read_text()
    for check_mode in (True, False):
        with pytest.raises(BackupError, match="in disk was in use, and there is nothing in /srv/backup"):
            Setup(archive.Archive(settings), adopt=False, check_mode=check_mode).run()
    assert server.ran == []
    # Elsewhere, an archive is begun.
    conf.write_text(conf.read_text().replace("lab.test/pg", "other/pg"))
    disk = dataclasses.replace(SETTINGS.repositories[0], folder="/srv/new")
    moved = dataclasses.replace(settings, repositories=(disk, SETTINGS.repositories[1]))
    setup = Setup(archive.Archive(moved), adopt=False, check_mode=True)
    setup.run()
    assert setup.steps[0] == "begin an archive in disk and spaces"


def two_clusters(said: Path) -> str:
    """The first repository was another server's before; the second is this one's alone."""
    document = json.loads((said / "info-two-repositories.json").read_text())[0]
    for part in ("archive", "backup"):
        for one in document[part]:
            if one["database"]["repo-key"] == 1:
                one["database"]["id"] = 2
        former = [one for one in document[part] if one["database"]["repo-key"] == 2]
        document[part] += [{**one, "database": {"id": 1, "repo-key": 1}} for one in former]
    document["db"] = [one for one in document["db"] if one["repo-key"] == 2] + [
        {"id": 2, "repo-key": 1, "system-id": SYSTEM, "version": "17"},
        {"id": 1, "repo-key": 1, "system-id": 5, "version": "17"},
    ]
    return json.dumps([document])


def test_clusters(said: Path) -> None:
    disk, spaces = archive.parse_info(two_clusters(said), SETTINGS.repositories)
    assert disk.systems == (5, SYSTEM) and [one.systems for one in disk.clusters] == [(5,), (5, SYSTEM)]
    (former,) = disk.former
    assert former.backups[0].label != disk.backups[0].label and not former.former
    assert spaces.clusters == (spaces,) and spaces.former == ()


def test_newest_of_former(said: Path) -> None:
    disk, spaces = archive.parse_info(two_clusters(said), SETTINGS.repositories)
    assert moment.newest_of_former([disk, spaces], None) == [[disk.former[0].backups[0]]]
    assert moment.newest_of_former([disk, spaces], "spaces") == []
    # The same server in another repository is what else can be tried; a newer one comes first.
    later = dataclasses.replace(disk.former[0].backups[0], stop=utc(2027, 1, 1))
    newer = dataclasses.replace(disk.former[0], systems=(5, 6), backups=(later,))
    twice = dataclasses.replace(spaces, former=(disk.former[0], newer))
    assert moment.newest_of_former([disk, twice], None) == [[later], [disk.former[0].backups[0]] * 2]
    damaged = dataclasses.replace(newer, backups=(dataclasses.replace(later, damaged=True),))
    assert moment.newest_of_former([dataclasses.replace(spaces, former=(damaged,))], None) == []


class Gone:
    """A server that has archived all before segment 0x1B, and repositories of which the second has lost some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, said: Path, lost: t.Container[int], last: int = 0x1B) -> None:
        self.lost, self.last, self.full = lost, last, list[str]()
        found = contents(said, "info-two-repositories.json")
        monkeypatch.setattr(archive.Archive, "pending", lambda _self: f"{1:08X}{0:08X}{0x1B:08X}")
        monkeypatch.setattr(archive.Archive, "info", lambda _self: found)
        monkeypatch.setattr(archive.Archive, "files", self.files)
        monkeypatch.setattr(archive.Archive, "backup", self.backup)
        monkeypatch.setattr(archive_window, "spans", lambda _archive: {})
        monkeypatch.setattr(archive_settings, "load", lambda _server: SETTINGS)

    def files(self, repository: str, _folder: str) -> dict[str, float]:
        numbers = [one for one in range(3, self.last) if repository == "disk" or one not in self.lost]
        return {f"{1:08X}{0:08X}/{1:08X}{0:08X}{one:08X}-{'0' * 40}.zst": 0 for one in numbers}

    def backup(self, kind: str, repository: str) -> archive.Backup:
        self.full.append(f"{kind} {repository}")
        return archive.Backup(repository, "new", kind, utc(2026, 11, 22), utc(2026, 11, 22, 1), 1, 1, "", "", False)


def test_a_gap_is_closed_by_a_full_backup(said: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archive_commands.record, "keep", lambda *_: None)
    server = Gone(monkeypatch, said, (0x15, 0x16))
    with pytest.raises(
        BackupError, match=r"^repository spaces: 2 segments from .*15 to .*16\. A full backup was made, and"
    ):
        archive_commands.gaps("pg-production", ())
    assert server.full == ["full spaces"]


@pytest.mark.parametrize(("lost", "last"), [((), 0x1B), ((3, 4), 0x1B), ((0x1B, 0x1C), 0x20)])
def test_no_gap_that_matters(said: Path, monkeypatch: pytest.MonkeyPatch, lost: t.Container[int], last: int) -> None:
    """None; one before the newest backup; and what waits on the server."""
    monkeypatch.setattr(archive_commands.record, "keep", lambda *_: None)
    server = Gone(monkeypatch, said, lost, last)
    archive_commands.gaps("pg-production", ())
    assert server.full == []


def test_one_dead_repository_is_a_warning(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Server(monkeypatch, (said / "info-unreachable.json").read_text())
    setup = Setup(archive.Archive(SETTINGS), adopt=False, check_mode=False)
    setup.run()
    assert setup.steps == [] and setup.warnings[0].startswith("the repository spaces of pg-production cannot be read")


def test_no_answer_is_a_dead_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(name: str, command: t.Sequence[str], **_options: t.Any) -> Result:
        raise CommandError(command, 124, reason="no end after 45 seconds")

    monkeypatch.setattr(_stack, "container_exec", hang)
    monkeypatch.setattr(_stack, "container", lambda name: {"State": {"Status": "running"}})
    found = archive.Archive(SETTINGS).info()
    assert [one.readable for one in found] == [False, False] and "no answer within" in found[0].message
