# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every role promises: its variables are specified, its files are owned, its secrets stay secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROLES_PATH = Path(__file__).resolve().parents[2] / "roles"
ROLES = sorted(path.name for path in ROLES_PATH.iterdir()) if ROLES_PATH.is_dir() else []
TYPES = {"str", "list", "dict", "bool", "int", "float", "path", "raw", "jsonarg", "json", "bytes", "bits"}
SECRET = re.compile(r"(^|_)(passwords?|passphrase|secret|token|(api|access|private)_key)$")
FILE_MODULES = {"assemble", "blockinfile", "copy", "file", "get_url", "lineinfile", "template", "unarchive"}
INCLUDES = {"include_role", "import_role", "include_tasks", "import_tasks", "assert"}
BLOCKS = ("block", "rescue", "always")
KEYWORDS = {
    *("args", "async", "become", "become_user", "changed_when", "check_mode", "delay", "delegate_facts"),
    *("delegate_to", "diff", "environment", "failed_when", "ignore_errors", "ignore_unreachable", "listen", "loop"),
    *("loop_control", "module_defaults", "name", "no_log", "notify", "poll", "register", "retries", "run_once"),
    *("tags", "throttle", "timeout", "until", "vars", "when", "any_errors_fatal", "connection", "local_action"),
}


def load(path: Path) -> Any:
    """Content of a YAML file; None where there is no such file."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None


def specs(role: str) -> dict[str, Any]:
    """The argument specs of a role, by entry point."""
    content = load(ROLES_PATH / role / "meta" / "argument_specs.yml") or {}
    found: dict[str, Any] = content.get("argument_specs", {})
    return found


def walk(tasks: list[dict[str, Any]] | None, no_log: bool = False, tags: tuple[str, ...] = ()) -> Iterator[Any]:
    """Each task of a file with what it inherits from the blocks around it: (task, no_log, tags)."""
    for task in tasks or []:
        own = task.get("tags", [])
        inherited = (*tags, *([own] if isinstance(own, str) else own))
        hidden = bool(task.get("no_log", no_log))
        if any(part in task for part in BLOCKS):
            for part in BLOCKS:
                yield from walk(task.get(part), hidden, inherited)
        else:
            yield task, hidden, inherited


class Task(NamedTuple):
    """A task or handler, where it stands, and what it inherits from the blocks around it."""

    path: Path
    body: dict[str, Any]
    hidden: bool
    tags: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(ROLES_PATH)}: {self.body.get('name')}"


def tasks_of(role: str) -> Iterator[Task]:
    """Each task and handler of a role."""
    for folder in ("tasks", "handlers"):
        for path in sorted((ROLES_PATH / role / folder).glob("**/*.yml")):
            for task, hidden, tags in walk(load(path)):
                yield Task(path, task, hidden, tags)


def action(task: dict[str, Any]) -> tuple[str, Any]:
    """Name without its collection, and arguments, of what a task runs."""
    (name,) = (key for key in task if key not in KEYWORDS and not key.startswith("with_"))
    return name.rpartition(".")[2], task[name]


def options_below(options: dict[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each option with its path, and those nested in it."""
    for name, option in options.items():
        yield f"{prefix}{name}", option
        yield from options_below(option.get("options") or {}, f"{prefix}{name}.")


def secrets(role: str) -> set[str]:
    """The role's variables that hold a secret (a path of a file with one is none)."""
    return {name for spec in specs(role).values() for name in spec.get("options") or {} if SECRET.search(name)}


pytestmark = pytest.mark.parametrize("role", ROLES)


def test_every_entry_point_is_specified(role: str) -> None:
    entries = specs(role)
    assert "main" in entries, "meta/argument_specs.yml has no entry point 'main'"
    for entry, spec in entries.items():
        assert (ROLES_PATH / role / "tasks" / f"{entry}.yml").is_file(), f"there is no tasks/{entry}.yml"
        assert spec.get("short_description"), f"{entry}: no short_description"
        assert spec.get("description"), f"{entry}: no description"


