# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the repositories of an environment hold, as its droplet sees them."""

from __future__ import annotations

from typing import Any

from lab.droplets import Droplet

LIST = """
import json, sys
sys.path.insert(0, "/opt/ipai-odoo/lib")
from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs, settings
found = pairs.catalogue(settings.load(sys.argv[1]))
print(json.dumps({one.id: {**one.manifest, "places": sorted(one.places)} for one in found.backups}))
"""


def backups(droplet: Droplet, environment: str = "erp") -> dict[str, dict[str, Any]]:
    """The manifest of each backup by its id, the oldest first, with the repositories that have it (`places`)."""
    found: dict[str, dict[str, Any]] = droplet.python(LIST, environment)
    return found
