# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.ipai.odoo.plugins.module_utils._preflight import inventory


def test_defaults_of_stages_are_those_of_the_role(root: Path) -> None:
    stages = yaml.safe_load((root / "roles/odoo/vars/main/stages.yml").read_text(encoding="utf-8"))["__odoo_stages"]
    assert tuple(stages) == inventory.STAGES
    for variable, defaults in inventory.STAGE_DEFAULTS.items():
        assert {stage: values[variable.removeprefix("odoo_")] for stage, values in stages.items()} == defaults