def test_defaults_equal_specs(role: str) -> None:
    specified: dict[str, Any] = {}
    for entry, spec in specs(role).items():
        for name, option in (spec.get("options") or {}).items():
            assert not (option.get("required") and "default" in option), (
                f"{entry}: {name} is required and has a default"
            )
            if "default" in option:
                other = specified.setdefault(name, option["default"])
                assert other == option["default"], f"{name} has another default in {entry}"
    assert (load(ROLES_PATH / role / "defaults" / "main.yml") or {}) == specified


def test_every_option_is_described(role: str) -> None:
    for entry, spec in specs(role).items():
        for name, option in options_below(spec.get("options") or {}, f"{entry}: "):
            assert option.get("description"), f"{name} has no description"
            assert option.get("type") in TYPES, f"{name} has no known type"
            assert (option["type"] == "list") == ("elements" in option), f"{name}: elements belong to a list"
            for choice in [option["default"]] if option.get("choices") and "default" in option else []:
                assert choice in option["choices"] or "{{" in str(choice), f"{name}: the default is no choice"


def test_variables_carry_the_role_prefix(role: str) -> None:
    names = {name for spec in specs(role).values() for name in spec.get("options") or {}}
    assert [name for name in sorted(names) if not name.startswith(f"{role}_")] == []
    for task in tasks_of(role):
        made = [task.body["register"]] if "register" in task.body else []
        name, arguments = action(task.body)
        if name == "set_fact":
            made += [key for key in arguments if key != "cacheable"]
        allowed = (f"__{role}_", f"{role}_")
        assert [one for one in made if not one.startswith(allowed)] == [], task.where


def test_tags_carry_the_role_prefix(role: str) -> None:
    for task in tasks_of(role):
        strange = [tag for tag in task.tags if tag not in {role, "always", "never"} and not tag.startswith(f"{role}_")]
        assert strange == [], task.where


def test_handlers_carry_the_role_prefix(role: str) -> None:
    for task in tasks_of(role):
        if task.path.parent.name == "handlers":
            name = task.body["name"].lower().replace(" ", "_")
            assert name.startswith(f"{role}_"), task.where


def test_files_have_owner_group_and_quoted_mode(role: str) -> None:
    for task in tasks_of(role):
        name, arguments = action(task.body)
        if name not in FILE_MODULES or arguments.get("state") in {"absent", "link"}:
            continue
        assert {"owner", "group", "mode"} <= arguments.keys(), task.where
        mode = arguments["mode"]
        assert isinstance(mode, str), f"{task.where}: the mode is not quoted"
        assert re.fullmatch(r"0[0-7]{3,4}|.*\{\{.*\}\}.*", mode), f"{task.where}: mode {mode}"


def test_secrets_have_no_default(role: str) -> None:
    defaults = load(ROLES_PATH / role / "defaults" / "main.yml") or {}
    assert sorted(secrets(role) & defaults.keys()) == []


def test_tasks_with_secrets_do_not_log(role: str) -> None:
    names = secrets(role)
    if not names:
        return
    mentioned = re.compile(rf"\b({'|'.join(sorted(names))})\b")
    for task in tasks_of(role):
        name, arguments = action(task.body)
        given = [task.body.get("vars"), task.body.get("loop"), task.body.get("environment")]
        # The collection's own modules mask such options themselves: sanity's validate-modules sees to it.
        if not any(key.startswith("ipai.odoo.") for key in task.body):
            given.append(arguments)
        if name not in INCLUDES and mentioned.search(str(given)):
            assert task.hidden, f"{task.where} uses a secret without no_log"


def test_facts_come_from_ansible_facts(role: str) -> None:
    injected = re.compile(
        r"\bansible_(distribution|os_family|default_ipv4|hostname|fqdn|memtotal|processor|pkg_mgr|virt)"
    )
    for path in sorted((ROLES_PATH / role).glob("**/*")):
        if path.suffix in {".yml", ".j2"}:
            assert not injected.search(path.read_text(encoding="utf-8")), (
                f"{path.relative_to(ROLES_PATH)}: read ansible_facts[…] instead"
            )


def test_no_errors_are_ignored(role: str) -> None:
    for task in tasks_of(role):
        assert "ignore_errors" not in task.body, task.where
