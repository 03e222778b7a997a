# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import re
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_conf import file, options, password
from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series._schema import Series
from ansible_collections.ipai.odoo.plugins.modules import odoo_config

DATABASE, MASTER = "db-9vT3kQ7pLw2xRz", "ms-5hN8cB4yGd6jKs"


@pytest.fixture(autouse=True)
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """600,000 rounds prove nothing more here than ten do."""
    real = password.hash_password
    monkeypatch.setattr(password, "hash_password", lambda text, rounds, salt=None: real(text, min(rounds, 10), salt))
    quick = {name: vars(series) | {"hash_rounds": 10} for name, series in options.SERIES.items()}
    monkeypatch.setattr(options, "SERIES", {name: Series(**values) for name, values in quick.items()})


class Bench:
    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.capsys = capsys
        self.home = path / "erp"
        self.home.mkdir()
        self.secrets = {"db_password": str(path / "database"), "admin_passwd": str(path / "master")}

    @property
    def files(self) -> list[Path]:
        return sorted(self.home.iterdir())

    @property
    def dest(self) -> Path:
        (only,) = self.files
        return only

    def give_secrets(self) -> None:
        (self.path / "database").write_text(DATABASE + "\n")
        (self.path / "master").write_text(MASTER)

    def __call__(self, check: bool = False, diff: bool = True, **params: t.Any) -> dict[str, t.Any]:
        arguments: dict[str, t.Any] = {
            "directory": str(self.home),
            "series": "19.0",
            "options": {"workers": 2, "db_name": "erp", "list_db": False},
            "secrets": self.secrets,
            "owner": str(os.getuid()),
            "group": str(os.getgid()),
            **params,
            "_ansible_check_mode": check,
            "_ansible_diff": diff,
        }
        with patch_module_args(arguments), pytest.raises(SystemExit):
            odoo_config.main()
        out = self.capsys.readouterr().out
        assert DATABASE not in out and MASTER not in out and "pbkdf2" not in out
        return t.cast("dict[str, t.Any]", json.loads(out))


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, capsys)


def test_check_write_check_again(bench: Bench) -> None:
    bench.give_secrets()
    planned = bench(check=True)
    assert planned["changed"] and bench.files == []
    written = bench()
    assert written["changed"] and written["diff"] == planned["diff"]
    assert written["dest"] == planned["dest"] == str(bench.dest)
    text = bench.dest.read_text()
    assert f"db_password = {DATABASE}\n" in text and "admin_passwd = $pbkdf2-sha512$10$" in text
    assert stat.S_IMODE(bench.dest.stat().st_mode) == 0o640
    for check in (True, False):
        again = bench(check=check)
        assert not again["changed"]
        assert all(diff["before"] == diff["after"] for diff in again["diff"])
        assert (again["dest"], again["former"], again["version"]) == (written["dest"], [], written["version"])
    assert bench.dest.read_text() == text
    assert re.fullmatch(r"odoo-[0-9a-f]{20}\.conf", bench.dest.name)
    assert again["options"] == {"workers": 2, "db_name": ["erp"], "list_db": False}


def test_a_changed_value(bench: Bench) -> None:
    bench.give_secrets()
    first = bench()
    text = bench.dest.read_text()
    second = bench(options={"workers": 3, "db_name": "erp", "list_db": False})
    assert second["changed"] and second["dest"] != first["dest"]
    assert "workers = 2" in second["diff"][0]["before"] and "workers = 3" in second["diff"][0]["after"]
    # A container may still run with the former one.
    assert second["former"] == [first["dest"]]
    assert Path(first["dest"]).read_text() == text
    hashes = {file.read_option(path.read_text(), "admin_passwd") for path in bench.files}
    assert len(bench.files) == 2 and len(hashes) == 1, "the same password keeps its hash"


@pytest.mark.parametrize("access", [{"owner": "4711"}, {"group": "4711"}, {"mode": "0600"}])
def test_other_access_is_another_file(bench: Bench, access: dict[str, str]) -> None:
    """The container of the former release still has to read its own."""
    bench.give_secrets()
    first = bench()
    # Only root can give files away.
    other = bench(check="mode" not in access, **access)
    assert other["changed"] and other["dest"] != first["dest"] and other["former"] == [first["dest"]]
    assert stat.S_IMODE(Path(first["dest"]).stat().st_mode) == 0o640


def test_other_sections_are_another_file(bench: Bench) -> None:
    bench.give_secrets()
    dests = {bench(sections=sections)["dest"] for sections in ({}, {"queue_job": {"channels": "root:1"}})}
    dests.add(bench(sections={"queue_job": {"channels": "root:2"}})["dest"])
    assert len(dests) == len(bench.files) == 3


def test_a_file_that_was_written_anew_has_another_version(bench: Bench) -> None:
    bench.give_secrets()
    first = bench()
    bench.dest.write_text(bench.dest.read_text().replace("workers = 2", "workers = 9"))
    assert bench(check=True)["version"] == "pending"
    second = bench()
    assert second["changed"] and second["dest"] == first["dest"] and second["version"] != first["version"]
    assert bench(check=True)["version"] == second["version"]


