# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What certbot is asked for and when; its own words are those of 5.8, openssl's those of 3.0 and 3.5."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _certbot
from ansible_collections.ipai.odoo.plugins.module_utils._certbot import CertbotError, Held, Wanted, reasons
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

DIRECTORY = "https://acme.example/dir"
WANTED = Wanted("erp", ("erp.example.com", "shop.example.com"), DIRECTORY, "ops@example.com")
NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)


def days(number: float) -> datetime.timedelta:
    return datetime.timedelta(days=number)


HELD = Held(frozenset(WANTED.domains), NOW - days(10), NOW + days(80), DIRECTORY, "webroot")


class TestReasons:
    def test_none_when_all_is_well(self) -> None:
        assert reasons(WANTED, HELD, NOW) == []

    def test_none_there(self) -> None:
        assert reasons(WANTED, None, NOW) == ["there is none"]

    def test_names(self) -> None:
        held = replace(HELD, domains=frozenset({"erp.example.com", "old.example.com"}))
        assert reasons(WANTED, held, NOW) == [
            "it lacks shop.example.com",
            "it names old.example.com, which is no longer wanted",
        ]

    def test_authority(self) -> None:
        assert reasons(replace(WANTED, directory="https://other.example"), HELD, NOW) == [f"it comes from {DIRECTORY}"]

    def test_challenge(self) -> None:
        assert reasons(replace(WANTED, challenge="dns-01"), HELD, NOW) == [
            "it would be renewed by webroot and not by dns-digitalocean"
        ]
        assert (
            reasons(replace(WANTED, challenge="dns-01", dns_hook="/x"), replace(HELD, authenticator="manual"), NOW)
            == []
        )

    @pytest.mark.parametrize(
        ("left", "lifetime", "why"),
        [
            (31, 90, []),
            (29, 90, ["it expires in 29 days"]),
            (-1, 90, ["it expired on 2026-02-28"]),
            (4, 6, []),
            (1, 6, ["it expires in 1 days"]),
            (16, 45, []),
            (14, 45, ["it expires in 14 days"]),
        ],
    )
    def test_expiry(self, left: float, lifetime: float, why: list[str]) -> None:
        held = replace(HELD, not_before=NOW + days(left - lifetime), not_after=NOW + days(left))
        assert reasons(WANTED, held, NOW) == why


OPENSSL = """\
notBefore=Nov 21 02:14:18 2026 GMT
notAfter=Feb  9 02:14:17 2027 GMT
X509v3 Subject Alternative Name:\x20
    DNS:erp.example.com, DNS:Shop.example.com, DNS:*.example.org
"""


def lineage(config: Path, name: str = "erp") -> None:
    """A certificate as certbot lays it down."""
    for folder in (f"live/{name}", f"archive/{name}", "renewal"):
        (config / folder).mkdir(parents=True, exist_ok=True)
    references = ""
    for part in _certbot.PARTS:
        (config / f"archive/{name}/{part}1.pem").write_text(part)
        (config / f"live/{name}/{part}.pem").symlink_to(f"../../archive/{name}/{part}1.pem")
        references += f"{part} = {config}/live/{name}/{part}.pem\n"
    parameters = f"[renewalparams]\nserver = {DIRECTORY}\nauthenticator = webroot\n"
    (config / f"renewal/{name}.conf").write_text(references + parameters)


