# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump in pieces: nothing is lost, what did not change stays the same, and restic cuts where we do."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.ipai.odoo.plugins.module_utils import _pipeline
from ansible_collections.ipai.odoo.plugins.module_utils._backup import dumps, pieces, restic
from ansible_collections.ipai.odoo.plugins.module_utils._backup.restic_says import RepositoryError
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import Repository
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

ROOT = Path(__file__).parents[5]


def row(number: int, more: str = "") -> bytes:
    """As pg_dump -Fc -Z0 writes one: its length, and the line of COPY."""
    line = f"{number}\t{random.Random(number).randbytes(150).hex()}{more}\n".encode()
    return b"\0" + len(line).to_bytes(4, "little") + line


ROWS = [row(number) for number in range(7000, 17000)]
DUMP = b"".join(ROWS)


def parts(data: bytes, seed: int = 1) -> Iterator[bytes]:
    """The data in parts of all sizes."""
    chance = random.Random(seed)
    while data:
        size = chance.choice([1, 7, 4096, 65536, pieces.BLOCK, 1 << 20])
        yield data[:size]
        data = data[size:]


def framed(data: bytes, seed: int = 1) -> bytes:
    return b"".join(pieces.frame(parts(data, seed)))


def blocks(data: bytes) -> list[bytes]:
    whole = framed(data)
    assert len(whole) % pieces.BLOCK == 0
    return [whole[start : start + pieces.BLOCK] for start in range(0, len(whole), pieces.BLOCK)]


def unframed(stream: Iterable[bytes]) -> bytes:
    return b"".join(pieces.unframe(stream))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        DUMP[: pieces.PIECE],
        DUMP[: 2 * pieces.PIECE],
        DUMP,
        bytes(3 * pieces.BLOCK),
        b"\n" * pieces.BLOCK,
        random.Random(1).randbytes(1 << 21),
    ],
    ids=["nothing", "a byte", "a piece", "two", "rows", "zeros", "lines", "no rows"],
)
def test_what_goes_in_comes_out(data: bytes) -> None:
    for seed in range(3):
        assert unframed(parts(framed(data, seed), seed + 1)) == data
        assert framed(data, seed) == framed(data, seed + 1)


def test_every_piece_leaves_what_restic_needs_to_cut_behind_it() -> None:
    for block in blocks(DUMP + random.Random(1).randbytes(1 << 20)):
        assert not any(block[-pieces.WINDOW :])


def test_pieces_end_at_rows_of_round_numbers() -> None:
    # The last one but one, and the mark of the end, end where the dump does.
    for block in blocks(DUMP)[1:-1]:
        assert re.match(rb"....\0....\d+00\t", block, re.DOTALL)


@pytest.mark.parametrize(
    ("changed", "most"),
    [
        ([*ROWS[:3333], row(99999), *ROWS[3333:]], 2),
        ([*ROWS[:3333], *ROWS[3334:]], 2),
        ([*ROWS[:3333], row(10333, "longer"), *ROWS[3334:]], 2),
        ([*ROWS[:3333], *ROWS[3334:9000], ROWS[3333], *ROWS[9000:]], 4),
        ([row(1), *ROWS], 2),
        ([*ROWS, row(99999)], 1),
    ],
    ids=["came", "went", "changed", "moved", "first", "last"],
)
def test_a_row_changes_a_piece_or_two(changed: list[bytes], most: int) -> None:
    before, after = set(blocks(DUMP)), set(blocks(b"".join(changed)))
    assert len(before) > 15
    assert 1 <= len(after - before) <= most


@pytest.mark.parametrize("left", [0, 1, pieces.BLOCK - 1, pieces.BLOCK, 3 * pieces.BLOCK + 5])
def test_a_stream_that_was_cut_short_is_noticed(left: int) -> None:
    with pytest.raises(pieces.DamagedError, match="its end is missing"):
        unframed([framed(DUMP)[:left]])