def test_somebodys_own_copy_is_no_former_one(bench: Bench) -> None:
    bench.give_secrets()
    copy = bench.home / "odoo-backup.conf"
    copy.write_text("[options]\n")
    assert bench()["former"] == []
    assert copy.exists()


def test_back_to_a_former_one(bench: Bench) -> None:
    bench.give_secrets()
    first = bench()
    second = bench(options={"workers": 3})
    third = bench()
    assert not third["changed"]
    assert third["dest"] == first["dest"] and third["former"] == [second["dest"]]


@pytest.mark.parametrize("name", ["database", "master"])
def test_a_changed_secret_is_told_but_not_shown(bench: Bench, name: str) -> None:
    bench.give_secrets()
    first = bench()
    (bench.path / name).write_text(DATABASE + MASTER)
    second = bench()
    assert second["changed"] and second["dest"] != first["dest"]
    assert "another one" in second["diff"][0]["after"]
    assert not bench()["changed"]


def test_secrets_of_addons(bench: Bench) -> None:
    bench.give_secrets()
    first = bench(secret_addon_options={"sentry_dsn": DATABASE})
    assert f"sentry_dsn = {DATABASE}\n" in bench.dest.read_text()
    assert "sentry_dsn = (not shown)" in first["diff"][0]["after"]
    second = bench(secret_addon_options={"sentry_dsn": MASTER})
    assert second["changed"] and second["dest"] != first["dest"]
    third = bench()
    assert "sentry_dsn = (not shown)" in third["diff"][0]["before"] and "sentry_dsn" not in third["diff"][0]["after"]


# Text within text is escaped in a message, which no mask for the value as it is would find.
@pytest.mark.parametrize("value", [{"live": "c4n'ry"}, ["c4n'ry,x"], "c4n'ry\nx", [["c4n'ry"]]])
def test_no_problem_shows_a_secret_of_an_addon(bench: Bench, value: object) -> None:
    bench.give_secrets()
    result = bench(secret_addon_options={"payment_keys": value})
    assert result["failed"] and "Option 'payment_keys' of 'secret_addon_options' must be" in result["msg"]
    assert "c4n" not in json.dumps({**result, "invocation": None}) and bench.files == []


def test_mode_alone(bench: Bench) -> None:
    bench.give_secrets()
    bench()
    bench.dest.chmod(0o600)
    inode = bench.dest.stat().st_ino
    result = bench()
    assert result["changed"] and result["diff"][0]["before"] == result["diff"][0]["after"]
    assert bench.dest.stat().st_ino == inode and stat.S_IMODE(bench.dest.stat().st_mode) == 0o640


def test_check_mode_on_a_naked_machine(bench: Bench) -> None:
    result = bench(check=True, directory="/nonexistent/erp", group="4711")
    assert result["changed"] and result["dest"] == "/nonexistent/erp/odoo-pending.conf"
    assert "db_password = (not shown)" in result["diff"][0]["after"]


def test_missing_secret_or_directory(bench: Bench) -> None:
    result = bench()
    assert result["failed"] and "no secret in" in result["msg"] and bench.files == []
    bench.give_secrets()
    result = bench(directory="/nonexistent/erp")
    assert result["failed"] and "/nonexistent/erp does not exist" in result["msg"]


def test_no_diff_unless_asked(bench: Bench) -> None:
    bench.give_secrets()
    assert "diff" not in bench(diff=False)


def test_18_and_unquoted(bench: Bench) -> None:
    bench.give_secrets()
    result = bench(series=18.0, options={"without_demo": "all", "db_name": "erp"})
    assert result["changed"] and "without_demo = all\n" in bench.dest.read_text()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"series": "17.0"}, "not supported"),
        ({"options": {"longpolling_port": 8072}}, "is called 'gevent_port'"),
        ({"options": {"worker": 8072}}, "Did you mean 'workers'"),
        ({"options": {"workers": "x"}}, "must be an integer"),
        ({"options": {"db_password": "long-enough-secret"}}, "under 'secrets'"),
        ({"secrets": {"db_password": "relative"}}, "absolute path"),
        ({"secrets": {"db_pass": "/x"}}, "Did you mean 'db_password'"),
        ({"addon_options": {"workers": 1}}, "Odoo's own"),
        ({"sections": {"options": {}}}, "not allowed"),
        ({"mode": "0644"}, "let others"),
        ({"mode": "rw"}, "octal"),
        ({"directory": "erp"}, "absolute"),
        ({"owner": "nobody-here"}, "does not exist"),
    ],
)
def test_bad_input_touches_nothing(bench: Bench, params: dict[str, t.Any], message: str) -> None:
    bench.give_secrets()
    result = bench(**params)
    assert result["failed"] and message in result["msg"] and bench.files == []


def test_secret_that_odoo_would_misread(bench: Bench) -> None:
    bench.give_secrets()
    (bench.path / "database").write_text("None")
    assert "leave it out" in bench()["msg"]
