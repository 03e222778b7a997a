# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Would a certificate authority say yes?  Asked before it is, because its refusals are rationed.

Everything but :func:`resolver_lookup` is pure: questions go through a callable.
CAA is RFC 8659, its parameter C(validationmethods) RFC 8657.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
import typing as t
from dataclasses import dataclass

try:
    import dns.exception  # type: ignore[import-not-found]
    import dns.name  # type: ignore[import-not-found]
    import dns.resolver  # type: ignore[import-not-found]

    HAS_DNSPYTHON = True
except ImportError:
    HAS_DNSPYTHON = False

#: Name and record type to the texts of the records; empty when there are none.
Lookup = t.Callable[[str, str], list[str]]

#: Seconds for one question, all name servers and retries together.
LIFETIME = 10.0
#: Flag of a CAA record that whoever does not understand it must refuse.
CRITICAL = 128


class DnsError(Exception):
    """A question was not answered.  The text is for the operator."""


@dataclass(frozen=True)
class Caa:
    """One CAA record."""

    flags: int
    tag: str
    value: str

    @property
    def issuer(self) -> str:
        """Domain of the authority that may issue; empty for nobody."""
        return self.value.partition(";")[0].strip().lower().rstrip(".")

    @property
    def methods(self) -> list[str] | None:
        """Challenges that the record allows; ``None`` when it allows all."""
        for parameter in self.value.split(";")[1:]:
            name, equals, value = parameter.partition("=")
            if equals and name.strip().lower() == "validationmethods":
                return [method.strip().lower() for method in value.split(",")]
        return None


def parse_caa(text: str) -> Caa:
    """Read a record's text, such as C(0 issue "letsencrypt.org").

    :raises DnsError: it is something else.
    """
    try:
        flags, tag, value = shlex.split(text)
        return Caa(int(flags), tag.lower(), value)
    except ValueError:
        raise DnsError(f"cannot read the CAA record {text!r}") from None


def parse_server(text: str) -> tuple[str, int]:
    """Address and port of a name server: C(192.0.2.1), C(192.0.2.1:5353), C(2001:db8::1), C([2001:db8::1]:5353).

    :raises DnsError: it is something else.
    """
    match = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]+)(?::(\d+))?|(.+)", text.strip())
    try:
        if not match:
            raise ValueError
        address = match[1] or match[3] or match[5]
        port = int(match[2] or match[4] or 53)
        if not 0 < port < 65536:
            raise ValueError
        return str(ipaddress.ip_address(address)), port
    except ValueError:
        raise DnsError(f"{text!r} is not the address of a name server, such as 192.0.2.1 or 192.0.2.1:5353") from None


def base_name(domain: str) -> str:
    """The domain without the C(*.) of a wildcard."""
    return domain[2:] if domain.startswith("*.") else domain


def address_problem(domain: str, own: t.Iterable[str], lookup: Lookup) -> str | None:
    """Why an HTTP-01 challenge for the domain would not arrive here; ``None`` when it would.

    Every address must be ours: the authority may pick any, and prefers IPv6.
    """
    if domain.startswith("*."):
        return f"{domain} is a wildcard, which needs the challenge dns-01"
    ours = {ipaddress.ip_address(address) for address in own}
    found = {kind: lookup(domain, kind) for kind in ("A", "AAAA")}
    addresses = [*found["A"], *found["AAAA"]]
    here = ", ".join(str(address) for address in sorted(ours, key=lambda item: (item.version, int(item))))
    if not addresses:
        return f"{domain} has no address. Create an A record that points to this droplet ({here})"
    foreign = [address for address in addresses if ipaddress.ip_address(address) not in ours]
    if foreign:
        return (
            f"{domain} points to {', '.join(foreign)}, which is not this droplet ({here})."
            " Correct or remove that record"
        )
    return None


def caa_records(domain: str, lookup: Lookup) -> tuple[str, list[Caa]]:
    """The records that govern a domain, and the name that has them: its own or those of the nearest parent."""
    labels = base_name(domain).rstrip(".").split(".")
    while labels:
        name = ".".join(labels)
        records = [parse_caa(text) for text in lookup(name, "CAA")]
        if records:
            return name, records
        labels = labels[1:]
    return "", []


def caa_problem(domain: str, issuers: t.Sequence[str], challenge: str, lookup: Lookup) -> str | None:
    """Why CAA records forbid the authority to issue for the domain; ``None`` when they do not.

    :param issuers: the authority's own names; without any, only records that forbid everybody count.
    """
    name, records = caa_records(domain, lookup)
    unknown = [r.tag for r in records if r.flags & CRITICAL and r.tag not in ("issue", "issuewild", "iodef")]
    if unknown:
        return f"the CAA record {unknown[0]!r} of {name} is critical, and no authority may issue without knowing it"
    governing = [r for r in records if r.tag == "issue"]
    if domain.startswith("*."):
        governing = [r for r in records if r.tag == "issuewild"] or governing
    if not governing:
        return None
    wanted = [issuer.lower().rstrip(".") for issuer in issuers]
    allowed = [r for r in governing if r.issuer and (not wanted or r.issuer in wanted)]
    if not allowed:
        listed = ", ".join(sorted({r.issuer or "nobody" for r in governing}))
        asked = f"{' or '.join(wanted)} is asked" if wanted else "an authority is asked"
        return (
            f"the CAA records of {name} allow {listed} to issue for {domain}, but {asked}."
            " Add a record for it, or change nginx_acme_directory and nginx_acme_caa_issuers"
        )
    if all(r.methods is not None and challenge not in r.methods for r in allowed):
        return f"the CAA records of {name} do not allow the challenge {challenge} for {domain}"
    return None


def problems(
    domains: t.Iterable[str],
    *,
    challenge: str,
    own: t.Sequence[str],
    issuers: t.Sequence[str],
    lookup: Lookup,
) -> list[str]:
    """All that speaks against asking for a certificate, in sentences without their full stops."""
    found = []
    for domain in domains:
        try:
            if challenge == "http-01":
                found.append(address_problem(domain, own, lookup))
            found.append(caa_problem(domain, issuers, challenge, lookup))
        except DnsError as exc:
            # The next question would wait as long and get no answer either.
            return [*(problem for problem in found if problem), str(exc)]
    return [problem for problem in found if problem]


def resolver_lookup(servers: t.Sequence[str] = ()) -> Lookup:
    """A lookup that asks the given name servers, or the system's.

    :raises DnsError: dnspython is missing, or the system has no name servers.
    """
    if not HAS_DNSPYTHON:
        raise DnsError("the Python package dnspython is missing on the droplet (Debian: python3-dnspython)")
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except dns.exception.DNSException as exc:
        raise DnsError(f"the droplet has no usable name servers: {exc}") from exc
    if servers:
        parsed = [parse_server(server) for server in servers]
        resolver.nameservers = [address for address, port in parsed]
        resolver.nameserver_ports = dict(parsed)

    asked = ", ".join(servers) or "the droplet's name servers"

    def lookup(name: str, kind: str) -> list[str]:
        try:
            answer = resolver.resolve(
                dns.name.from_text(name), kind, raise_on_no_answer=False, lifetime=LIFETIME, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except dns.exception.Timeout as exc:
            raise DnsError(f"{asked} did not answer for {name} {kind} in {LIFETIME:.0f} seconds") from exc
        except dns.exception.DNSException as exc:
            raise DnsError(f"{asked} gave no useful answer for {name} {kind}: {exc}".rstrip(".")) from exc
        return [record.to_text() for record in answer.rrset or ()]

    return lookup
