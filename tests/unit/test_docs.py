# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the written pages say exists: variables, tags, links, and the table of stages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Collection-wide facts and results that look like role variables.
OTHERS = {"odoo_sizing", "postgres_sizing", "nginx_config", "nginx_htpasswd"}


def load(path: Path) -> Any:
    """Content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def variables() -> set[str]:
    """Every variable that some role's argument specs name."""
    found: set[str] = set()
    for role in ROLES:
        for spec in load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"].values():
            found.update(spec.get("options") or {})
    return found


def tags() -> set[str]:
    """Every tag that some role's tasks carry."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/tasks/*.yml"))
    return set(re.findall(rf"\b(?:{'|'.join(ROLES)})_[a-z_]+\b", text)) | set(ROLES)


def modules() -> set[str]:
    """Short names of modules and filters."""
    return {path.stem for folder in ("modules", "filter") for path in (ROOT / "plugins" / folder).glob("*.py")}


def anchor(heading: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_in_code_exist(page: Path) -> None:
    known = variables() | tags() | modules() | OTHERS
    text = page.read_text(encoding="utf-8")
    named = re.findall(rf"(?<![\w/.$-])((?:{'|'.join(ROLES)})_[a-z0-9_]+)(?![\w*/<-])", text)
    unknown = {name for name in named if name not in known and not name.endswith("_")}
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _hash, part = target.partition("#")
        path = (page.parent / name) if name else page
        assert path.exists(), target
        if part:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in {anchor(heading) for heading in headings}, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_left_to_fill_in(page: Path) -> None:
    assert re.findall(r"@[A-Z]{3,}@|TODO|FIXME|XXX", page.read_text(encoding="utf-8")) == []


def test_table_of_stages_is_that_of_the_role() -> None:
    stages = load(ROOT / "roles/odoo/vars/main/stages.yml")["__odoo_stages"]
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| `odoo_")
    ]
    words = {True: "yes", False: "no"}
    table = {row[0].removeprefix("odoo_"): row[1:6] for row in rows}
    assert table == {
        key: [words.get(stages[stage][key], str(stages[stage][key])) for stage in stages]
        for key in stages["production"]
    }
