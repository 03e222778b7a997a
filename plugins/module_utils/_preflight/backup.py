# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether the backups that are asked for have a place, a key and a time."""

from __future__ import annotations

import re
import typing as t
import zoneinfo
from collections.abc import Iterator, Mapping

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ipai.odoo.plugins.module_utils import _secret
from ansible_collections.ipai.odoo.plugins.module_utils._backup.archive_layout import NAME
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import (
    DATABASES,
    ENVIRONMENTS,
    UNKNOWN,
    Inventory,
    Problem,
)

EXAMPLE = "for example {name: disk, path: /srv/backup}"
S3 = ("endpoint", "bucket", "access_key", "secret_key")
#: What the sandbox of the timers cannot write to.
CLOSED = ("/home", "/root", "/tmp", "/etc", "/usr", "/boot", "/run")  # noqa: S108

SCHEDULES = ("backup_schedule", "backup_verify_schedule", "backup_drill_schedule")
SHORTHANDS = {"minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "annually"}
#: Days of the week, date and time of systemd.time(7), each optional but one.
CALENDAR = re.compile(
    r"(?P<days>[A-Z][a-z]{2,8}((,|\.\.)[A-Z][a-z]{2,8})*)?\s*"
    r"(?P<date>(?<!\S)[\d*,./~-]+-[\d*,./~-]+)?\s*"
    r"(?P<time>(?<!\S)[\d*,./]+:[\d*,./]+(:[\d*,./]+)?)?"
)
#: The least and the most of each number; systemd repeats minutes within an hour only.
NUMBERS = {
    "backup_filestore_interval": (1, 59),
    "backup_keep_days": (1, 3650),
    "backup_keep_daily": (0, 3650),
    "backup_keep_weekly": (0, 520),
    "backup_keep_monthly": (0, 120),
}


def check_backups(inventory: Inventory) -> Iterator[Problem]:
    """Repositories, key, schedules and numbers of each environment; the key of each archived server."""
    for server in inventory.members(DATABASES):
        archived = inventory.get(server, "postgres_archive")
        if archived is not UNKNOWN and boolean(archived or False, strict=False):
            yield from _kit_problems(inventory, server, "postgres_archive_recovery_kit", "postgres_archive_key")
    for host in inventory.members(ENVIRONMENTS):
        repositories = inventory.get(host, "backup_repositories")
        wanted = inventory.get(host, "odoo_backup")
        if repositories is not UNKNOWN and wanted is not UNKNOWN:
            if not repositories and boolean(wanted, strict=False):
                yield Problem(
                    host,
                    "it is to be backed up (odoo_backup), and there is no place for that.",
                    f"Name one in backup_repositories (group_vars/all), {EXAMPLE}, better a bucket as well;"
                    " or set odoo_backup to false.",
                )
            yield from _repository_problems(host, repositories or [])
            if repositories:
                yield from _key_problems(inventory, host)
                if boolean(wanted, strict=False):
                    yield from _server_problems(inventory, host)
        yield from _time_problems(inventory, host)
        yield from _number_problems(inventory, host)


def _server_problems(inventory: Inventory, host: str) -> Iterator[Problem]:
    server = inventory.get(host, "odoo_database_server")
    if isinstance(server, str) and inventory.is_managed(server):
        yield Problem(
            host,
            f"it is to be backed up, and its database server {server} is managed by somebody else.",
            "Those are not backed up yet: use the provider's backups, and set odoo_backup to false.",
        )


def _repository_problems(host: str, repositories: list[Mapping[str, t.Any]]) -> Iterator[Problem]:
    names: set[str] = set()
    places: dict[tuple[str, ...], str] = {}
    owners = {(one.get("access_key"), one.get("secret_key")) for one in repositories if one.get("endpoint")}
    if len(owners) > 1:
        yield Problem(
            host,
            "the buckets in backup_repositories have different keys, and restic copies between those of one only.",
            "Use one bucket, or buckets of one account; a disk beside it needs no key.",
        )
    for repository in repositories:
        name = str(repository["name"])
        what = f"the repository {name} in backup_repositories"
        if not NAME.fullmatch(name):
            yield Problem(host, f"{what} has no good name.", "Use small letters, digits and '-', such as spaces.")
        if name in names:
            yield Problem(host, f"{what} is there twice.", "Give each a name of its own.")
        names.add(name)
        problem = _place_problem(repository)
        if problem:
            yield Problem(host, f"{what} {problem[0]}", problem[1])
            continue
        place = tuple(str(repository.get(key) or "").strip("/") for key in ("path", "endpoint", "bucket", "prefix"))
        other = places.setdefault(place, name)
        if other != name:
            yield Problem(
                host, f"{what} is the same place as {other}.", "Remove one of them: a second copy is elsewhere."
            )


def _place_problem(repository: Mapping[str, t.Any]) -> tuple[str, str] | None:
    """What is wrong with where a repository is, and what to do; secrets are only missed, never shown."""
    path, endpoint = str(repository.get("path") or ""), str(repository.get("endpoint") or "")
    given = [key for key in S3 if repository.get(key)]
    if path and given:
        return "has a path and is in a bucket.", "A folder in a bucket is its prefix. Give path or endpoint."
    if given:
        missing = [key for key in S3 if key not in given]
        if missing:
            return f"lacks {' and '.join(missing)}.", "A bucket needs endpoint, bucket, access_key and secret_key."
        if "/" in endpoint:
            return "has an address as its endpoint.", "Write the host alone, such as sgp1.digitaloceanspaces.com."
        return None
    if not path.startswith("/"):
        return "has no place.", f"Give it an absolute path on the droplet or a bucket, {EXAMPLE}."
    if path == "/" or any(path == one or path.startswith(f"{one}/") for one in CLOSED):
        return f"is in {path}, where backups do not belong.", f"Use a folder of its own, {EXAMPLE}."
    return None


def _key_problems(inventory: Inventory, host: str) -> Iterator[Problem]:
    yield from _kit_problems(inventory, host, "backup_recovery_kit", "backup_key")
    key = inventory.get(host, "backup_key")
    if isinstance(key, str) and key:
        reason = _secret.unusable(key)
        if reason:
            yield Problem(host, f"backup_key {reason}.", "Copy it again from the recovery kit.")
    webhook = inventory.get(host, "backup_webhook")
    if isinstance(webhook, str) and webhook and not webhook.startswith(("https://", "http://")):
        yield Problem(host, "backup_webhook is no http address.", "Copy it again from where it was issued.")


def _kit_problems(inventory: Inventory, host: str, kit: str, key: str) -> Iterator[Problem]:
    if inventory.get(host, kit) == "" and not inventory.get(host, key):
        yield Problem(
            host,
            f"without a recovery kit ({kit} is empty), nobody but the droplet would have the key.",
            f"Make one (openssl rand -hex 24), put it into the vault as {key}; or name a file for the kit.",
        )


def _time_problems(inventory: Inventory, host: str) -> Iterator[Problem]:
    for variable in SCHEDULES:
        value = inventory.get(host, variable)
        if not isinstance(value, str):
            if value is not None and value is not UNKNOWN:
                yield Problem(
                    host,
                    f"{variable} is {value!r}, which is no text: 22:00 without quotes is a number to YAML.",
                    'Put it in quotes, such as "22:00".',
                )
        elif not _is_calendar(value):
            yield Problem(
                host,
                f"{variable} is {value!r}, which systemd does not take for a time.",
                'Write "*-*-* 02:00:00" for each night, "Sun *-*-* 06:00:00" for Sundays, or hourly;'
                " the zone is backup_timezone.",
            )
    zone = inventory.get(host, "backup_timezone")
    if isinstance(zone, str) and zone not in (zoneinfo.available_timezones() or {zone}):
        yield Problem(
            host, f"backup_timezone is {zone!r}, which is no time zone.", "Write it as Asia/Singapore or UTC."
        )


def _is_calendar(text: str) -> bool:
    """Whether systemd takes this for OnCalendar=, as far as can be told without asking it."""
    if text in SHORTHANDS:
        return True
    match = CALENDAR.fullmatch(text.strip())
    if not match or not (match["date"] or match["time"] or match["days"]):
        return False
    parts = (match["time"] or "0:0").split(":")
    limits = (23, 59, 59)
    return all(
        int(number) <= limit for part, limit in zip(parts, limits, strict=False) for number in re.findall(r"\d+", part)
    )


def _number_problems(inventory: Inventory, host: str) -> Iterator[Problem]:
    for variable, (least, most) in NUMBERS.items():
        value = inventory.get(host, variable)
        if value is None or value is UNKNOWN:
            continue
        if not least <= int(value) <= most:
            yield Problem(host, f"{variable} is {value}.", f"Choose a number from {least} to {most}.")
