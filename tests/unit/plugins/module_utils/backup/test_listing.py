# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import (
    listing,
    pair_commands,
    pairs,
    runs,
    settings,
    window,
)

AT = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)


def backup(identifier: str, at: datetime, **more: object) -> pairs.Backup:
    manifest = {
        "kind": "scheduled",
        "label": "",
        "reason": "",
        "finished": at.isoformat(),
        "seconds": 7.5,
        "dump": {"bytes": 40894464, "added": 1},
        "filestore": {"bytes": 1089123, "added": 0, "files": 812, "missing": []},
        "odoo": {"version": "19.0.1.3"},
        "database": {"version": "17.6 (Debian)"},
    }
    parts = {"disk": {}, "spaces": {}}
    return pairs.Backup(identifier, at, parts, {**manifest, **more}, damaged="damaged" in identifier)


def test_what_can_be_restored_is_listed_on_the_droplet(
    erp: settings.Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = pairs.Catalogue(
        [backup("first", AT), backup("second-damaged", AT + timedelta(days=1), label="before-upgrade")],
        problems={"far": "no answer"},
    )
    span = window.Span(AT + timedelta(microseconds=1), AT + timedelta(days=2))
    monkeypatch.setattr(settings, "load", lambda _host: erp)
    monkeypatch.setattr(pairs, "catalogue", lambda *_: found)
    monkeypatch.setattr(runs, "verified", lambda _settings: {"first": {"at": "2026-11-22T03:00:00Z", "how": "drill"}})
    monkeypatch.setattr(runs, "spans", lambda *_: [span])
    pair_commands.COMMANDS["list"]("erp", [])
    assert capsys.readouterr().out.splitlines() == [
        "ID              TIME                       KIND                      DATABASE  FILES    WHERE        VERIFIED",
        (
            "first           2026-11-21T10:00:00+08:00  scheduled                 39.0 MiB  1.0 MiB  disk,spaces"
            "  drill 2026-11-22T11:00:00+08:00"
        ),
        "second-damaged  2026-11-22T10:00:00+08:00  scheduled before-upgrade  39.0 MiB  1.0 MiB  disk,spaces  damaged",
        "Any moment from 2026-11-21T10:00:01+08:00 to 2026-11-23T10:00:00+08:00 can be restored.",
        "The repository far cannot be asked: no answer",
    ]
    assert listing.lines({"backups": [], "window": [], "problems": {}}, "UTC") == ["There is no backup."]