class TestPieces:
    """What a certbot that was killed leaves."""

    def test_are_out_of_sight_while_another_is_asked_for(self, tmp_path: Path) -> None:
        lineage(tmp_path)
        lineage(tmp_path, "shop")
        (tmp_path / "renewal/erp.conf").write_text("")
        with _certbot.set_aside("erp", str(tmp_path)):
            assert _certbot.pieces("erp", str(tmp_path)) == []
            assert len(_certbot.pieces("shop", str(tmp_path))) == 3
            lineage(tmp_path)
        assert (tmp_path / "live/erp/cert.pem").read_text() == "cert"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "live", "renewal"]

    def test_come_back_when_there_is_no_other(self, tmp_path: Path) -> None:
        """nginx may still be serving them."""
        lineage(tmp_path)
        (tmp_path / "renewal/erp.conf").unlink()
        with pytest.raises(CertbotError), _certbot.set_aside("erp", str(tmp_path)):
            raise CertbotError("rate limit")
        assert (tmp_path / "live/erp/fullchain.pem").read_text() == "fullchain"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "live", "renewal"]

    def test_nothing_there(self, tmp_path: Path) -> None:
        with _certbot.set_aside("erp", str(tmp_path)):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_discarded(self, tmp_path: Path) -> None:
        lineage(tmp_path)
        lineage(tmp_path, "shop")
        _certbot.discard("erp", str(tmp_path))
        assert _certbot.pieces("erp", str(tmp_path)) == []
        assert len(_certbot.pieces("shop", str(tmp_path))) == 3

    @pytest.mark.parametrize("name", ["", ".", "..", "../../srv", "a/b"])
    def test_name_is_no_path(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(CertbotError, match="no name of a certificate"):
            _certbot.discard(name, str(tmp_path))


class TestHeld:
    def test_openssl(self) -> None:
        names, start, end = _certbot.parse_x509(OPENSSL)
        assert names == {"erp.example.com", "shop.example.com", "*.example.org"}
        assert start.isoformat() == "2026-11-21T02:14:18+00:00"
        assert end.isoformat() == "2027-02-09T02:14:17+00:00"

    @pytest.mark.parametrize("text", ["", "notBefore=Nov 21 02:14:18 2026 GMT\n", "notBefore=x\nnotAfter=y\n"])
    def test_openssl_says_something_else(self, text: str) -> None:
        with pytest.raises(CertbotError, match="openssl"):
            _certbot.parse_x509(text)

    def test_read(self, tmp_path: Path) -> None:
        assert _certbot.held("erp", self.openssl, str(tmp_path)) is None
        lineage(tmp_path)
        held = _certbot.held("erp", self.openssl, str(tmp_path))
        assert held is not None
        assert (held.directory, held.authenticator) == (DIRECTORY, "webroot")
        assert _certbot.held("erp", self.broken, str(tmp_path)) is None, "damaged: ask for another"

    @pytest.mark.parametrize("piece", ["live/erp/cert.pem", "live/erp/privkey.pem", "renewal/erp.conf"])
    @pytest.mark.parametrize("how", ["absent", "empty"])
    def test_interrupted(self, tmp_path: Path, piece: str, how: str) -> None:
        """certbot would not renew it, and would not ask for another of that name."""
        lineage(tmp_path)
        if how == "absent":
            (tmp_path / piece).unlink()
        else:
            (tmp_path / piece).write_text("")
        assert _certbot.held("erp", self.openssl, str(tmp_path)) is None

    @staticmethod
    def openssl(argv: t.Sequence[str], **unused: t.Any) -> Result:
        return Result(tuple(argv), 0, OPENSSL, "")

    @staticmethod
    def broken(argv: t.Sequence[str], **unused: t.Any) -> Result:
        raise CommandError(argv, 1, "", "Could not read certificate")


class TestCommand:
    def test_webroot(self) -> None:
        argv = _certbot.issue_argv(WANTED)
        assert argv[:2] == ["/opt/certbot/bin/certbot", "certonly"]
        assert argv[argv.index("--webroot-path") + 1] == "/var/www/acme"
        assert argv[-4:] == ["--domain", "erp.example.com", "--domain", "shop.example.com"]
        assert argv[argv.index("--email") + 1] == "ops@example.com"

    def test_without_email(self) -> None:
        assert "--register-unsafely-without-email" in _certbot.issue_argv(replace(WANTED, email=""))

    def test_digitalocean(self) -> None:
        argv = _certbot.issue_argv(replace(WANTED, challenge="dns-01", dns_wait=30))
        assert argv[argv.index("--dns-digitalocean-credentials") + 1].startswith("/etc/letsencrypt/")
        assert argv[argv.index("--dns-digitalocean-propagation-seconds") + 1] == "30"
        assert "--webroot" not in argv

    def test_hook(self) -> None:
        """certbot gives hooks to a shell."""
        argv = _certbot.issue_argv(replace(WANTED, challenge="dns-01", dns_hook="/opt/my hook"))
        assert argv[argv.index("--manual-auth-hook") + 1] == "'/opt/my hook' add"
        assert argv[argv.index("--manual-cleanup-hook") + 1] == "'/opt/my hook' remove"


FAILED = """\
Saving debug log to /var/log/letsencrypt/letsencrypt.log
Requesting a certificate for erp.example.com and shop.example.com

Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
  Domain: erp.example.com
  Type:   unauthorized
  Detail: 198.51.100.7: Invalid response from http://erp.example.com/.well-known/acme-challenge/x: 404

  Domain: shop.example.com
  Type:   dns
  Detail: DNS problem: NXDOMAIN looking up A for shop.example.com

Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot.

Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.
"""


class TestComplaint:
    def test_details_per_domain(self) -> None:
        assert _certbot.complaint(FAILED) == (
            "erp.example.com: 198.51.100.7: Invalid response from"
            " http://erp.example.com/.well-known/acme-challenge/x: 404;"
            " shop.example.com: DNS problem: NXDOMAIN looking up A for shop.example.com"
        )

    def test_other_errors(self) -> None:
        said = (
            "Saving debug log to /x\nAn unexpected error occurred:\nToo many certificates already issued\nAsk for help"
        )
        assert _certbot.complaint(said) == "An unexpected error occurred: Too many certificates already issued"
        assert _certbot.complaint("\n") == "certbot failed without a word"

    def test_failure_is_one_sentence_and_trusts_the_system(self) -> None:
        seen: dict[str, t.Any] = {}

        def fail(argv: t.Sequence[str], **given: t.Any) -> Result:
            seen.update(given)
            return Result(tuple(argv), 1, "", "Saving debug log to /x\nNo luck today.\n")

        with pytest.raises(CertbotError, match=r"^No luck today$"):
            _certbot.certbot(["certbot"], fail)
        assert seen["env"]["REQUESTS_CA_BUNDLE"] == "/etc/ssl/certs/ca-certificates.crt"


def test_own_addresses() -> None:
    text = """[
      {"ifname": "eth0", "addr_info": [{"family": "inet", "local": "198.51.100.7"}, {"local": "2001:DB8::7"}]},
      {"ifname": "docker0", "addr_info": [{"local": "10.201.0.1"}]},
      {"ifname": "odn-erp", "addr_info": [{"local": "10.202.0.1"}]},
      {"ifname": "eth1", "addr_info": [{}, {"local": "10.0.0.5"}]}, {}]"""
    assert _certbot.parse_addresses(text) == ["198.51.100.7", "2001:db8::7", "10.0.0.5"]
    assert _certbot.parse_addresses("") == []
