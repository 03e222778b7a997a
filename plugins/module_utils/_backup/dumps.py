# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The dump of a pair in a repository: the one place that knows under which name, and in which form."""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup import pieces
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic import Restic, Stored
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import Program

#: Names of the file: in pieces, and as it is.  A manifest that names none is of the time when it was stored as it is.
PIECES, WHOLE = "database.pieces", "database.dump"


def store(
    place: Restic, writer: Program, tags: t.Mapping[str, str], progress: t.Callable[[int], None]
) -> tuple[Stored, str]:
    """Store what a program writes; what was stored, and the name for the manifest.  The bytes are those of the dump.

    :raises CommandError: that program failed.
    """
    return place.store_stream(writer, PIECES, tags, progress, pieces.frame), PIECES


def read(
    place: Restic,
    snapshot: str,
    manifest: t.Mapping[str, t.Any],
    reader: Program | t.Sequence[str],
    progress: t.Callable[[int], None] | None = None,
    output: t.IO[bytes] | None = None,
) -> None:
    """Give a dump to a program, and what that writes to ``output``.

    :raises CommandError: that program failed.
    """
    name = manifest["dump"].get("file", WHOLE)
    through = pieces.unframe if name == PIECES else iter
    try:
        place.read_stream(snapshot, name, reader, progress, output, through)
    except pieces.DamagedError as exc:
        raise RepositoryError(f"the dump of {manifest['id']} in {place}: {exc}. Run backup_verify") from exc
