# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and files as an Odoo has them after some years of work, the same for the same seed.

What decides over a backup's size and speed is kept as in life: text of words, not of random letters; many small rows
beside some long ones; files of all sizes, most of which cannot be compressed. The database grows as one does in life:
portion by portion, with rows written to again while they are young, and VACUUM in between.
"""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 42
#: The generated past begins here; a row's time follows from its number.
BEGIN = datetime(2023, 11, 20)  # noqa: DTZ001  # Odoo's columns are UTC without a zone
BATCH = 10_000
#: Rows for each MiB of the database: makes it about as large as asked, with its indexes.
ROWS = {
    "res_partner": 30,
    "ipai_demo_note": 80,
    "mail_message": 530,
    "mail_notification": 350,
    "mail_tracking_value": 150,
}
#: How often the database is vacuumed while it grows.
PORTIONS = 20
#: Files for each MiB of the filestore, and what share of them can be compressed.
FILES = 8
COMPRESSIBLE = 0.3
COLUMNS = {
    "res_partner": "id name complete_name email email_normalized phone phone_sanitized street zip city ref vat comment"
    " lang tz type active is_company partner_share commercial_partner_id create_uid write_uid create_date write_date",
    "ipai_demo_note": "id name body create_uid write_uid create_date write_date",
    "mail_message": "id model res_id author_id create_uid write_uid subject message_type email_from message_id reply_to"
    " body is_internal date create_date write_date",
    "mail_notification": "id author_id mail_message_id res_partner_id notification_type notification_status is_read"
    " read_date",
    "mail_tracking_value": "id mail_message_id old_value_char new_value_char create_uid write_uid create_date"
    " write_date",
    "ir_attachment": "id name res_model res_id type store_fname checksum mimetype file_size index_content public"
    " create_uid write_uid create_date write_date",
}


@dataclass
class Source:
    """Where values come from, and the numbers of rows that are there: table → first and next."""

    seed: str
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        # The vocabulary is the same for all days.
        letters = random.Random(SEED)
        syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
        words = ["".join(letters.choices(syllables, k=letters.randint(1, 4))) for _unused in range(12_000)]
        # Frequent words are frequent: about as Zipf found them.
        self.words = [words[min(int(letters.paretovariate(0.8)) - 1, len(words) - 1)] for _unused in range(40_000)]
        self.phrases = [" ".join(letters.choices(self.words, k=3)) for _unused in range(200_000)]

    def text(self, count: int) -> str:
        """That many words; long texts are made of phrases, which is quicker."""
        if count < 6:
            return " ".join(self.random.choices(self.words, k=max(count, 1)))
        return " ".join(self.random.choices(self.phrases, k=count // 3))

    def length(self, median: float, spread: float = 0.9) -> int:
        """A number of words; few are very long."""
        return int(min(self.random.lognormvariate(0, spread) * median, median * 30))

    def pick(self, table: str) -> int:
        first, after = self.rows[table]
        return self.random.randrange(first, after)

    def take(self, table: str, count: int) -> range:
        """The numbers of ``count`` new rows."""
        first, after = self.rows[table]
        self.rows[table] = (first, after + count)
        return range(after, after + count)

    def time(self, table: str, row: int) -> str:
        return str(BEGIN + timedelta(seconds=(row - self.rows[table][0]) * 97 + self.random.randrange(90)))


def partner(source: Source, row: int) -> tuple[Any, ...]:
    at, name = source.time("res_partner", row), source.text(2).title()
    mail, phone = f"{name.replace(' ', '.').lower()}.{row}@example.com", f"+65{source.random.randrange(10**7, 10**8)}"
    street, code = f"{source.random.randrange(1, 900)} {source.text(2).title()}", source.random.randrange(10**5, 10**6)
    place = (street, code, source.text(1).title(), f"C{row}", f"SG{source.random.randrange(10**8)}", source.text(12))
    kind = ("en_US", "Asia/Singapore", "contact", True, row % 3 == 0, True, row, 1, 2, at, at)
    return (row, name, name, mail, mail, phone, phone, *place, *kind)


def note(source: Source, row: int) -> tuple[Any, ...]:
    at = source.time("ipai_demo_note", row)
    return (row, source.text(6), source.text(source.length(100)), 1, 2, at, at)


def message(source: Source, row: int) -> tuple[Any, ...]:
    at, author = source.time("mail_message", row), source.pick("res_partner")
    paragraphs = (f'<p style="margin: 0px;">{source.text(source.length(60))}</p>' for _unused in range(1 + row % 4))
    body = f'<div data-oe-version="2.0">{"".join(paragraphs)}<p>-- <br>{source.text(3).title()}</p></div>'
    model = "ipai.demo.note" if row % 3 else "res.partner"
    about = (model, source.pick(model.replace(".", "_")), author, 1, 2, f"Re: {source.text(5)}")
    identity = f"<{source.random.getrandbits(64):x}.{row}-openerp-{model}@erp.lab.test>"
    sender = f"{source.text(2).title()} <{author}@example.com>"
    return (row, *about, "comment" if row % 5 else "email", sender, identity, sender, body, False, at, at, at)


def notification(source: Source, row: int) -> tuple[Any, ...]:
    # A message has one at most: its number follows from the notification's.
    first, after = source.rows["mail_message"]
    number = first + (row - source.rows["mail_notification"][0]) * 3 // 2
    number = min(number, after - 1)
    return (row, source.pick("res_partner"), number, source.pick("res_partner"), "inbox", "sent", row % 4 > 0, None)


def tracking(source: Source, row: int) -> tuple[Any, ...]:
    at = source.time("mail_tracking_value", row)
    return (row, source.pick("mail_message"), source.text(2), source.text(2), 1, 2, at, at)


MAKERS: dict[str, Callable[[Source, int], tuple[Any, ...]]] = {
    "res_partner": partner,
    "ipai_demo_note": note,
    "mail_message": message,
    "mail_notification": notification,
    "mail_tracking_value": tracking,
}


def attachment(source: Source, row: int, folder: Path, size: int) -> tuple[Any, ...]:
    """A row and its file, named by its content as Odoo does."""
    readable = source.random.random() < COMPRESSIBLE
    content = source.text(size // 6).encode()[:size] if readable else source.random.randbytes(size)
    digest = hashlib.sha1(content).hexdigest()
    name = f"{digest[:2]}/{digest}"
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    at = source.time("ir_attachment", row)
    kind = "text/csv" if readable else "application/pdf"
    about = (f"{source.text(2)}.{kind[-3:]}", "ipai.demo.note", source.pick("ipai_demo_note"), "binary", name, digest)
    index = content[:4000].decode() if readable else "application"
    return (row, *about, kind, len(content), index, False, 1, 2, at, at)


def add(cursor: Any, source: Source, table: str, count: int, make: Callable[[Source, int], tuple[Any, ...]]) -> None:
    """COPY ``count`` new rows into a table."""
    columns = COLUMNS[table].replace(" ", ", ")
    rows = source.take(table, count)
    for begin in range(0, count, BATCH):
        text = "".join(_line(make(source, row)) for row in rows[begin : begin + BATCH])
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text))
    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, rows.stop))


def _line(values: tuple[Any, ...]) -> str:
    # Nothing that is generated holds a tab, a line's end or a backslash.
    return "\t".join("\\N" if value is None else str(value) for value in values) + "\n"


def numbers(cursor: Any, seed: str) -> Source:
    """A source that continues behind the rows that are there."""
    source = Source(seed)
    for table in COLUMNS:
        cursor.execute(f"SELECT coalesce(min(id), 1), coalesce(max(id), 0) + 1 FROM {table} WHERE id >= 100000")
        first, after = cursor.fetchone()
        source.rows[table] = (max(first, 100_000), max(after, 100_000))
    return source


def attach(cursor: Any, source: Source, folder: Path, sizes: list[int]) -> None:
    """Add files of these sizes and their rows."""
    left = iter(sizes)
    add(cursor, source, "ir_attachment", len(sizes), lambda own, row: attachment(own, row, folder, next(left)))


def size(source: Source) -> int:
    """Of a file, in bytes."""
    return int(min(source.random.lognormvariate(11.0, 1.25), 8 * 2**20))


def grow(cursor: Any, megabytes: int, folder: Path) -> Iterator[None]:
    """Make a database of Odoo and its filestore as large as asked, about; wants a VACUUM after each portion."""
    source = numbers(cursor, str(SEED))
    for number in range(PORTIONS):
        for table, per in ROWS.items():
            plan, count = DAY[table], portion(megabytes * per, number)
            add(cursor, source, table, count, MAKERS[table])
            update(cursor, source, table, int(count * plan.updated / plan.new))
        attach(cursor, source, folder, [size(source) for _unused in range(portion(megabytes * FILES, number))])
        yield


def portion(count: int, number: int) -> int:
    """How many of ``count`` the portion of that number has."""
    return count * (number + 1) // PORTIONS - count * number // PORTIONS


def update(cursor: Any, source: Source, table: str, count: int) -> int:
    """Write to so many rows of a table, as its day does; how many they were."""
    (first, after), plan = source.rows[table], DAY[table]
    young = after - int((after - first) * plan.recent) - 1
    rows = {
        source.random.randrange(first if source.random.random() < plan.scattered else max(young, first), after)
        for _unused in range(count)
    }
    if rows:
        cursor.execute(f"UPDATE {table} SET {plan.what} WHERE id = ANY(%s)", (sorted(rows),))
    return len(rows)


@dataclass(frozen=True)
class Day:
    """What a day does to a table: shares of its rows; the updated ones are among the newest ``recent`` of the table,
    and some, ``scattered``, anywhere.
    """

    new: float
    updated: float
    recent: float
    scattered: float
    what: str


#: One hundredth of the rows each: documents and contacts are worked on, what was said stays as it is.
DAY = {
    "res_partner": Day(0.002, 0.008, 0.1, 0.3, "comment = comment || ' called'"),
    "ipai_demo_note": Day(0.006, 0.004, 0.05, 0.1, "body = body || ' done'"),
    "mail_message": Day(0.008, 0.002, 0.02, 0.0, "body = body || '<p>(edited)</p>'"),
    "mail_notification": Day(0.008, 0.002, 0.02, 0.0, "is_read = NOT is_read"),
    "mail_tracking_value": Day(0.01, 0.0, 0.0, 0.0, ""),
}


def day(cursor: Any, number: int, folder: Path) -> dict[str, Any]:
    """A working day's changes; table → what was done to it."""
    source = numbers(cursor, f"{SEED}-{number}")
    done: dict[str, Any] = {}
    for table, plan in DAY.items():
        first, after = source.rows[table]
        new = int((after - first) * plan.new)
        updated = update(cursor, source, table, int((after - first) * plan.updated))
        add(cursor, source, table, new, MAKERS[table])
        done[table] = {"rows": after - first, "new": new, "updated": updated}
    # One hundredth of the files' bytes, too.
    cursor.execute("SELECT count(*), sum(file_size) FROM ir_attachment WHERE id >= 100000")
    rows, total = cursor.fetchone()
    sizes, left = [], int(total) // 100
    while left > 0:
        sizes.append(min(size(source), left))
        left -= sizes[-1]
    attach(cursor, source, folder, sizes)
    done["ir_attachment"] = {"rows": rows, "new": len(sizes), "updated": 0}
    return done
