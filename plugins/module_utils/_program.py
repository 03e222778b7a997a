# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Put a program on the droplet that is made of this collection's own Python, as a module brings it along."""

from __future__ import annotations

import os
import sys
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._tree import Wanted

PACKAGE = "ansible_collections.ipai.odoo.plugins.module_utils"
LIBRARY = "/opt/ipai-odoo/lib"
LAUNCHER = "/usr/local/sbin/ipai-odoo-backup"
#: Isolated (-I): neither the environment nor the working directory decides what is imported.
LAUNCH = """\
#!/usr/bin/python3 -I
# Managed by Ansible (ipai.odoo.backup_program).
import sys

sys.path.insert(0, {library!r})

from {package}._backup.main import main

sys.exit(main(sys.argv[1:]))
"""


def sources() -> dict[str, str]:
    """The source of each module of the collection that this process has imported, by its path in the library."""
    found = {}
    for name, module in sorted(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if name.startswith(f"{PACKAGE}.") and spec is not None and spec.submodule_search_locations is None:
            found[f"{name.replace('.', '/')}.py"] = t.cast("str", spec.loader.get_source(name))
    return found


def wanted(texts: t.Mapping[str, str], library: str = LIBRARY, launcher: str = LAUNCHER) -> list[Wanted]:
    """The files of the program; files of a former version that are no longer part of it go."""
    root = os.path.join(library, PACKAGE.replace(".", "/"))
    folders = sorted({root, *(os.path.dirname(os.path.join(library, path)) for path in texts)})
    launch = LAUNCH.format(library=library, package=PACKAGE).encode()
    return [
        *(Wanted(folder, None, mode="0755", directory=True, purge=True) for folder in folders),
        *(Wanted(os.path.join(library, path), text.encode(), mode="0644") for path, text in texts.items()),
        Wanted(launcher, launch, mode="0755"),
    ]
