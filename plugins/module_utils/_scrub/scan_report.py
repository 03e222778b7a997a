# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What a search for originals has read and found: as data, and as one HTML page that needs nothing else.

Neither has a value in it: columns, kinds, counts, and digests that only the secret of the fakes relates to originals.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import report_page, shown
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import verify, verify_files

#: What is claimed, and what is not.
CLAIM = (
    "No original that was collected is in the result: not as it stands, in other letters or accents, in HTML, JSON,"
    " URLs, quoted-printable, base64, binary columns or archives."
)
LIMITS = (
    (
        "Names of one word with less than six characters, and numbers of less than eight digits, are looked for in"
        " their own rows alone."
    ),
    "So are names that are words of Odoo itself, such as that of a company called Storage.",
    "Pictures, paraphrases, bare first names, and names whose parts stand in different cells are not found.",
    "Texts are looked for by some runs of six words of each; large tables' cells are compared in a sample of rows.",
)
ALLOW = "If a value belongs to Odoo or to nobody, add it to the allowed originals of the refresh and run it again."


def build(
    originals: t.Mapping[str, int], searched: t.Iterable[verify.Searched], seconds: float, when: str
) -> dict[str, t.Any]:
    """The report, ready for JSON.

    :param originals: how many forms of each kind were looked for.
    :param seconds: of the whole search, by the clock.
    :param when: the moment of its end, ISO 8601.
    """
    parts = sorted(searched, key=lambda one: one.table)
    found = [
        {
            "table": hit.table,
            "column": hit.column,
            "kind": hit.kind,
            "count": hit.count,
            "at_least": not one.whole,
            "digests": list(hit.digests),
        }
        for one in parts
        for hit in one.hits
    ]
    return {
        "at": when,
        "clean": not found and all(one.whole for one in parts),
        "originals": dict(sorted(originals.items())),
        "tables": [
            {"table": one.table, "rows": one.rows, "bytes": one.size, "seconds": round(one.seconds, 3)} for one in parts
        ],
        "bytes": sum(one.size for one in parts),
        "seconds": round(seconds, 3),
        "hits": found,
        "claim": CLAIM,
        "limits": list(LIMITS),
    }


def short(found: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What of it is remembered with the run: without the list of tables."""
    kept = ("clean", "originals", "hits", "bytes", "seconds")
    files = next((one["rows"] for one in found["tables"] if one["table"] == verify_files.FILES), 0)
    return {**{key: found[key] for key in kept}, "tables": len(found["tables"]), "files": files}


def headline(found: t.Mapping[str, t.Any]) -> str:
    """The result in one sentence."""
    read = f"{shown.size(found['bytes'])} of {len(found['tables'])} tables"
    if found["clean"]:
        return f"No original was found in {read}."
    columns = {(hit["table"], hit["column"]) for hit in found["hits"]}
    return f"Originals were found in {len(columns)} columns; {read} were read."


def page(found: t.Mapping[str, t.Any]) -> str:
    """The page of what :func:`build` has made."""
    text, table = report_page.text, report_page.table
    tone, advice = ("good", found["claim"]) if found["clean"] else ("bad", ALLOW)
    slowest = sorted(found["tables"], key=lambda one: -one["bytes"])[:20]
    body = "\n".join(
        (
            "<h1>Search for originals</h1>",
            f'<p class="quiet">Ended {text(found["at"])}, took {text(shown.length(found["seconds"]))}</p>',
            f'<div class="banner {tone}"><b>{text(headline(found))}</b><p>{text(advice)}</p></div>',
            "<h2>What was found</h2>",
            table(("Table", "Column", "Kind", "Cells", "Digests"), map(_hit, found["hits"]), "Nothing."),
            "<h2>What was looked for</h2>",
            table(("Kind", "Forms"), ((kind, f"{count:,}") for kind, count in found["originals"].items()), "Nothing."),
            "<h2>Largest tables</h2>",
            table(
                ("Table", "Rows", "Size", "Took"),
                (
                    (one["table"], f"{one['rows']:,}", shown.size(one["bytes"]), f"{one['seconds']:.1f} s")
                    for one in slowest
                ),
                "None was read.",
            ),
            "<h2>What this does not say</h2>",
            "<ul>" + "".join(f"<li>{text(limit)}</li>" for limit in found["limits"]) + "</ul>",
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Search for originals</title>\n<style>{report_page.STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _hit(hit: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    count = f"{'at least ' if hit['at_least'] else ''}{hit['count']:,}"
    digests = report_page.Html("<br>".join(f"<code>{report_page.text(one)}</code>" for one in hit["digests"]))
    return (hit["table"], hit["column"], hit["kind"], count, digests)
