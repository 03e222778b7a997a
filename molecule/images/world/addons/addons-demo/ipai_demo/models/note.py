# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from odoo import fields, models


class Note(models.Model):
    _name = "ipai.demo.note"
    _description = "Demo note"

    name = fields.Char(required=True)
    body = fields.Text()
