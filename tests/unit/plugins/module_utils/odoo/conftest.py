# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ipai.odoo.plugins.module_utils._odoo.state import State, Wanted

WANTED = Wanted(
    modules=("crm", "sale"),
    languages=("en_US", "de_DE"),
    parameters={"web.base.url": "https://erp.example.com", "gone": None},
    secret_parameters={"api.key": "hush"},
)


DONE = State(
    begun=True,
    initialised=True,
    modules={"base": "installed", "crm": "installed", "sale": "installed"},
    languages=frozenset({"de_DE", "en_US", "fr_FR"}),
    parameters={"web.base.url": "https://erp.example.com", "api.key": "hush", "database.uuid": "u"},
    uuid="u",
)
