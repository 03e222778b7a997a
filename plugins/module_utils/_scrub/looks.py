# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What a value looks like, and what a column's name says: good enough for a proposal that somebody reads."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canonical

#: Whether a text is an original of that kind.
Known = t.Callable[[str, str], bool]

_EMAIL = re.compile(r"[^\s@<>\"(),;]+@[\w-]+(?:\.[\w-]+)+")
_HEADER = re.compile(rf"[^@]*<\s*{_EMAIL.pattern}\s*>[^@]*|{_EMAIL.pattern}(?:\s*[,;]\s*{_EMAIL.pattern})+")
#: A plus in front, or groups of digits: bare digits are numbers of documents as often.
_PHONE = re.compile(r"(?:\+|00)\(?\d[\d\s()./-]{6,18}\d|\(?0?\d{1,4}\)?[\s.-]\d{2,4}[\s.-]?\d{2,4}(?:[\s.-]?\d{2,4})*")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_VAT = re.compile(
    r"(?:AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK|XI)"
    r"[A-Z0-9]?\d{7,11}[A-Z0-9]{0,3}"
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

#: Kind → rule for a column of it, and what is said of its values.  The first that fits is taken.
KINDS: t.Mapping[str, tuple[str, str]] = {
    "email": ("fake email", "e-mail addresses"),
    "emails": ("fake emails", "e-mail addresses, with names or several at once"),
    "iban": ("fake account", "IBANs, with right check digits"),
    "vat": ("fake vat", "tax numbers"),
    "account": ("fake account", "account numbers of partners"),
    "phone": ("fake phone", "phone numbers"),
    "name": ("fake name", "names of partners or employees"),
    "street": ("fake street", "streets of partners"),
    "identifier": ("fake identifier", "numbers that tell who somebody is"),
    "login": ("fake login", "logins"),
    "url": ("fake url", "addresses on the web"),
}
_SHAPES = {"email": _EMAIL, "emails": _HEADER, "vat": _VAT, "url": _URL}
#: Kinds that are told by the originals of other columns.
_BY_ORIGINALS = ("name", "email", "phone", "vat", "account", "identifier", "street", "login")

_CREDENTIALS = (
    r"passw(or)?d|passphrase|pwd|secret|token|credentials?|t?otp|(api|access|private|client|signing|auth)_?key"
)
_NAMES: t.Sequence[tuple[str, str]] = (
    (r"e?_?mails?_(cc|to|from)|reply_to|(cc|to|from)_e?_?mails?", "fake emails"),
    (r"e_?mails?|correo", "fake email"),
    (r"(tele)?phone|mobile|cell|fax|whatsapp|telefono|celular|phones", "fake phone"),
    (r"iban|acc(ount)?_(number|no)|bank_account|clabe", "fake account"),
    (r"vat|tax_?(id|number)|rut|cuit|cuil|nif|cif|rfc|cnpj|cpf|ruc|tin|gstin", "fake vat"),
    (r"zip|postal_?code|postcode", "fake zip"),
    (r"city|town|comuna|ciudad", "fake city"),
    (r"street\d?|address\d?|direccion", "fake street"),
    (r"website|url|link(edin)?", "fake url"),
    (r"filename|file_name|fname", "fake filename"),
    (
        r"(first|last|middle|full|given|family|sur|nick|user|legal|holder|cardholder|owner|author|spouse|signer)_?name",
        "fake name",
    ),
    (r"(partner|contact|customer|client|company|sponsor|employee|patient|student)_?name", "fake name"),
    (r"signed_by|emergency_contact|nickname|nombre|apellidos?", "fake name"),
    (r"passport|ssn|national_id|identification|visa_no|permit_no|registry|curp|dni", "fake identifier"),
    (r"licen[cs]e_?(no|number|plate)|plate|vin|badge|barcode|card_(no|number)", "fake identifier"),
    (r"login", "fake login"),
    (r"(merchant|client|terminal|app|customer|subscriber)_(id|ref|identifier|code)", "null account at a service"),
    (r"ip|ip_address|mac_address|user_agent", "null address of a machine"),
)


def _in_name(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{words})(?:_|$)", re.IGNORECASE)


_CREDENTIAL = _in_name(_CREDENTIALS)
_BY_NAME = tuple((_in_name(words), rule) for words, rule in _NAMES)


def secret_name(column: str) -> bool:
    """Whether a column is named like a credential."""
    return bool(_CREDENTIAL.search(column))


def rule_by_name(column: str) -> str:
    """The rule for a column of that name; empty when it says nothing."""
    return next((rule for pattern, rule in _BY_NAME if pattern.search(column)), "")


def texts(value: str, kind: str) -> t.Iterator[str]:
    """What is said in a value: of C(json) and C(jsonb) each string, at any depth; blank ones say nothing."""
    if kind in ("json", "jsonb"):
        try:
            yield from _strings(json.loads(value))
            return
        except ValueError:
            pass
    if value.strip():
        yield value.strip()


def _strings(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def looks_like(kind: str, text: str, known: Known) -> bool:
    """Whether the whole text is of that kind, by its form or because it is an original of it."""
    if kind in _BY_ORIGINALS and known(kind, text):
        return True
    if kind == "iban":
        return iban(text)
    if kind == "phone":
        return phone(text)
    return bool(kind in _SHAPES and _SHAPES[kind].fullmatch(text))


def holds_personal(text: str, known: Known) -> bool:
    """Whether an address, a phone number, an IBAN or an original stands somewhere in the text."""
    return bool(
        _EMAIL.search(text)
        or any(phone(found[0]) for found in _PHONE.finditer(text))
        or any(iban(found[0]) for found in _IBAN.finditer(text))
        or any(known(kind, text) for kind in _BY_ORIGINALS)
    )


def phone(text: str) -> bool:
    """Whether that is written as phone numbers are, and not as dates or numbers of documents."""
    return bool(_PHONE.fullmatch(text)) and not _DATE.fullmatch(text) and 7 <= len(canonical.digits(text)) <= 15


def iban(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616, by ISO 7064 MOD 97-10)."""
    plain = canonical.compact(text)
    if not (_IBAN.fullmatch(text.strip().upper()) and plain.isascii()):
        return False
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1
