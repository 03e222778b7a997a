# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders, files and addresses of the lab."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # the collection
HOME = Path(os.environ.get("IPAI_LAB_HOME") or Path.home() / ".cache" / "ipai-odoo" / "lab")
INVENTORY = ROOT / "inventories" / "demo"
RECORDS = HOME / "records"  # what earlier steps of `make test` measured
WORLD = "172.30.10.2"
WORLD_CONTAINER = "ipai-lab-world"
NETWORK = "ipai-lab"  # Docker's, of droplets, visitors and the world
DROPLET_IMAGE = os.environ.get("IPAI_LAB_IMAGE_trixie", "")  # noqa: SIM112
SINK_PORTS = (25, 465, 587, 2525, 443)  # where the world's mail servers listen
