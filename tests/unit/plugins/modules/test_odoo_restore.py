# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore says it did, or in check mode would do."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._backup import restore, restore_plan, settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic
from ansible_collections.ipai.odoo.plugins.modules import odoo_restore

AT = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)
LIVE = {"erp": "database 1"}


def said(
    monkeypatch: pytest.MonkeyPatch,
    before: dict[str, str],
    *,
    dry_run: bool = True,
    empty: bool = False,
    **planned: Any,
) -> dict[str, Any]:
    """The answer of the module about an environment whose databases are ``before``."""
    wanted = planned.pop("wish", restore_plan.Wish(moment=AT))
    names = {"name": "erp-restored-1", "former": "erp-before-1"}
    place = Restic(settings.Repository("disk", "/srv/backup"), "erp", "")
    plan = restore_plan.Plan(wanted, **names, **{"place": place, **planned})
    fields = dict.fromkeys(settings.Settings.__dataclass_fields__, "")
    found = settings.Settings(**{**fields, "environment": "erp", "database": "erp"})
    monkeypatch.setattr(odoo_restore, "wish", lambda *_: wanted)
    monkeypatch.setattr(restore_plan, "plan", lambda *_: plan)
    monkeypatch.setattr(restore_plan, "live_is_empty", lambda _found: empty)
    monkeypatch.setattr(restore, "served", lambda _found: dict(before))
    done = {"name": plan.name, "published": wanted.publish, "former": plan.former if wanted.publish else ""}
    monkeypatch.setattr(restore, "restore", lambda *_: {**done, **plan.origin})
    return odoo_restore.present(found, {}, dry_run, print)


def test_what_would_be_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = said(monkeypatch, LIVE)
    assert answer["msg"] == (
        "Nothing was touched. A run would restore 2026-11-21T02:00:00Z from repository disk beside what is live, as a"
        " name such as erp-restored-1"
    )
    assert (answer["at"], answer["repository"], answer["published"]) == ("2026-11-21T02:00:00Z", "disk", False)
    named = said(monkeypatch, LIVE, wish=restore_plan.Wish(moment=AT, name="erp-restored-1"))
    assert named["msg"].endswith("beside what is live, as erp-restored-1")


def test_what_would_be_stored_first(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = said(monkeypatch, LIVE, unstored=True)["msg"]
    assert "A run would first store the files and the WAL of the last minutes" in answer
    assert "would restore 2026-11-21T02:00:00Z" in answer


def test_what_would_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    publish = restore_plan.Wish(moment=AT, publish=True)
    answer = said(monkeypatch, LIVE, wish=publish)
    assert answer["msg"].endswith(
        "look at it, and publish it as erp; what is live would be kept under a name such as erp-before-1"
    )
    assert (answer["published"], answer["former"]) == (True, "erp-before-1")
    there = restore_plan.Wish(name="erp-restored-1", publish=True)
    before = {**LIVE, "erp-restored-1": "database 2"}
    answer = said(monkeypatch, before, wish=there, there=True, place=None)
    assert "A run would publish erp-restored-1 as erp; what is live" in answer["msg"]


def test_an_empty_database_would_not_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = said(monkeypatch, LIVE, empty=True, wish=restore_plan.Wish(moment=AT, publish=True))
    assert answer["msg"].endswith("publish it as erp") and answer["former"] == ""
    assert "erp-before-1" not in answer["diff"]["after"]


def test_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = said(monkeypatch, LIVE, dry_run=False)["msg"]
    assert answer == "Restored 2026-11-21T02:00:00Z from repository disk beside what is live, as erp-restored-1"
    answer = said(monkeypatch, LIVE, dry_run=False, wish=restore_plan.Wish(moment=AT, publish=True))["msg"]
    assert answer.startswith(
        "erp serves what was restored, 2026-11-21T02:00:00Z from repository disk; what was live is"
    )
    before = {**LIVE, "erp-restored-1": "database 2"}
    answer = said(monkeypatch, before, wish=restore_plan.Wish(name="erp-restored-1"), there=True, place=None)
    assert (answer["changed"], answer["msg"]) == (False, "erp-restored-1 is there, and was not restored again")
