# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets on a real file system, owned by whoever runs the tests."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _files, _secret
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, FileError
from ansible_collections.ipai.odoo.plugins.module_utils._secret import ALPHABET, SecretError, generate, hold, weakness

GOOD = "tq7-Vd9x.Lm2Zr"
MINE = Access(os.getuid(), os.getgid(), 0o600)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestGenerate:
    def test_length_alphabet_and_novelty(self) -> None:
        made = {generate() for unused in range(200)}
        assert len(made) == 200
        assert {len(value) for value in made} == {32}
        assert set("".join(made)) <= set(ALPHABET)

    def test_alphabet_has_nothing_ambiguous(self) -> None:
        assert not set(ALPHABET) & set("0O1lI")
        assert len(set(ALPHABET)) == len(ALPHABET) and ALPHABET.isalnum() and ALPHABET.isascii()

    @pytest.mark.parametrize("length", [0, 23, 257])
    def test_length_out_of_range(self, length: int) -> None:
        with pytest.raises(SecretError, match="between 24 and 256"):
            generate(length)


class TestWeakness:
    @pytest.mark.parametrize(
        "value", [GOOD, "correct horse battery", "Zwölf Boxkämpfer", generate(24), "a1b2c3d4e5f6g7h8"], ids=len
    )
    def test_good(self, value: str) -> None:
        assert weakness(value) is None

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("", "empty"),
            ("kX3$vq9", "too short"),
            ("admin", "well-known"),
            ("Odoo", "well-known"),
            ("ChangeMe", "well-known"),
            ("change_me", "well-known"),
            ("P4ssw0rd", "well-known"),
            ("12345678", "too short"),
            ("123456789012", "made of"),
            ("password1234", "made of"),
            ("admin-admin-admin", "made of"),
            ("odoo_production_2026", "made of"),
            ("changemechangeme", "made of"),
            ("aaaaaaaaaaaaaaaa", "different characters"),
            (" " + GOOD, "space"),
            (GOOD + "\n", "space"),
            ("abc\ndefgh" + GOOD, "control character"),
            ("x" * 300, "longer than"),
        ],
    )
    def test_bad(self, value: str, reason: str) -> None:
        assert reason in str(weakness(value))

    def test_own_names(self) -> None:
        assert weakness("acme-rocket-co", ["acme-rocket-co"]) == "is the name of what it protects"
        assert weakness("acme-rocket-co-2026", ["acme-rocket-co"]) == (
            "is made of well-known words, names and digits only"
        )
        assert weakness("rocketacme99", ["acme-rocket"]) is not None
        assert weakness("acme-rocket-co-2026", ["other"]) is None

    def test_judging_takes_no_time(self) -> None:
        assert weakness("changeme" * 31 + "~ö") is None
        assert weakness("changeme" * 31) is not None

    def test_message_says_what_to_do_and_hides_the_value(self) -> None:
        with pytest.raises(SecretError, match=r"the administrator's password is too short.*leave it out") as caught:
            _secret.check("hunter77", what="the administrator's password")
        assert "hunter77" not in str(caught.value)


