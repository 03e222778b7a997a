# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Whether originals are in the files of a database.

Searched are names and contents: text of any kind (HTML, XML, CSV, JSON, mails), what is in archives and office
documents, what PDF shows in usual fonts, and anything else as it stands.  Pictures are not looked at.
"""

from __future__ import annotations

import os
import re
import time
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import finder, projections, unpacked, verify

#: What the files are called where tables are named.
FILES = "filestore"
#: A file whose content is one that had to be replaced: its name says which (Odoo names files by their checksum).
CONTENT = "unchanged file"

_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{40}")


def folder(search: verify.Search, path: str, replaced: t.Container[str] = ()) -> verify.Searched:
    """Search all files below a folder.

    :param replaced: names (``ab/ab12…``) of files of the source whose content must be gone.
    """
    done, tally, begin = verify.Searched(FILES), verify.Tally(search), time.monotonic()
    for name, size in _files(path):
        done.rows += 1
        done.size += size
        # In Odoo's own names nobody is named; any other is not to be repeated.
        shown = name if _STORED.fullmatch(name) else search.digest(name.encode("utf-8", "surrogateescape"))
        if name in replaced:
            tally.add(shown, CONTENT, b"")
        for text in _texts(path, name):
            if finder.suspicious(search.originals, text):
                for one in set(finder.find(search.originals, text)):
                    tally.add(shown, one.kind, one.form)
        if tally.total >= verify.ENOUGH:
            done.whole = False
            break
    done.hits, done.seconds = tally.hits(FILES), time.monotonic() - begin
    return done


def _files(path: str) -> t.Iterator[tuple[str, int]]:
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            whole = os.path.join(place, name)
            if os.path.isfile(whole) and not os.path.islink(whole):
                yield os.path.relpath(whole, path), os.path.getsize(whole)


def _texts(path: str, name: str) -> t.Iterator[bytes]:
    yield projections.cell(name)
    with open(os.path.join(path, name), "rb") as stream:
        # More than one part of a file is read only where it is larger than nearly all are; parts overlap.
        while True:
            raw = stream.read(unpacked.PART)
            for text in unpacked.texts(raw):
                yield projections.inside(text)
            if len(raw) < unpacked.PART:
                return
            stream.seek(-4096, os.SEEK_CUR)
