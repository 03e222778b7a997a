# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a machine: from texts, from a real file system, and from programs that are functions."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _droplet
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result
from ansible_collections.ipai.odoo.plugins.module_utils._droplet import Droplet


def droplet(**said: str) -> Droplet:
    """A machine whose programs say this; others are not there."""

    def run(argv: t.Sequence[str], **unused: t.Any) -> Result:
        name = argv[0].replace("-", "_")
        if name not in said:
            raise CommandError(argv, 127, reason="not found")
        return Result(tuple(argv), 0, said[name], "")

    return Droplet(run)


def test_settings_the_last_of_a_name_counts() -> None:
    text = "# UMASK is for users\nUMASK\t\t022\nUMASK 077\nMAIL_DIR /var/mail\nEMPTY\n"
    assert _droplet.settings(text) == {"UMASK": "077", "MAIL_DIR": "/var/mail"}


def test_first_words() -> None:
    assert _droplet.first_words("# fstab\n\n/swapfile none swap sw 0 0\nUUID=1 / ext4\n") == ["/swapfile", "UUID=1"]


@pytest.mark.parametrize(
    ("sources", "there"),
    [
        ("deb http://security.debian.org/debian-security trixie-security main\n", True),
        ("Types: deb\nURIs: http://mirror.example/ubuntu\nSuites: noble noble-security\n", True),
        ("# deb http://security.debian.org/debian-security trixie-security main\n", False),
        ("deb http://deb.debian.org/debian trixie main\n", False),
    ],
)
def test_security_archive(sources: str, there: bool) -> None:
    assert _droplet.has_security_archive(sources) is there


def test_audit_rules_are_compared_with_the_compiled_ones() -> None:
    rules = "# comment\n-w /etc/passwd -p wa -k identity\n-w /etc/ssh -p wa -k sshd\n"
    compiled = "## generated\n-D\n-b 8192\n\n-w /etc/passwd -p wa -k identity\n-w /etc/ssh -p wa -k sshd\n\n"
    assert not _droplet.uncompiled(rules, compiled)
    assert _droplet.uncompiled(rules, compiled.replace("-k sshd", "-k ssh"))
    assert not _droplet.uncompiled("", "")


@pytest.mark.parametrize(
    ("load", "active", "enabled", "idle"),
    [
        ("loaded", "active", "enabled", False),
        ("loaded", "active", "static", False),
        ("loaded", "active", "disabled", True),
        ("loaded", "failed", "enabled", True),
        ("not-found", "inactive", "", False),
    ],
)
def test_idle_units(load: str, active: str, enabled: str, idle: bool) -> None:
    shown = f"LoadState={load}\nActiveState={active}\nUnitFileState={enabled}\nStateChangeTimestamp=\n"
    assert _droplet.is_idle(droplet(systemctl=shown).unit("x.service")) is idle


def test_without_systemd_nothing_is_idle() -> None:
    assert not _droplet.is_idle(droplet().unit("x.service"))


class TestBehind:
    @pytest.mark.parametrize(("since", "behind"), [("@1", True), ("@9999999999", False), ("", False)])
    def test_a_unit_and_its_files(self, since: str, behind: bool, tmp_path: Path) -> None:
        machine = droplet(systemctl=f"StateChangeTimestamp={since}\n")
        assert not machine.is_behind([f"{tmp_path}/*.conf"], "x.service", None), "there is no file"
        (tmp_path / "x.conf").touch()
        assert machine.is_behind([f"{tmp_path}/*.conf"], "x.service", None) is behind

    def test_a_product_and_its_directory(self, tmp_path: Path) -> None:
        source, product = tmp_path / "source", tmp_path / "bundle"
        source.mkdir()
        assert not droplet().is_behind([str(source)], None, str(product)), "there is no product"
        product.touch()
        assert not droplet().is_behind([str(source)], None, str(product))
        os.utime(product, (1, 1))
        assert droplet().is_behind([str(source)], None, str(product))


class TestPrograms:
    def test_one_that_is_found_counts_until_it_is_closed_for_good(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "gcc-14").touch(0o755)
        (tmp_path / "gcc").symlink_to("gcc-14")
        monkeypatch.setenv("PATH", str(tmp_path))
        real = str(tmp_path / "gcc-14")
        assert droplet().programs(["gcc", "tcc"]) == [real]
        (tmp_path / "gcc-14").chmod(0o750)
        assert droplet().programs(["gcc", "tcc"]) == [real]
        assert droplet(dpkg_statoverride=f"root root 750 {real}\n").programs(["gcc", "tcc"]) == []

    def test_one_that_may_come_counts_by_its_path(self) -> None:
        assert droplet().programs(["/no/such/ld.bfd"]) == ["/no/such/ld.bfd"]
        assert droplet(dpkg_statoverride="root root 750 /no/such/ld.bfd\n").programs(["/no/such/ld.bfd"]) == []


def test_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/usr/share/zoneinfo/UTC")
    (tmp_path / "file").touch()
    links = {str(tmp_path / name): "/usr/share/zoneinfo/UTC" for name in ("link", "file", "none")}
    assert _droplet.astray(links) == [str(tmp_path / "file"), str(tmp_path / "none")]
    assert _droplet.astray({str(tmp_path / "link"): "/usr/share/zoneinfo/Asia/Singapore"}) == [str(tmp_path / "link")]


def test_modes(tmp_path: Path) -> None:
    (tmp_path / "open").touch(0o644)
    (tmp_path / "closed").touch(0o600)
    (tmp_path / "link").symlink_to("open")
    modes = {str(tmp_path / name): "0600" for name in ("open", "closed", "link", "none")}
    assert _droplet.looser(modes) == [{"path": str(tmp_path / "open"), "mode": "0600", "group": os.getgid()}]


def test_users_who_are_not_there_have_no_keys() -> None:
    assert _droplet.keys_of("no-such-user") == 0


def test_session_is_found_among_the_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes 4 (sudo emptied its environment), 3 (the login shell), 2 (sshd)."""
    texts = {
        "/proc/4/status": "PPid:\t3\n",
        "/proc/3/status": "PPid:\t2\n",
        "/proc/3/environ": "SHELL=/bin/sh\0SSH_CONNECTION=203.0.113.9 5000 192.0.2.1 2222\0",
        "/proc/2/status": "PPid:\t1\n",
    }
    monkeypatch.setattr(_droplet, "read", lambda path: texts.get(path, ""))
    monkeypatch.setattr(_droplet.os, "stat", lambda path: os.stat_result((0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    session = _droplet.session_of(4)
    assert (session.user, session.client, session.port) == ("root", "203.0.113.9", 2222)
