# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a droplet, to be compared, and its hardening index."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.droplets import Droplet
from lab.places import DROPLET_IMAGE, HOME, RECORDS, ROOT


def fingerprint(droplet: Droplet, *, console: bool = False, **options: Any) -> dict[str, Any]:
    """The state of a droplet; see fingerprint.py for the options and what it holds."""
    source = (ROOT / "tests" / "integration" / "fingerprint.py").read_text(encoding="utf-8")
    return droplet.python(source, json.dumps(options), timeout=300, console=console)


def differences(left: Mapping[str, Any], right: Mapping[str, Any], limit: int = 60) -> list[str]:
    """Where two fingerprints differ: one line for each path, container, network, row."""
    out = []
    for section in sorted({*left, *right}):
        one, other = left.get(section, {}), right.get(section, {})
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                out.append(f"{section} {key}: {one.get(key)!r} != {other.get(key)!r}")
    return out[:limit]


def lynis(droplet: Droplet, *, console: bool = False) -> int:
    """The hardening index that Lynis gives the droplet. It runs from a temporary folder and leaves nothing behind."""
    package = HOME / "lynis.tar"
    if not package.exists():
        script = (
            "apt-get update -qq >&2 && cd /tmp && apt-get download -qq lynis >&2 && dpkg-deb --fsys-tarfile lynis_*.deb"
        )
        with tempfile.NamedTemporaryFile(dir=HOME, delete=False) as target:
            subprocess.run(
                ["docker", "run", "--rm", "--network", "host", "--entrypoint", "sh", DROPLET_IMAGE, "-c", script],
                stdout=target,
                check=True,
                timeout=300,
            )
        Path(target.name).rename(package)
    folder = f"/run/lynis-{uuid.uuid4().hex[:8]}"
    unpack = ["docker", "exec", "--interactive", droplet.container, "sh", "-c", f"mkdir {folder} && tar -C {folder} -x"]
    with package.open("rb") as source:
        subprocess.run(unpack, stdin=source, check=True, timeout=60)
    script = f"""
trap 'rm -rf {folder} /run/lynis.pid' EXIT
mkdir -p {folder}/etc/lynis/plugins
cd {folder}/usr/share/lynis
bash {folder}/usr/sbin/lynis audit system --quick --no-colors --profile {folder}/etc/lynis/default.prf \\
    --plugindir {folder}/etc/lynis/plugins --logfile {folder}/log --report-file {folder}/report >{folder}/out 2>&1
cat {folder}/report
"""
    shell = droplet.console if console else droplet.ssh
    report = shell(script, timeout=600).stdout
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"lynis-{droplet.name}.txt").write_text(report, encoding="utf-8")
    found = re.search(r"^hardening_index=(\d+)", report, re.M)
    assert found, f"Lynis gave no index on {droplet.name}: {report[-1000:]}"
    return int(found[1])
