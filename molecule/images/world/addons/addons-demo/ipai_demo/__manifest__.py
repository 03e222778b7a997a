# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
{
    "name": "ipai demo",
    "summary": "The smallest addon of one's own: a note, and an address that says which release answers",
    "version": "19.0.1.0.0",
    "category": "Technical",
    "author": "ipai.odoo contributors",
    "license": "GPL-3 or any later version",
    "depends": ["web"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
