# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Fakes of what is an address in a network: of mail, of a host, of a page, of a user, of a file."""

from __future__ import annotations

import binascii
import email.errors
import email.header
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.fake_names import Names
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.keyed import Key, letters

#: All fakes are below this domain, which nobody can have (RFC 2606).
DOMAIN = "example.com"
#: Logins of Odoo's own users, who are no persons.
LOGINS = frozenset({"__system__", "admin", "default", "portaltemplate", "public"})
#: Endings of file names that may stay.
_ENDINGS = (
    "7z avi bmp csv doc docx dxf eml epub gif gz heic htm html ics jpeg jpg json log md mov mp3 mp4 msg odp ods odt "
    "ogg p12 pdf pem pfx png po ppt pptx rar rtf svg tar tgz tif tiff txt vcf wav webm webp xls xlsm xlsx xml yaml "
    "zip"
)
ENDINGS = frozenset(_ENDINGS.split())

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")
_ONE = re.compile(r"\s*[^\s<>,;:\"()\[\]@]+@[^\s<>,;:\"()\[\]@]+\s*")
_SIGNS = " \t\r\n,;:<>\"'()[]"
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?:[^/@?#]*@)?(?P<host>[^/:?#]*)(?P<port>:\d+)?(?P<rest>.*)", re.I | re.S
)
#: Domains whose sub-domain is remembered.
_DOMAINS = 1 << 16


class Mail:
    """Another address for an address."""

    def __init__(self, key: Key, names: Names, given: t.Sequence[str]) -> None:
        """:param given: names that an address may begin with: small letters of ASCII."""
        self._digest = key.digests("email")
        self._host = key.digests("domain")
        self._word = key.digests("word")
        self._names = names
        self._given = given
        self._hosts: dict[str, str] = {}

    def email(self, text: str) -> str:
        """One address; what has none becomes a word, a list stays a list."""
        if _ONE.fullmatch(text):
            return self._address(text)
        if "@" not in text:
            return self.word(text)
        return self.emails(text) if _ADDRESS.search(text) else self._address(text)

    def _address(self, text: str) -> str:
        # 57 bits before the @, 40 behind it: of ten million addresses, no two are expected to have the same, and none
        # is expected to be an original.
        form = text.strip().lower().strip("'")
        return f"{self._begin(self._digest(form))}@{self.domain(form.rpartition('@')[2])}"

    def _begin(self, digest: bytes) -> str:
        given = self._given
        return f"{given[(digest[0] << 8 | digest[1]) % len(given)]}.{letters(digest[2:8])}"

    def emails(self, text: str) -> str:
        """Addresses, and the names beside them, as in the header of a mail."""
        made, at = [], 0
        for found in _ADDRESS.finditer(text):
            made += [self._between(text[at : found.start()]), self._address(found[0])]
            at = found.end()
        made.append(self._between(text[at:]))
        return "".join(made)

    def _between(self, text: str) -> str:
        begun = text.lstrip(_SIGNS)
        inner = begun.rstrip(_SIGNS)
        if not inner:
            return text
        read = _decoded(inner)
        made = self.word(read) if "@" in read else self._names.names(read)
        return f"{text[: len(text) - len(begun)]}{made}{begun[len(inner) :]}"

    def word(self, text: str) -> str:
        """One word for a text that has no form; no two texts share one."""
        return self._begin(self._word(canonical.email(text)))

    def domain(self, text: str) -> str:
        """The same for a domain in every address, with C(www.) and without."""
        if "@" in text:
            before, _other, host = text.rpartition("@")
            return self._address(text) if before else f"@{self.domain(host)}"
        host, _other, port = text.strip().lower().partition(":")
        made = self._hosts.get(host)
        if made is None:
            if len(self._hosts) >= _DOMAINS:
                self._hosts.clear()
            # Ten letters: companies that share a sub-domain would be one company to Odoo.
            plain = host.strip(".'")
            digest = self._host(plain[4:] if plain.startswith("www.") else plain)
            made = self._hosts[host] = f"{letters(digest[:5])}.{DOMAIN}"
        return f"{made}:{port}" if port.isdigit() else made

    def login(self, text: str) -> str:
        """As the address, if it is one; Odoo's own users stay who they are."""
        if text in LOGINS:
            return text
        return self.email(text) if "@" in text else self.word(text)

    def url(self, text: str) -> str:
        """The scheme stays; the path becomes a word, and what follows it goes."""
        scheme, _other, rest = text.strip().partition(":")
        if scheme.lower() == "mailto":
            return f"mailto:{self.email(rest)}"
        found = _URL.fullmatch(text.strip())
        if not found or (not found["scheme"] and not found["host"] and not found["rest"].startswith("/")):
            return self.word(text)
        if not found["scheme"] and "." not in found["host"] and found["host"]:
            return self.word(text)
        host = self.domain(found["host"]) if found["host"] else ""
        page = f"/{letters(self._word(text.strip())[:5])}" if found["rest"].strip("/") else found["rest"]
        return f"{found['scheme'] or ''}{host}{found['port'] or ''}{page}"

    def filename(self, text: str) -> str:
        """A word; a usual ending stays."""
        stem, _other, ending = text.strip().rpartition(".")
        made = letters(self._word(f"file {text}")[:7])
        return f"document-{made}.{ending}" if stem and ending.lower() in ENDINGS else f"document-{made}"


def _decoded(text: str) -> str:
    """The text of a header in which other letters than ASCII's are written in words of ASCII (RFC 2047)."""
    if "=?" not in text:
        return text
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (email.errors.HeaderParseError, binascii.Error, LookupError, ValueError):
        return text
