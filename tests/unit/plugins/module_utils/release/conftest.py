# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import Recipe, Repository

COMMIT = "5c2b1a9d8e7f60312233445566778899aabbccdd"
TOOLS = Repository("server-tools", "/srv/odoo/erp/src/server-tools", COMMIT)
PLAIN = Recipe("erp", "19.0", "odoo:19.0", "sha256:1")
FULL = Recipe(
    "erp",
    "18.0",
    "odoo:18.0",
    "sha256:2",
    apt_packages=("libreoffice", "xmlsec1=1.2.41-1+b1", "libreoffice"),
    pip_packages=("openupgradelib==3.10.0", "foo[bar]>=1,<2"),
    certificates={"company.crt": "-----BEGIN CERTIFICATE-----\n"},
    repositories=(TOOLS, dataclasses.replace(TOOLS, name="own", modules_path="addons/18")),
)


def changed(**fields: t.Any) -> Recipe:
    return dataclasses.replace(FULL, **fields)
