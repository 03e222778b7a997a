# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Rows of ir_attachment, and the files that they name.

What Odoo itself has made or everybody sees is kept: bundles of the web client, pictures of products and payment
methods, of themes and of the public website.  Everything else becomes a placeholder of its type.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import copy_text, placeholders
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.catalog import Table
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rules import Rule

TABLE = "ir_attachment"
#: Models whose pictures show things and brands, and no persons.
MODELS = frozenset(
    (
        "gamification.badge",
        "gamification.karma.rank",
        "ir.module.module",
        "ir.ui.menu",
        "lunch.product",
        "payment.method",
        "payment.provider",
        "pos.category",
        "product.category",
        "product.image",
        "product.product",
        "product.public.category",
        "product.ribbon",
        "product.template",
        "res.country",
        "res.lang",
    )
)
#: Addresses that Odoo gives to files of its own.
ADDRESSES = ("/web/assets/", "/web/static/", "/_custom/web.assets")
#: What of the public website is kept: everybody has seen it.
PUBLIC = ("image/", "text/css", "text/javascript", "application/javascript", "font/")

#: Bytes of the files that may be kept, at most.
SIZE = """
    SELECT coalesce(sum(file_size), 0) AS bytes FROM ir_attachment
    WHERE url LIKE '/\\_custom/%' OR url LIKE '/web/%' OR res_field IS NOT NULL OR res_model = 'ir.ui.view'
"""

#: Columns that say what the content is.
CONTENT = ("store_fname", "db_datas", "checksum", "file_size")
RULES: t.Mapping[str, Rule] = {
    "name": Rule("fake", "filename"),
    "url": Rule("fake", "url"),
    "description": Rule("null", "typed"),
    "index_content": Rule("null", "words of the content"),
    **{name: Rule("placeholder", "content") for name in CONTENT},
}


def decide(row: t.Mapping[str, str | None], column: str) -> Rule | None:
    """What is done with a column; ``None``: it is kept."""
    if keeps(row):
        return Rule("sweep", "name of a file that is kept") if column == "name" else None
    if column == "name" and row.get("res_field"):
        # Then it is the field's.
        return None
    return RULES.get(column, Rule("replace", "text"))


def keeps(row: t.Mapping[str, str | None]) -> bool:
    """Whether the content of an attachment stays."""
    model, mimetype = row.get("res_model") or "", row.get("mimetype") or ""
    if (row.get("url") or "").startswith(ADDRESSES):
        return True
    if model == "ir.ui.view":
        return row.get("public") == "t" and mimetype.startswith(PUBLIC)
    return bool(row.get("res_field")) and (model in MODELS or model.startswith("theme."))


class Files:
    """The files that rows name.

    :ivar named: name in the filestore → its type; an empty one stands for the file of the source.
    :ivar replaced: names of files that placeholders stand for; what another row keeps is not gone.
    """

    def __init__(self) -> None:
        self.named: dict[str, str] = {}
        self.replaced: set[str] = set()

    def hook(self, table: Table) -> t.Callable[[t.Mapping[str, str | None], list[bytes]], None]:
        """What is done with the content of each row."""
        places = {name: table.place(name) for name in CONTENT if table.place(name) >= 0}

        def change(row: t.Mapping[str, str | None], fields: list[bytes]) -> None:
            stored = row.get("store_fname")
            if keeps(row):
                if stored:
                    self.named[stored] = ""
                return
            if not stored and not row.get("db_datas"):
                return
            mimetype = row.get("mimetype") or "text/plain"
            content = placeholders.of(mimetype)
            # Odoo names files by this (odoo/addons/base/models/ir_attachment.py, _compute_checksum).
            checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            name = f"{checksum[:2]}/{checksum}"
            values = {"checksum": checksum, "file_size": str(len(content))}
            if stored:
                values["store_fname"] = name
                self.replaced.add(stored)
                self.named[name] = mimetype
            if row.get("db_datas"):
                values["db_datas"] = "\\x" + content.hex()
            for column, value in values.items():
                if column in places:
                    fields[places[column]] = copy_text.write(value)

        return change


def lay_out(named: t.Mapping[str, str], source: str, target: str) -> tuple[int, int]:
    """Make the filestore ``target`` of what rows name; the number of files and their bytes.

    Files are copied, not linked: who can write here must not write into the source.

    :raises OSError: it cannot be written.
    """
    count = size = 0
    for name, mimetype in named.items():
        if os.path.isabs(name) or ".." in name.split("/"):
            continue
        path = os.path.join(target, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if mimetype:
            with open(path, "wb") as stream:
                stream.write(placeholders.of(mimetype))
        else:
            try:
                shutil.copyfile(os.path.join(source, name), path)
            except FileNotFoundError:
                # It was missing there already.
                continue
        count += 1
        size += os.path.getsize(path)
    return count, size
