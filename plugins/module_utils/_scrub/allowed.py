# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Originals that say nothing of anybody, since every Odoo has them.

Which of the values in a database came with a module cannot be told from outside: whoever renames ``My Company`` keeps
its external id.  So this list is short, and the operator adds what the report of a run asks for.
"""

from __future__ import annotations

ALLOWED: tuple[str, ...] = (
    # Users and partners of module base (odoo/addons/base/data/res_users_data.xml, res_partner_data.xml).
    "__system__",
    "admin",
    "default",
    "portal",
    "portaltemplate",
    "public",
    "template",
    "Administrator",
    "Default User Template",
    "My Company",
    "Odoo",
    "Odoo Bot",
    "OdooBot",
    "Portal User Template",
    "Public user",
    "System",
    "Template User",
    "YourCompany",
    "odoobot@example.com",
    "admin@example.com",
    "info@yourcompany.com",
    # Bots of other modules.
    "Chat Bot",
    "Live Chat Bot",
    "Welcome Bot",
    # What stands in fields for secrets before anybody fills them in.
    "Bearer Token",
    # An address that the website's building blocks come with.
    "250 Executive Park Blvd, Suite 3400",
    "250 Executive Park Blvd, Suite",
    # Who makes Odoo, and hosts in its data.
    "Odoo S.A.",
    "Odoo SA",
    "odoo.com",
    "www.odoo.com",
    "https://www.odoo.com",
    "example.com",
    "www.example.com",
    "localhost",
    "localhost:8069",
    "facebook.com",
    "github.com",
    "gmail.com",
    "google.com",
    "hotmail.com",
    "instagram.com",
    "linkedin.com",
    "outlook.com",
    "tiktok.com",
    "twitter.com",
    "x.com",
    "yahoo.com",
    "youtube.com",
    # Words that fields of people hold as often as a name.
    "Accounting",
    "Anonymous",
    "Contact",
    "Customer",
    "Delivery",
    "Headquarters",
    "Invoicing",
    "Purchase",
    "Reception",
    "Service",
    "Support",
    "Supplier",
    "Unknown",
    "Website",
    "Website Visitor",
)
