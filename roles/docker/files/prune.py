# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Managed by Ansible (ipai.odoo.docker).
"""Remove images and build cache that nobody needs; never volumes, networks or containers.

Kept are images that a container uses (also a stopped one), the newest releases of each environment (which can be
rolled back to; they have labels), the images that any of these were built on, and images younger than the given
number of days. Images are removed without force: what Docker still needs, it refuses to remove.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

DOCKER = "/usr/bin/docker"
RELEASE = "ipai.odoo.release"
ENVIRONMENT = "ipai.odoo.environment"


def docker(*arguments: str) -> str:
    return subprocess.run([DOCKER, *arguments], capture_output=True, text=True, check=True).stdout


def moment(text: str) -> datetime:
    """Docker's times have nanoseconds, which datetime does not read: seconds are enough."""
    return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def born(image: dict[str, Any]) -> datetime:
    """When the image came to this machine (LastTagTime), or was built, whichever is later."""
    times = [image.get("Created") or "", (image.get("Metadata") or {}).get("LastTagTime") or ""]
    return max(
        (moment(time) for time in times if time and not time.startswith("0001")), default=datetime.now(timezone.utc)
    )


def newest_releases(images: list[dict[str, Any]], used: set[str], number: int) -> set[str]:
    """Ids of the newest releases of each environment that no container uses."""
    found: dict[str, list[dict[str, Any]]] = {}
    for image in images:
        labels = (image.get("Config") or {}).get("Labels") or {}
        if RELEASE in labels and image["Id"] not in used:
            found.setdefault(labels.get(ENVIRONMENT, ""), []).append(image)
    return {image["Id"] for releases in found.values() for image in sorted(releases, key=born, reverse=True)[:number]}


def removable(images: list[dict[str, Any]], used: set[str], now: datetime, days: int, releases: int) -> list[str]:
    """Ids of the images to remove, from `docker image inspect` and the ids that containers use."""
    spared = newest_releases(images, used, releases)

    def kept(image: dict[str, Any]) -> bool:
        return image["Id"] in used or image["Id"] in spared

    def layers(image: dict[str, Any]) -> list[str]:
        return (image.get("RootFS") or {}).get("Layers") or []

    stacks = [layers(image) for image in images if kept(image)]

    def ground(image: dict[str, Any]) -> bool:
        own = layers(image)
        return bool(own) and any(stack[: len(own)] == own for stack in stacks)

    oldest = now - timedelta(days=days)
    return [image["Id"] for image in images if not kept(image) and not ground(image) and born(image) < oldest]


def names_of(image: dict[str, Any]) -> list[str]:
    """What to remove: every name of the image, as an id with several names is not removed without force."""
    return [*(image.get("RepoTags") or []), *(image.get("RepoDigests") or [])] or [image["Id"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=int, required=True, help="days that an unused image is kept")
    parser.add_argument("--releases", type=int, required=True, help="releases of each environment that are kept")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, remove nothing")
    options = parser.parse_args()
    ids = sorted(set(docker("image", "ls", "--quiet", "--no-trunc").split()))
    images = json.loads(docker("image", "inspect", *ids)) if ids else []
    containers = docker("container", "ls", "--all", "--quiet", "--no-trunc").split()
    used = set(docker("container", "inspect", "--format", "{{.Image}}", *containers).split()) if containers else set()
    failed = 0
    chosen = set(removable(images, used, datetime.now(timezone.utc), options.days, options.releases))
    for image in images:
        if image["Id"] not in chosen:
            continue
        for name in names_of(image):
            print(("would remove " if options.dry_run else "removing ") + name, flush=True)
            if options.dry_run:
                continue
            done = subprocess.run([DOCKER, "image", "rm", name], capture_output=True, text=True, check=False)
            # A digest goes with the last tag.
            if done.returncode != 0 and "No such image" not in done.stderr:
                failed += 1
                print(done.stderr.strip(), file=sys.stderr)
    if not options.dry_run:
        subprocess.run([DOCKER, "builder", "prune", "--force", "--filter", f"until={options.days * 24}h"], check=False)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
