# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Which backups and passes are removed: pure decisions, no repository is touched here."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Retention

#: Passes of so many hours all stay; of those before, the last one of each hour.
FINE = timedelta(hours=48)


@dataclass(frozen=True)
class Kept:
    """A backup and why it stays: V(days), V(daily), V(weekly), V(monthly), V(last), V(verified), V(future)."""

    id: str
    reason: str


def keep(
    backups: t.Mapping[str, datetime],
    policy: Retention,
    now: datetime,
    *,
    zone: str = "UTC",
    verified: str | None = None,
    lesser: t.Container[str] = (),
) -> list[Kept]:
    """The backups that stay, with the first reason of each.

    :param backups: id → time.
    :param zone: whose midnight ends a day; weeks begin on Monday.
    :param verified: the last one that is known to restore, which stays as well as the last one.
    :param lesser: those of which something is lost, and those that were imported.  They stay for the days, since they
        may be of use, and take no other one's place; beyond the days only the last one does, if there is no better one.

    A clock that was wrong must not cost a backup: what lies in the future stays.
    """
    kept: dict[str, str] = {}
    newest = sorted(backups, key=lambda name: backups[name], reverse=True)
    for name in newest:
        if backups[name] > now:
            kept.setdefault(name, "future")
        elif backups[name] > now - timedelta(days=policy.days):
            kept.setdefault(name, "days")
    good = [name for name in newest if name not in lesser]
    local = {name: backups[name].astimezone(ZoneInfo(zone)) for name in good}
    periods: list[tuple[str, int, t.Callable[[datetime], tuple[int, ...]]]] = [
        ("daily", policy.daily, lambda at: (at.year, at.month, at.day)),
        ("weekly", policy.weekly, lambda at: at.isocalendar()[:2]),
        ("monthly", policy.monthly, lambda at: (at.year, at.month)),
    ]
    for reason, count, period in periods:
        seen: set[tuple[int, ...]] = set()
        for name in good:
            if len(seen) >= count:
                break
            mark = period(local[name])
            if mark not in seen:
                seen.add(mark)
                kept.setdefault(name, reason)
    if newest:
        kept.setdefault((good or newest)[0], "last")
    if verified in good:
        kept.setdefault(verified, "verified")
    return [Kept(name, kept[name]) for name in newest if name in kept]


def thin(passes: t.Mapping[str, datetime], policy: Retention, now: datetime) -> list[str]:
    """The passes that are removed: too old, or not the last one of their hour when that hour is long over."""
    removed = []
    hours: set[int] = set()
    newest = sorted(passes, key=lambda name: passes[name], reverse=True)
    for position, name in enumerate(newest):
        at = passes[name]
        hour = int(at.replace(tzinfo=at.tzinfo or timezone.utc).timestamp() // 3600)
        if position == 0 or at > now - FINE:
            continue
        if at < now - timedelta(days=policy.days) or hour in hours:
            removed.append(name)
        hours.add(hour)
    return removed
