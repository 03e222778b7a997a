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
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.rows import Function, Row

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


class Files:
    """The files that rows name.

    :param named: name in the filestore → its type; an empty one stands for the file of the source.
    """

    def __init__(self) -> None:
        self.named: dict[str, str] = {}

    def placeholder(self, mimetype: str) -> tuple[str, str, int]:
        """The name, the checksum and the size of what stands for a file of that type."""
        content = placeholders.of(mimetype)
        # Odoo names files by this (odoo/addons/base/models/ir_attachment.py, _compute_checksum).
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        name = f"{checksum[:2]}/{checksum}"
        self.named[name] = mimetype
        return name, checksum, len(content)


def row(table: Table, files: Files, filename: Function, sweep: t.Callable[[str], str], url: Function) -> Row:
    """What is done with a row.

    :param filename: makes the fake of a file's name; ``sweep`` of a name that Odoo has given.
    """
    places = {column.name: index for index, column in enumerate(table.columns)}

    def change(fields: list[bytes]) -> None:
        def get(name: str) -> str:
            return copy_text.read(fields[places[name]]) or "" if name in places else ""

        def put(name: str, value: str | None) -> None:
            if name in places:
                fields[places[name]] = copy_text.write(value)

        kept = keeps(get("res_model"), get("res_field"), get("url"), get("mimetype"), get("public") == "t")
        stored = get("store_fname")
        put("description", None)
        put("index_content", None)
        put("access_token", None)
        if kept:
            put("name", sweep(get("name")))
            if stored:
                files.named[stored] = ""
            return
        if get("url"):
            put("url", url(get("url"), ""))
        if not get("res_field"):
            put("name", filename(get("name"), ""))
        content = get("db_datas")
        if stored or content:
            name, checksum, size = files.placeholder(get("mimetype"))
            put("checksum", checksum)
            put("file_size", str(size))
            if stored:
                put("store_fname", name)
            if content:
                put("db_datas", "\\x" + placeholders.of(get("mimetype")).hex())

    return change


def keeps(model: str, field: str, url: str, mimetype: str, public: bool) -> bool:
    """Whether the content stays."""
    if url.startswith(ADDRESSES):
        return True
    if model == "ir.ui.view":
        # What was put on the website: everybody has seen it.
        return public and mimetype.startswith(("image/", "text/css", "application/javascript", "font/"))
    return bool(field) and (model in MODELS or model.startswith("theme."))


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
