# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that people have: a plain dump, line by line, patterns, and a value of Faker for each match.

pg_dump source | python regex.py | psql target
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from faker import Faker

fake = Faker()
RULES: list[tuple[re.Pattern[str], Callable[[], str]]] = [
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), fake.email),
    (re.compile(r"\+\d{1,3}[ -]?\d{1,4}(?:[ -]?\d{2,4}){2,3}\b"), fake.phone_number),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?\d{4}){4,6}(?: ?\d{1,3})?\b"), fake.iban),
    (re.compile(r"\b\d{7,8}-[\dkK]\b"), fake.ssn),
]

for line in sys.stdin:
    for pattern, make in RULES:
        line = pattern.sub(lambda _match, make=make: make(), line)  # noqa: PLW2901
    sys.stdout.write(line)
