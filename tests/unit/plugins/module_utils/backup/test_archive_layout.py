# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an archive goes: a disk, a bucket, and what the role sets up for each."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_layout import layout
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

DISK = {"name": "disk", "path": "/srv/backup/"}
SPACES = {
    "name": "spaces",
    "endpoint": "s3.lab.test:9000",
    "bucket": "backups",
    "region": "us-east-1",
    "prefix": "/lab.test/",
    "access_key": "access",
    "secret_key": "a-secret",
}


def found(*repositories: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return layout(repositories, "pg", "10.0.0.1", 18440)


def test_a_disk_alone_has_no_way_out() -> None:
    (one,) = found(DISK)["repositories"]
    assert one == {
        "number": 1,
        "name": "disk",
        "folder": "/srv/backup/pg/pgbackrest",
        "path": "/var/lib/pgbackrest/disk",
    }
    assert found(DISK)["volumes"] == ["/srv/backup/pg/pgbackrest:/var/lib/pgbackrest/disk:rw"]
    assert not any(found(DISK)[key] for key in ("hosts", "ports", "files", "readers"))


def test_a_bucket_is_reached_through_its_relay() -> None:
    both = found(DISK, SPACES)
    spaces = both["repositories"][1]
    assert (spaces["path"], spaces["host"], spaces["port"], spaces["relay"]) == (
        "/lab.test/pg/pgbackrest", "s3.lab.test", 9000, 18441,
    )  # fmt: skip
    assert both["hosts"] == {"s3.lab.test": "10.0.0.1"} and both["ports"] == [18441]
    socket, service = both["files"]
    assert socket["path"].endswith("/ipai-archive-relay-pg-spaces.socket")
    assert "ListenStream=10.0.0.1:18441\n" in socket["content"] and "s3.lab.test:9000\n" in service["content"]
    assert "PartOf=ipai-archive-relay-pg-spaces.socket\n" in service["content"]


def test_only_the_configuration_has_secrets() -> None:
    both = found(DISK, SPACES)
    assert "a-secret" not in str({key: value for key, value in both.items() if key != "repositories"})


def test_without_port_and_prefix() -> None:
    (one,) = found({**SPACES, "endpoint": "sgp1.example.com", "prefix": None})["repositories"]
    assert (one["port"], one["path"]) == (443, "/pg/pgbackrest")


@pytest.mark.parametrize(
    ("repositories", "said"),
    [
        ([], "there is no repository to archive to"),
        ([DISK, DISK], "have the same name: disk, disk"),
        ([{**DISK, "name": "My disk"}], "'My disk' in backup_repositories is no name"),
        ([{"name": "disk"}], "needs either a path or an endpoint"),
        ([{**SPACES, "path": "/srv"}], "needs either a path or an endpoint"),
        (
            [{**SPACES, "bucket": "", "secret_key": None}],
            "spaces in backup_repositories has no bucket and no secret_key",
        ),
        ([{**SPACES, "endpoint": "https://s3.lab.test"}], "is no host name"),
    ],
)
def test_what_is_refused(repositories: list[dict[str, t.Any]], said: str) -> None:
    with pytest.raises(BackupError, match=said) as caught:
        found(*repositories)
    assert "a-secret" not in str(caught.value)
