# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Make a database that is another one with some values changed: schema, rows, sequences, indexes.

What is not to be in it never reaches its server: rows are changed between the two.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import typing as t
from dataclasses import dataclass, field

from ansible_collections.ipai.odoo.plugins.module_utils._backup.server import EXCHANGE, LONG, Server
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError
from ansible_collections.ipai.odoo.plugins.module_utils._pipeline import pump
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import complaints, rows, session, workers
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.attachments import Files
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Table, identifier
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.plan import Plan

Say = t.Callable[[str], None]
RESTORE = ("pg_restore", "--no-owner", "--no-acl", "--exit-on-error")


@dataclass(frozen=True)
class Place:
    """A database, as who enters it.

    :param snapshot: the moment at which it is seen; empty for now.
    """

    server: Server
    database: str
    snapshot: str = ""

    def reading(self) -> t.ContextManager[session.Reader]:
        return session.reading(self.server, self.database, self.snapshot or None)


@dataclass
class Built:
    """What was copied.

    :param tables: table → rows and bytes of COPY's text.
    :param files: name in the filestore → type of its placeholder, empty for a file of the source.
    :param replaced: names of the source's files that have a placeholder somewhere.
    """

    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)

    @property
    def gone(self) -> set[str]:
        """Names of the source's files whose content must not be in the copy."""
        return self.replaced - self.files.keys()

    @property
    def bytes(self) -> int:
        return sum(size for _other, size in self.tables.values())


@contextlib.contextmanager
def schema(source: Place, target: Server) -> t.Iterator[str]:
    """A dump of all but the rows of ``source``; its path in the container of ``target``, while the context lasts.

    :raises CommandError: it cannot be made.
    """
    folder = target.exchange()
    if folder is None:
        raise CommandError(
            ["docker", "inspect", target.name], 1, reason=f"{target} has no {EXCHANGE}: run the playbook site first"
        )
    name = f"{os.getpid()}-{secrets.token_hex(8)}"
    path = os.path.join(folder, name)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o400), "wb") as stream:
            dump = source.server.dump_schema(source.database, source.snapshot)
            pump(dump, ["cat"], timeout=LONG, output=stream)
        os.chown(path, target.uid(), -1)
        yield f"{EXCHANGE}/{name}"
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def restore(target: Place, dump: str, section: str, *, comments: bool, jobs: int = 1) -> None:
    """Make what a section of a dump describes: ``pre-data`` or ``post-data``.

    :raises CommandError: it cannot be; with what is violated, and where.
    """
    # Many small statements: each by itself would wait for the disk. Side by side they cannot be one transaction.
    together = [f"--jobs={jobs}"] if jobs > 1 else ["--single-transaction"]
    options = [f"--section={section}", *together, f"--dbname={target.database}"]
    if not comments:
        options.append("--no-comments")
    with complaints.Cleaning():
        target.server.run(*RESTORE, *options, dump)


def copy(source: Place, target: Place, plan: Plan, tools: rows.Tools, files: Files, number: int, say: Say) -> Built:
    """Copy the rows of all tables that are copied, with ``number`` workers.

    :param files: what the tools write down of attachments; each worker has its own.
    :raises CommandError: a row cannot be read or is not taken; names the table.
    """
    tables = plan.copied()
    built = Built()
    whole = max(1, plan.catalog.bytes)
    told = 0.0

    def work(mine: t.Iterator[Table]) -> t.Iterator[tuple[str, int, int, Files]]:
        with source.reading() as reader, session.writing(target.server, target.database) as writer:
            for table in mine:
                seen = [0]
                blocks = _changed(reader.copy(identifier(table.name)), table, plan, tools, seen)
                size = writer.load(identifier(table.name), blocks)
                yield table.name, seen[0], size, Files()
            writer.finish()
            yield "", 0, 0, files

    done = 0
    for name, count, size, mine in workers.share(tables, number, work):
        built.files.update(mine.named)
        built.replaced |= mine.replaced
        if not name:
            continue
        built.tables[name] = (count, size)
        done += plan.catalog.tables[name].bytes
        if done / whole >= told + 0.1 or count > 100_000:
            told = done / whole
            say(f"{name}: {count} rows, {size / 2**20:.0f} MB; {min(1.0, told):.0%} of the database")
    return built


def _changed(
    blocks: t.Iterator[bytes], table: Table, plan: Plan, tools: rows.Tools, seen: list[int]
) -> t.Iterator[bytes]:
    transform = rows.transformation(table, plan.rules.get(table.name, {}), tools)
    for block in blocks:
        seen[0] += block.count(b"\n")
        try:
            yield transform(block) if transform else block
        except (ValueError, IndexError, KeyError) as exc:
            # Never the value itself.
            raise CommandError(
                ["COPY", table.name],
                1,
                reason=f"a row of {table.name} is not understood ({type(exc).__name__}): nothing of it was published",
            ) from None


def sequences(source: Place, target: Place, plan: Plan) -> int:
    """Let the sequences go on where those of the source are; their number."""
    if not plan.catalog.sequences:
        return 0
    with source.reading() as reader:
        found = reader.rows(
            " UNION ALL ".join(
                f"SELECT {_literal(name)} AS name, last_value, is_called FROM public.{identifier(name)}"  # noqa: S608
                for name in plan.catalog.sequences
            )
        )
    with session.writing(target.server, target.database) as writer:
        writer.write(b"\\o /dev/null\n")
        for one in found:
            place = _literal(f"public.{identifier(one['name'])}")
            called = str(one["is_called"]).lower()
            writer.write(f"SELECT pg_catalog.setval({place}, {int(one['last_value'])}, {called});\n".encode())
        writer.finish()
    return len(found)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
