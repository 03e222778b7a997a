# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Backups as modules and reports show them: plain data, times as text in UTC."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs, runs, shown, window
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings


def describe(backup: pairs.Backup, proven: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
    """One backup; ``proven`` is the run that has restored it last."""
    manifest = backup.manifest
    dump, files = manifest["dump"], manifest["filestore"]
    return {
        "id": backup.id,
        "kind": manifest["kind"],
        "label": manifest["label"],
        "reason": manifest["reason"],
        "at": window.stamp(backup.at),
        "finished": window.stamp(datetime.fromisoformat(manifest["finished"])),
        "seconds": round(manifest["seconds"], 1),
        "bytes": {"database": dump["bytes"], "filestore": files["bytes"]},
        "stored_bytes": {"database": dump["added"], "filestore": files["added"]},
        "files": files["files"],
        "missing": files["missing"],
        "odoo_version": manifest["odoo"]["version"],
        "postgres_version": manifest["database"]["version"].split()[0],
        "repositories": sorted(backup.places),
        "damaged": backup.damaged,
        "verified": dict(proven or {}),
    }


def latest(found: pairs.Catalogue) -> str:
    """Id of the backup that V(latest) means; empty if there is none."""
    try:
        return found.find("latest").id
    except BackupError:
        return ""


def listing(settings: Settings, repository: str | None = None) -> dict[str, t.Any]:
    """All that can be restored of an environment."""
    found = pairs.catalogue(settings, repository)
    proven = runs.verified(settings)
    spans = runs.spans(settings, found)
    return {
        "backups": [describe(backup, proven.get(backup.id)) for backup in found.backups],
        "latest": latest(found),
        "window": [dict(zip(("start", "end"), span.ends())) for span in spans],
        "passes": {name: len(passes) for name, passes in found.passes.items()},
        "problems": found.problems,
    }


def verdict(backup: t.Mapping[str, t.Any], zone: str) -> str:
    """What is known of whether a backup can be restored, in words."""
    if backup["damaged"]:
        return "damaged"
    proven = backup["verified"]
    return f"{proven['how']} {shown.moment(proven['at'], zone)}" if proven else "not yet"


def lines(found: t.Mapping[str, t.Any], zone: str) -> list[str]:
    """What :func:`listing` tells, for a terminal: the oldest first, times of a zone."""
    rows = [("ID", "TIME", "KIND", "DATABASE", "FILES", "WHERE", "VERIFIED")]
    rows += [
        (
            backup["id"],
            shown.moment(backup["at"], zone),
            " ".join(filter(None, (backup["kind"], backup["label"]))),
            shown.size(backup["bytes"]["database"]),
            shown.size(backup["bytes"]["filestore"]),
            ",".join(backup["repositories"]),
            verdict(backup, zone),
        )
        for backup in found["backups"]
    ]
    return [
        *(shown.columns(rows) if found["backups"] else ["There is no backup."]),
        *(
            f"Any moment from {shown.moment(span['start'], zone)} to {shown.moment(span['end'], zone)} can be restored."
            for span in found["window"]
        ),
        *(f"The repository {name} cannot be asked: {why}" for name, why in sorted(found["problems"].items())),
    ]
