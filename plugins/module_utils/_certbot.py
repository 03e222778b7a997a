# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Certificates that certbot keeps: what is there, what should be, and the command in between."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import os
import re
import shlex
import shutil
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError, Result

CERTBOT = "/opt/certbot/bin/certbot"
CONFIG = "/etc/letsencrypt"
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
DIGITALOCEAN_CREDENTIALS = CONFIG + "/ipai-digitalocean.ini"
#: The files of a certificate, each named in its renewal file too; certbot refuses one that lacks any of them.
PARTS = ("cert", "chain", "fullchain", "privkey")
#: Beginnings of the names of interfaces that only containers use.
CONTAINER_INTERFACES = ("docker", "br-", "odn-", "odp-", "veth")
#: Seconds for one certificate, DNS propagation aside.
TIMEOUT = 300.0

Runner = t.Callable[..., Result]


class CertbotError(Exception):
    """A certificate cannot be had.  The text is for the operator."""


@dataclass(frozen=True)
class Wanted:
    """The certificate as it should be."""

    name: str
    domains: tuple[str, ...]
    directory: str
    email: str = ""
    challenge: str = "http-01"
    webroot: str = "/var/www/acme"
    dns_hook: str = ""
    dns_wait: int = 60
    renew_days: int = 30

    @property
    def authenticator(self) -> str:
        """certbot's name for how control is proven."""
        if self.challenge == "http-01":
            return "webroot"
        return "manual" if self.dns_hook else "dns-digitalocean"


@dataclass(frozen=True)
class Held:
    """The certificate that is there."""

    domains: frozenset[str]
    not_before: datetime.datetime
    not_after: datetime.datetime
    directory: str
    authenticator: str

    def days_left(self, now: datetime.datetime) -> float:
        return (self.not_after - now).total_seconds() / 86400

    @property
    def lifetime_days(self) -> float:
        return (self.not_after - self.not_before).total_seconds() / 86400


def reasons(wanted: Wanted, held: Held | None, now: datetime.datetime) -> list[str]:
    """Why a certificate has to be asked for; empty when the one that is there will do.

    A certificate that lives shorter than three times ``renew_days`` is renewed in the last third of its life, as
    certbot does.
    """
    if held is None:
        return ["there is none"]
    found = []
    missing = sorted(set(wanted.domains) - held.domains)
    surplus = sorted(held.domains - set(wanted.domains))
    if missing:
        found.append(f"it lacks {', '.join(missing)}")
    if surplus:
        found.append(f"it names {', '.join(surplus)}, which is no longer wanted")
    if held.directory != wanted.directory:
        found.append(f"it comes from {held.directory or 'an unknown directory'}")
    elif held.authenticator != wanted.authenticator:
        found.append(f"it would be renewed by {held.authenticator or 'nothing'} and not by {wanted.authenticator}")
    days = held.days_left(now)
    if days < 0:
        found.append(f"it expired on {held.not_after:%Y-%m-%d}")
    elif days < min(wanted.renew_days, held.lifetime_days / 3):
        found.append(f"it expires in {days:.0f} days")
    return found


def parse_x509(text: str) -> tuple[frozenset[str], datetime.datetime, datetime.datetime]:
    """Names, start and end (UTC) from C(openssl x509 -noout -dates -ext subjectAltName).

    :raises CertbotError: that is not what openssl says about a certificate.
    """
    start = re.search(r"^notBefore=(.+)$", text, flags=re.MULTILINE)
    end = re.search(r"^notAfter=(.+)$", text, flags=re.MULTILINE)
    if not start or not end:
        raise CertbotError("openssl says nothing about the certificate's dates")
    names = re.findall(r"DNS:([^\s,]+)", text)
    return frozenset(name.lower() for name in names), _date(start[1]), _date(end[1])


def _date(text: str) -> datetime.datetime:
    try:
        return datetime.datetime.strptime(text.strip().replace("GMT", "+0000"), "%b %d %H:%M:%S %Y %z")
    except ValueError:
        raise CertbotError(f"openssl writes a date as {text!r}") from None


def parse_renewal(text: str, key: str) -> str:
    """A setting from one of certbot's renewal files; empty when it is not there."""
    match = re.search(rf"^{re.escape(key)}\s*=\s*(\S+)\s*$", text, flags=re.MULTILINE)
    return match[1] if match else ""


