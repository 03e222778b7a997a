# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the integration tests speak to the lab.

Everything here asks machines that run; nothing knows what a template would have said.
"""