def test_a_stream_without_its_last_block_is_noticed() -> None:
    with pytest.raises(pieces.DamagedError, match="its end is missing"):
        unframed([framed(DUMP)[: -pieces.BLOCK]])


@pytest.mark.parametrize(
    "stream", [b"PGDMP" + DUMP, framed(b"x") + framed(b"y"), (pieces.BLOCK - 67).to_bytes(4, "big") + framed(b"x")]
)
def test_what_is_no_frame_is_named(stream: bytes) -> None:
    with pytest.raises(pieces.DamagedError, match="no block begins with"):
        unframed([stream])


def test_the_lines_for_the_day_on_which_nothing_but_restic_is_at_hand() -> None:
    notes = yaml.safe_load((ROOT / "roles" / "backup" / "vars" / "main.yml").read_text())["__backup_kit_commands"]
    for text in ("\n".join(notes), (ROOT / "docs" / "backups.md").read_text()):
        line = re.findall(r"/database\.pieces \| python3 -c '([^']+)'", text)[0]
        done = subprocess.run([sys.executable, "-c", line], input=framed(DUMP), stdout=subprocess.PIPE, check=True)
        assert done.stdout == DUMP


# Through the pipeline


def test_what_is_counted_is_what_is_not_padding(tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(DUMP)
    for writer, reader, through in (("dump", "framed", pieces.frame), ("framed", "again", pieces.unframe)):
        with open(tmp_path / reader, "wb") as out:
            command = ["cat", str(tmp_path / writer)]
            done = _pipeline.pump(command, ["cat"], timeout=60, output=out, through=through)
        assert done.size == len(DUMP)
    assert (tmp_path / "again").read_bytes() == DUMP


def test_a_writer_that_fails_is_to_blame_for_a_missing_end() -> None:
    with pytest.raises(CommandError, match="exit code 3: worn out"):
        _pipeline.pump(["sh", "-c", "echo worn out >&2; exit 3"], ["cat"], timeout=30, through=pieces.unframe)


# Through restic


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> restic.Restic:
    if not shutil.which("restic"):
        pytest.skip("no restic")
    monkeypatch.setattr(restic, "CACHE", str(tmp_path / "cache"))
    (tmp_path / "key").write_text("secret")
    made = restic.Restic(Repository("disk", str(tmp_path / "repository")), "demo", str(tmp_path / "key"))
    made.initialise()
    return made


def test_a_block_is_a_chunk_of_its_own(place: restic.Restic, tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(DUMP)
    stored, file = dumps.store(place, _pipeline.Program(["cat", str(tmp_path / "dump")]), {"a": "b"}, print)
    tree = json.loads(place.call("cat", "tree", f"{stored.snapshot}:/").stdout)
    assert len(tree["nodes"][0]["content"]) == len(blocks(DUMP))
    assert stored.size == len(DUMP)
    assert stored.added < len(DUMP)
    with open(tmp_path / "again", "wb") as out:
        dumps.read(place, stored.snapshot, {"id": "x", "dump": {"file": file}}, ["cat"], output=out)
    assert (tmp_path / "again").read_bytes() == DUMP


def test_a_dump_of_former_times_is_read_as_it_is(place: restic.Restic, tmp_path: Path) -> None:
    stored = place.store_stream(_pipeline.Program(["echo", "former"]), dumps.WHOLE, {"a": "b"})
    with open(tmp_path / "again", "wb") as out:
        dumps.read(place, stored.snapshot, {"id": "x", "dump": {}}, ["cat"], output=out)
    assert (tmp_path / "again").read_bytes() == b"former\n"


def test_damage_is_told_with_the_name_of_the_backup(place: restic.Restic) -> None:
    stored = place.store_stream(_pipeline.Program(["echo", "no frame"]), dumps.PIECES, {"a": "b"})
    with pytest.raises(RepositoryError, match=r"the dump of x in .*its end is missing"):
        dumps.read(place, stored.snapshot, {"id": "x", "dump": {"file": dumps.PIECES}}, ["cat"])