def held(name: str, run: Runner, config: str = CONFIG) -> Held | None:
    """The certificate of that name, or ``None``.  One that cannot be read, or renewed, counts as none."""
    path = f"{config}/live/{name}/cert.pem"
    try:
        with open(f"{config}/renewal/{name}.conf", encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        sizes = [os.stat(f"{config}/live/{name}/{part}.pem").st_size for part in PARTS]
    except FileNotFoundError:
        return None
    if not all(sizes) or not all(parse_renewal(text, part) for part in PARTS):
        return None
    try:
        said = run(
            ["openssl", "x509", "-noout", "-dates", "-ext", "subjectAltName", "-in", path], timeout=30, check=True
        )
        names, start, end = parse_x509(said.stdout)
    except (CommandError, CertbotError):
        return None
    return Held(names, start, end, parse_renewal(text, "server"), parse_renewal(text, "authenticator"))


def pieces(name: str, config: str = CONFIG) -> list[str]:
    """What certbot keeps of that certificate, whole or not: its paths.

    :raises CertbotError: that is no name of a certificate.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise CertbotError(f"{name!r} is no name of a certificate: use letters, digits, dots, dashes and underscores")
    paths = (f"{config}/renewal/{name}.conf", f"{config}/live/{name}", f"{config}/archive/{name}")
    return [path for path in paths if os.path.lexists(path)]


def discard(name: str, config: str = CONFIG) -> None:
    """Remove the pieces of a certificate that certbot itself would not recognize."""
    for path in pieces(name, config):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)


@contextlib.contextmanager
def set_aside(name: str, config: str = CONFIG) -> t.Iterator[None]:
    """Keep the pieces of a certificate out of certbot's sight, and put them back if no other comes of it.

    A certbot that was killed leaves pieces.  The next one either refuses to work beside them or takes another name
    (C(erp-0001)), which no virtual host looks for.
    """
    aside = f"{config}/ipai-unfinished"
    shutil.rmtree(aside, ignore_errors=True)
    moved = [(path, f"{aside}/{number}") for number, path in enumerate(pieces(name, config))]
    if moved:
        os.makedirs(aside, mode=0o700)
    for path, place in moved:
        os.rename(path, place)
    try:
        yield
    except BaseException:
        if not pieces(name, config):
            for path, place in moved:
                os.rename(place, path)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def issue_argv(wanted: Wanted) -> list[str]:
    """The command that asks for the certificate.  It carries no secret."""
    argv = [CERTBOT, "certonly", "--non-interactive", "--agree-tos", "--no-eff-email"]
    argv += ["--cert-name", wanted.name, "--server", wanted.directory]
    argv += ["--email", wanted.email] if wanted.email else ["--register-unsafely-without-email"]
    argv += ["--key-type", "ecdsa", "--renew-with-new-domains", "--force-renewal"]
    # certbot remembers the hook for renewals.
    argv += ["--deploy-hook", "systemctl reload nginx.service"]
    if wanted.authenticator == "webroot":
        argv += ["--webroot", "--webroot-path", wanted.webroot]
    elif wanted.authenticator == "manual":
        hook = shlex.quote(wanted.dns_hook)
        argv += ["--manual", "--preferred-challenges", "dns"]
        argv += ["--manual-auth-hook", f"{hook} add", "--manual-cleanup-hook", f"{hook} remove"]
    else:
        argv += ["--dns-digitalocean", "--dns-digitalocean-credentials", DIGITALOCEAN_CREDENTIALS]
        argv += ["--dns-digitalocean-propagation-seconds", str(wanted.dns_wait)]
    for domain in wanted.domains:
        argv += ["--domain", domain]
    return argv


def delete_argv(name: str) -> list[str]:
    return [CERTBOT, "delete", "--non-interactive", "--cert-name", name]


def complaint(said: str) -> str:
    """What certbot's many lines come down to."""
    details = re.findall(r"^\s*Detail:\s*(.+)$", said, flags=re.MULTILINE)
    if details:
        domains = re.findall(r"^\s*Domain:\s*(.+)$", said, flags=re.MULTILINE)
        pairs = zip(domains, details) if len(domains) == len(details) else (("", detail) for detail in details)
        return "; ".join(f"{domain}: {detail}".lstrip(": ") for domain, detail in pairs)
    noise = (
        "Saving debug log",
        "Ask for help",
        "See the logfile",
        "Some challenges have failed",
        "Requesting a certificate",
        "Renewing an existing certificate",
        "Account registered",
    )
    lines = [line.strip() for line in said.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(noise)) or "certbot failed without a word"


def certbot(argv: t.Sequence[str], run: Runner, timeout: float = TIMEOUT) -> None:
    """Run certbot with the system's trust store.

    :raises CertbotError: it failed, in one sentence.
    """
    environment = {"REQUESTS_CA_BUNDLE": CA_BUNDLE, "SSL_CERT_FILE": CA_BUNDLE}
    try:
        result = run(argv, timeout=timeout, env=environment)
    except CommandError as exc:
        raise CertbotError(str(exc)) from exc
    if not result.ok:
        raise CertbotError(complaint(result.stdout + "\n" + result.stderr).rstrip("."))


def own_addresses(run: Runner) -> list[str]:
    """Addresses of this machine that others could reach."""
    said = run(["ip", "-json", "address", "show", "scope", "global"], timeout=30, check=True)
    return parse_addresses(said.stdout)


def parse_addresses(text: str) -> list[str]:
    """Addresses from C(ip -json address), without those of the bridges of containers."""
    found = []
    for interface in json.loads(text or "[]"):
        if interface.get("ifname", "").startswith(CONTAINER_INTERFACES):
            continue
        for entry in interface.get("addr_info", ()):
            with contextlib.suppress(KeyError, ValueError):
                found.append(str(ipaddress.ip_address(entry["local"])))
    return found
