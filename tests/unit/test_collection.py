# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection promises as a whole: metadata that agree with each other and with the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
TOOLS = Path(sys.executable).parent
# Formats that hold no comment, texts of others, and what antsibull-changelog writes.
WITHOUT_HEADER = {".csv", ".json", ".png", ".svg", ".ico", ".pem"}
#: What programs have really said, word for word.
CORPUS = ROOT / "tests" / "unit" / "plugins" / "module_utils" / "backup" / "corpus"
GENERATED = {"LICENSE", "CHANGELOG.rst", "changelogs/changelog.yaml"}


def load(name: str) -> Any:
    """Content of a YAML file of the collection."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def docs() -> dict[str, Any]:
    """What ansible-doc says about each module, fragments included, by its short name."""
    command = [str(TOOLS / "ansible-doc"), "--json", "--type", "module", *(f"ipai.odoo.{name}" for name in MODULES)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {name.rpartition(".")[2]: doc for name, doc in json.loads(done.stdout).items()}


def test_action_group_lists_the_modules() -> None:
    assert load("meta/runtime.yml")["action_groups"] == {"odoo": MODULES}


def test_the_same_collections_are_needed_everywhere() -> None:
    wanted = load("galaxy.yml")["dependencies"]
    assert {one["name"]: one["version"] for one in load("requirements.yml")["collections"]} == wanted


def test_collections_that_are_used_are_declared(collection_files: list[Path]) -> None:
    declared = {"ansible.builtin", "ipai.odoo", *load("galaxy.yml")["dependencies"]}
    used = re.compile(r"^\s*(?:- )?((?:ansible|community)\.[a-z]+)\.[a-z_0-9]+:", re.MULTILINE)
    for path in collection_files:
        if path.suffix == ".yml" and path.relative_to(ROOT).parts[0] in {"roles", "playbooks"}:
            assert set(used.findall(path.read_text(encoding="utf-8"))) <= declared, path


def test_version_has_a_changelog() -> None:
    assert load("galaxy.yml")["version"] in load("changelogs/changelog.yaml")["releases"]


def test_changelog_names_every_module() -> None:
    releases = load("changelogs/changelog.yaml")["releases"].values()
    named = sorted(module["name"] for release in releases for module in release.get("modules", []))
    update = "antsibull-changelog release --update-existing --refresh --reload-plugins"
    assert named == MODULES, f"run: {update}"


def test_it_builds_without_the_workshop(tmp_path: Path) -> None:
    command = [str(TOOLS / "ansible-galaxy"), "collection", "build", "--output-path", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.PIPE)
    (archive,) = tmp_path.glob("ipai-odoo-*.tar.gz")
    with tarfile.open(archive) as opened:
        names = set(opened.getnames())
    assert {"MANIFEST.json", "LICENSE", "README.md", "meta/runtime.yml"} <= names
    assert {f"plugins/modules/{name}.py" for name in MODULES} <= names
    unwanted = re.compile(r"^(molecule|\.ci|\.config|\.github|\.git)(/|$)|__pycache__|\.pyc$")
    assert [name for name in sorted(names) if unwanted.search(name)] == []


@pytest.mark.parametrize("name", MODULES)
def test_module_declares_its_attributes(name: str, docs: dict[str, Any]) -> None:
    attributes = docs[name]["doc"].get("attributes") or {}
    for attribute in ("check_mode", "diff_mode", "idempotent", "action_group"):
        assert attributes.get(attribute, {}).get("support") in {"full", "partial", "none", "N/A"}, attribute


@pytest.mark.parametrize("name", MODULES)
def test_module_documents_what_it_returns(name: str, docs: dict[str, Any]) -> None:
    def complete(values: dict[str, Any], sampled: bool = False) -> None:
        for key, value in values.items():
            assert value.get("type"), f"{key}: no type"
            assert value.get("description"), f"{key}: no description"
            # The sample of a dictionary shows its keys as well.
            assert sampled or "contains" in value or "sample" in value, f"{key}: no sample"
            complete(value.get("contains") or {}, sampled or "sample" in value)

    returned = docs[name]["return"] or {}
    for key, value in returned.items():
        assert value.get("returned"), f"{key}: says not when it is returned"
    complete(returned)


def tasks_with(action: str, node: Any) -> Iterator[dict[str, Any]]:
    """Each task that runs an action, in a list of tasks or of plays."""
    if isinstance(node, dict):
        if action in node:
            yield node
        node = list(node.values())
    for one in node if isinstance(node, list) else []:
        yield from tasks_with(action, one)


@pytest.mark.parametrize("name", MODULES)
def test_module_examples_use_options_that_exist(name: str, docs: dict[str, Any]) -> None:
    action = f"ipai.odoo.{name}"
    examples = list(tasks_with(action, yaml.safe_load(docs[name]["examples"])))
    assert examples, "no example runs the module by its full name"
    for task in examples:
        assert task.get("name"), "an example has no name"
        assert (task[action] or {}).keys() <= (docs[name]["doc"].get("options") or {}).keys()


def test_floors_are_private() -> None:
    for folder in ("module_utils", "doc_fragments"):
        public = [path.name for path in (ROOT / "plugins" / folder).glob("*.py") if not path.name.startswith("_")]
        assert public == []


def test_every_file_says_its_licence(collection_files: list[Path]) -> None:
    silent = []
    for path in collection_files:
        name = str(path.relative_to(ROOT))
        if (
            path.is_symlink()
            or path.suffix in WITHOUT_HEADER
            or name in GENERATED
            or CORPUS in path.parents
            or not path.stat().st_size
        ):
            continue
        head = path.read_text(encoding="utf-8")[:600]
        if "SPDX-License-Identifier: " not in head or "SPDX-FileCopyrightText: " not in head:
            silent.append(name)
    assert not silent, "no SPDX header: " + ", ".join(silent)


def test_no_file_knows_the_machine_it_was_written_on(collection_files: list[Path]) -> None:
    somebodys = re.compile(r"(?<![\w.}~-])/(home/(?!odoo|ops|runner)[a-z]+|Users/[A-Za-z]+|work|workspace)/")
    found = []
    for path in collection_files:
        if path.suffix not in WITHOUT_HEADER and not path.is_symlink():
            found += [
                f"{path.relative_to(ROOT)}: {match[0]}"
                for match in somebodys.finditer(path.read_text(encoding="utf-8"))
            ]
    assert not found, ", ".join(found)
