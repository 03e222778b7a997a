# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Commands of the program that concern the archive of a database server."""

from __future__ import annotations

import typing as t

COMMANDS: dict[str, t.Callable[[str, t.Sequence[str]], None]] = {}