class TestHold:
    def test_made_once(self, tmp_path: Path) -> None:
        path = tmp_path / "erp" / "secrets" / "database_password"
        first = hold(str(path), MINE)
        assert (first.changed, first.created, first.replaced) == (True, True, False)
        value = path.read_text()
        assert len(value) == 32 and value.isalnum()
        assert mode(path) == 0o600 and mode(path.parent) == 0o700
        second = hold(str(path), MINE)
        assert (second.changed, second.created) == (False, False)
        assert path.read_text() == value
        assert os.listdir(path.parent) == ["database_password"]
        assert value not in repr(first) + repr(second)

    def test_given_value_is_held_and_exchanged(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        assert hold(str(path), MINE, value=GOOD).created
        assert not hold(str(path), MINE, value=GOOD).changed
        other = hold(str(path), MINE, value=GOOD + "x")
        assert other.changed and other.replaced and not other.created
        assert path.read_text() == GOOD + "x"
        assert GOOD not in other.before + other.after and "another secret" in other.after

    def test_line_break_of_an_editor_is_no_change(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_text(GOOD + "\n")
        path.chmod(0o600)
        assert not hold(str(path), MINE, value=GOOD).changed
        assert _secret.read(str(path)) == GOOD

    def test_mode_is_put_right_and_value_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_text(GOOD)
        path.chmod(0o644)
        outcome = hold(str(path), MINE)
        assert outcome.changed and not outcome.created and not outcome.replaced
        assert mode(path) == 0o600 and path.read_text() == GOOD

    def test_empty_file_counts_as_none(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.touch(mode=0o600)
        outcome = hold(str(path), MINE)
        assert outcome.created and len(path.read_text()) == 32

    def test_dry_run_touches_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "missing" / "deeper" / "secret"
        outcome = hold(str(path), MINE, dry_run=True)
        assert outcome.changed and outcome.created and outcome.before == "absent"
        assert os.listdir(tmp_path) == []

    def test_weak_value_is_refused_before_anything_is_touched(self, tmp_path: Path) -> None:
        with pytest.raises(SecretError, match="too short"):
            hold(str(tmp_path / "a" / "secret"), MINE, value="short")
        with pytest.raises(SecretError, match="name of what"):
            hold(str(tmp_path / "a" / "secret"), MINE, value="my-rocket-shop", names=["my-rocket-shop"])
        assert os.listdir(tmp_path) == []

    def test_weak_secret_in_the_file_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_text("admin")
        with pytest.raises(SecretError, match="Remove the file"):
            hold(str(path), MINE)
        assert hold(str(path), MINE, value=GOOD).replaced

    def test_unsafe_places(self, tmp_path: Path) -> None:
        with pytest.raises(SecretError, match="absolute"):
            hold("secret", MINE)
        with pytest.raises(SecretError, match="let others"):
            hold(str(tmp_path / "secret"), Access(MINE.uid, MINE.gid, 0o644))
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(SecretError, match="is a link"):
            hold(str(tmp_path / "link"), MINE)
        (tmp_path / "directory").mkdir()
        with pytest.raises(SecretError, match="not a plain file"):
            hold(str(tmp_path / "directory"), MINE)
        (tmp_path / "open").mkdir()
        (tmp_path / "open").chmod(0o777)
        for dry_run in (False, True):
            with pytest.raises(SecretError, match="written by others"):
                hold(str(tmp_path / "open" / "secret"), MINE, dry_run=dry_run)
        (tmp_path / "file").touch()
        with pytest.raises(SecretError, match=r"not a directory|cannot"):
            hold(str(tmp_path / "file" / "secret"), MINE)

    def test_two_runs_at_once_agree(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "secret"
        real = _secret.generate

        def slower(length: int) -> str:
            monkeypatch.setattr(_secret, "generate", real)
            path.write_text(GOOD)  # the other run finishes in the meantime
            path.chmod(0o600)
            return real(length)

        monkeypatch.setattr(_secret, "generate", slower)
        assert not hold(str(path), MINE).changed
        assert path.read_text() == GOOD and os.listdir(tmp_path) == ["secret"]

    def test_somebody_elses_password(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        assert hold(str(path), MINE, value="tiny", strict=False).created
        assert path.read_text() == "tiny"
        with pytest.raises(SecretError, match="control character"):
            hold(str(path), MINE, value="ti\nny", strict=False)

    def test_not_text(self, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SecretError, match="not text"):
            hold(str(path), MINE)


class TestFiles:
    def test_failed_write_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "file"
        path.write_text("old")

        def full(unused: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(_files.os, "fsync", full)
        with pytest.raises(FileError, match="No space left"):
            _files.write_atomic(str(path), b"new", MINE)
        assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]

    def test_missing_directory(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="does not exist"):
            _files.write_atomic(str(tmp_path / "no" / "file"), b"", MINE)

    def test_exclusive(self, tmp_path: Path) -> None:
        path = str(tmp_path / "file")
        assert _files.write_atomic(path, b"1", MINE, exclusive=True)
        assert not _files.write_atomic(path, b"2", MINE, exclusive=True)
        assert Path(path).read_text() == "1"

    @pytest.mark.parametrize(("text", "value"), [("0600", 0o600), ("640", 0o640)])
    def test_mode(self, text: str, value: int) -> None:
        assert _files.parse_mode(text) == value

    @pytest.mark.parametrize("text", ["u=rw", "0o600", "4755", "", "600\n", "999"])
    def test_mode_refused(self, text: str) -> None:
        with pytest.raises(FileError, match="octal"):
            _files.parse_mode(text)

    def test_names_of_users(self) -> None:
        assert _files.find_uid("root") == 0 and _files.find_gid("root") == 0
        assert _files.find_uid("4711") == 4711 and _files.find_gid("4711") == 4711
        with pytest.raises(FileError, match="user 'nobody-here' does not exist"):
            _files.find_uid("nobody-here")
        with pytest.raises(FileError, match="group 'nobody-here' does not exist"):
            _files.find_gid("nobody-here")
