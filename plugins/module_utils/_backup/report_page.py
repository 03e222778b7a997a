# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The report as one HTML page that needs nothing else: no script, no font, no picture."""

from __future__ import annotations

import html
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import record, report, shown

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f5f7; color: #1c2430; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; }
p { margin: .4rem 0; } .quiet { color: #4d5868; font-size: .92rem; }
.banner { border-left: .4rem solid; border-radius: .4rem; padding: .8rem 1rem; margin: 1.2rem 0; background: #fff; }
.banner ul { margin: .4rem 0 0; padding-left: 1.2rem; } .banner li { overflow-wrap: anywhere; white-space: pre-line; }
.banner.good { border-color: #1a7f45; } .banner.bad { border-color: #b3261e; } .banner.calm { border-color: #8a6100; }
.cards { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.card { background: #fff; border: 1px solid #dde1e7; border-radius: .5rem; padding: .8rem 1rem; }
.card h3 { font-size: 1rem; margin: 0 0 .3rem; }
.tag { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .88rem; font-weight: 600;
  white-space: nowrap; }
.ok { background: #dcf2e4; color: #0f5c30; } .failing { background: #fbe0de; color: #8c1d18; }
.late, .stopped { background: #fdeecb; color: #6b4700; } .never, .off { background: #e6e9ee; color: #3b4554; }
table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid #dde1e7; }
th, td { text-align: left; vertical-align: top; padding: .5rem .7rem; border-top: 1px solid #e8ebef; }
th { font-size: .88rem; color: #4d5868; } td { overflow-wrap: break-word; }
code { font: .88em ui-monospace, monospace; } td code, .time { white-space: nowrap; }
p code { overflow-wrap: anywhere; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 46rem) {
  thead { display: none; } tr { display: block; border-top: 2px solid #cfd5dd; padding: .4rem 0; }
  td { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .2rem .7rem; }
  td::before { content: attr(data-name); color: #4d5868; font-size: .88rem; }
}
"""
WORDS = {
    report.OK: "OK",
    report.FAILING: "Failing",
    report.STOPPED: "Stopped",
    report.LATE: "Late",
    report.NEVER: "Not yet",
    report.OFF: "Off",
}


class Html(str):
    """Text that is HTML already."""


def text(value: t.Any) -> Html:
    """Anything as HTML that shows it, whatever is in it."""
    return value if isinstance(value, Html) else Html(html.escape(str(value)))


def table(columns: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]], empty: str) -> str:
    """A table; on a phone each row becomes a list of names and values."""
    body = "".join(
        "<tr>"
        + "".join(f'<td data-name="{text(name)}"><span>{text(cell)}</span></td>' for name, cell in zip(columns, row))
        + "</tr>\n"
        for row in rows
    )
    if not body:
        return f"<p>{text(empty)}</p>"
    head = "".join(f"<th>{text(name)}</th>" for name in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def page(found: t.Mapping[str, t.Any]) -> str:
    """The page of what :func:`report.build` has found, with all times of its zone."""
    zone = found["timezone"]
    title = f"Backups of {found['host']}"
    about = f"Droplet {found['machine']}, {_brief(found['generated'], zone)}. All times are of {zone}; ids are of UTC."
    parts = [
        f"<h1>{text(title)}</h1>",
        f'<p class="quiet">{text(about)}</p>',
        *_banners(found),
        '<h2>What runs by itself</h2><div class="cards">',
        *(_card(kind, zone) for kind in found["kinds"]),
        "</div>" if found["kinds"] else "</div><p>Nothing has run yet.</p>",
        "<h2>Any moment that can be restored</h2>",
        _window(found),
        "<h2>Backups</h2>",
        table(
            ("Moment", "Id", "Why", "Database", "Files", "Took", "Where", "Proven"),
            (_backup(backup, zone) for backup in found["backups"]),
            "There is none yet.",
        ),
        "<h2>Restore drills</h2>",
        table(
            ("Ended", "Result", "Backup", "Restored in", "Age of the data", "Said"),
            (_drill(entry, zone) for entry in found["drills"]),
            "There was none yet.",
        ),
        "<h2>Failures</h2>",
        table(
            ("Ended", "What", "Said"),
            (
                (_time(entry["end"], zone), record.NAMES.get(entry["kind"], entry["kind"]), _said(entry, zone))
                for entry in found["failures"]
            ),
            "None is remembered.",
        ),
    ]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _brief(stamp: str, zone: str) -> str:
    """A time that nobody has to type."""
    return shown.moment(stamp, zone)[:16].replace("T", " ")


def _time(stamp: str, zone: str) -> Html:
    """:func:`_brief` for a table, in one line."""
    return Html(f'<span class="time">{_brief(stamp, zone)}</span>')


def _exact(stamp: str, zone: str) -> Html:
    """A time that can be given to a restore as it stands."""
    return Html(f"<code>{text(shown.moment(stamp, zone))}</code>")


def _banners(found: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """What is wrong, or else what is not proven yet; and what one should know besides."""
    zone, attention, unproven = found["timezone"], found["attention"], found["unproven"]
    tone = "bad" if attention else "calm" if unproven or found["off"] else "good"
    yield _banner(tone, report.headline(found), attention or unproven, zone)
    besides = [*(unproven if attention else ()), *found["notices"]]
    if besides:
        yield _banner("calm", "Worth knowing", besides, zone)


def _banner(tone: str, head: str, sentences: t.Sequence[str], zone: str) -> str:
    items = "".join(f"<li>{text(shown.moments(one, zone))}</li>" for one in sentences)
    return f'<div class="banner {tone}"><b>{text(head)}</b>{f"<ul>{items}</ul>" if items else ""}</div>'


def _window(found: t.Mapping[str, t.Any]) -> str:
    zone = found["timezone"]
    if not found["window"]:
        return "<p>None: only the backups below. Any moment takes an archive of the database server.</p>"
    spans = "".join(
        f"<p>From {_exact(span['start'], zone)} to {_exact(span['end'], zone)}</p>" for span in found["window"]
    )
    last = text(f"-e restore_target_time={shown.moment(found['window'][-1]['end'], zone)}")
    return f'{spans}<p class="quiet">The playbook restore takes one as <code>{last}</code></p>'


def _card(kind: t.Mapping[str, t.Any], zone: str) -> str:
    good, bad, timer = kind.get("last_good"), kind.get("last_failure"), kind["timer"] or {}
    lines = []
    if good:
        lines.append(f"Last good: {_brief(good['end'], zone)}, took {shown.length(good['seconds'])}")
    elif kind["state"] != report.NEVER:
        lines.append("Had nothing to do yet" if kind["state"] == report.OK else "Never good yet")
    if bad:
        lines.append(f"Last failure: {_brief(bad['end'], zone)}")
    if timer.get("running"):
        lines.append("At work now")
    elif timer.get("active") and timer["due"]:
        lines.append(f"Next: {_brief(timer['due'], zone)}")
    said = "".join(f'<p class="quiet">{text(line)}</p>' for line in lines)
    name = kind["name"][:1].upper() + kind["name"][1:]
    return (
        f'<div class="card"><h3>{text(name)}</h3><span class="tag {kind["state"]}">{WORDS[kind["state"]]}</span>'
        f"{said}</div>"
    )


def _backup(backup: t.Mapping[str, t.Any], zone: str) -> tuple[t.Any, ...]:
    why = ", ".join(part for part in (backup["kind"], backup["label"], backup["reason"]) if part)
    proven = backup["verified"]
    state = Html(f"{text(proven['how'])}, {_time(proven['at'], zone)}") if proven else "not yet"
    files = f"{shown.size(backup['bytes']['filestore'])} ({backup['files']} files)"
    if backup["missing"]:
        files += f", {len(backup['missing'])} missing already then"
    return (
        _exact(backup["at"], zone),
        Html(f"<code>{text(backup['id'])}</code>"),
        why,
        shown.size(backup["bytes"]["database"]),
        files,
        shown.length(backup["seconds"]),
        ", ".join(backup["repositories"]),
        "damaged" if backup["damaged"] else state,
    )


def _drill(entry: t.Mapping[str, t.Any], zone: str) -> tuple[t.Any, ...]:
    details, good = entry["details"], entry["result"] == record.GOOD
    state, word = (report.OK, "Good") if good else (report.FAILING, "Failed")
    return (
        _time(entry["end"], zone),
        Html(f'<span class="tag {state}">{word}</span>'),
        Html(f"<code>{text(details.get('id', '?'))}</code>"),
        shown.length(details["rto_seconds"]) if "rto_seconds" in details else "",
        shown.length(details["rpo_seconds"]) if "rpo_seconds" in details else "",
        _said(entry, zone),
    )


def _said(entry: t.Mapping[str, t.Any], zone: str) -> Html:
    return Html(f'<span class="said">{text(shown.moments(entry.get("message", ""), zone))}</span>')
