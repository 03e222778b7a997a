# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What Prometheus is told of runs, in its text format, for the textfile collector of node_exporter."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.window import seconds_of


def exposition(host: str, status: t.Mapping[str, t.Mapping[str, t.Any]]) -> str:
    """Prometheus' text format.  Times, not ages: an age in a file stands still when runs stop."""
    metrics: dict[str, tuple[str, list[tuple[dict[str, str], float]]]] = {}

    def add(name: str, text: str, value: float | None, **labels: str) -> None:
        if value is not None:
            metrics.setdefault(f"ipai_backup_{name}", (text, []))[1].append(({"host": host, **labels}, value))

    for kind, now in sorted(status.items()):
        good, bad = now.get("last_good"), now.get("last_failure")
        add("failures", "Failed runs in a row.", now.get("failures", 0), kind=kind)
        if bad:
            add("last_failure_timestamp_seconds", "End of the last failed run.", seconds_of(bad["end"]), kind=kind)
        if not good:
            continue
        details = good["details"]
        add("last_good_timestamp_seconds", "End of the last good run.", seconds_of(good["end"]), kind=kind)
        add("duration_seconds", "Duration of the last good run.", good["seconds"], kind=kind)
        for name, text in (("bytes", "What was saved."), ("stored_bytes", "What that added to the repositories.")):
            for part, value in sorted(details.get(name, {}).items()):
                add(name, text, value, kind=kind, part=part)
        for end in ("start", "end"):
            moment = details.get("window", {}).get(end)
            add(
                f"window_{end}_timestamp_seconds",
                f"{end.capitalize()} of the recoverable window.",
                seconds_of(moment) if moment else None,
                kind=kind,
            )
        add("rto_seconds", "Time that a restore took, checks included.", details.get("rto_seconds"), kind=kind)
        add("rpo_seconds", "Time whose work would have been lost.", details.get("rpo_seconds"), kind=kind)
    lines = []
    for name, (text, samples) in sorted(metrics.items()):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
        for labels, value in samples:
            shown = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
            lines.append(f"{name}{{{shown}}} {value:.15g}")
    return "".join(line + "\n" for line in lines)


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
