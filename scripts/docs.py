# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/roles and docs/modules from what the roles and plugins say about themselves.

``docs.py`` writes, ``docs.py --check`` names the pages that are stale and writes nothing.
Roles speak through meta/argument_specs.yml, plugins through ansible-doc; Ansible's semantic markup is
translated by antsibull-docs-parser, and markup that cannot be parsed is an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import tree
import yaml
from antsibull_docs_parser import dom
from antsibull_docs_parser.md import to_md
from antsibull_docs_parser.parser import Context, parse

ROOT = tree.CHECKOUT
COLLECTION = "ipai.odoo"
HEADER = """<!--
SPDX-FileCopyrightText: 2026 ipai.odoo contributors
SPDX-License-Identifier: GPL-3.0-or-later
Written by `make docs` from {source}: change that file, then run it again.
-->
"""
PLUGIN_TYPES = ("module", "filter", "lookup", "callback")


def code(part: dom.AnyPart) -> str:
    """What stands between backticks for a part that names or shows something, else nothing."""
    if isinstance(part, (dom.OptionNamePart, dom.ReturnValuePart)):
        return part.name if part.value is None else f"{part.name}={part.value}"
    if isinstance(part, dom.CodePart):
        return part.text
    if isinstance(part, dom.OptionValuePart):
        return part.value
    if isinstance(part, dom.EnvVariablePart):
        return part.name
    if isinstance(part, dom.ModulePart):
        return part.fqcn
    return part.plugin.fqcn if isinstance(part, dom.PluginPart) else ""


def markup(text: str) -> str:
    """Ansible's markup as Markdown; plain words stay as they are, so that the page reads well unrendered."""
    rendered = []
    (paragraph,) = parse([str(text)], Context(), errors="exception")
    for part in paragraph:
        if isinstance(part, dom.TextPart):
            rendered.append(part.text)
        else:
            rendered.append(f"`{code(part)}`" if code(part) else to_md([[part]]).strip())
    return "".join(rendered)


def paragraphs(text: str | list[str] | None) -> list[str]:
    """A description, which Ansible allows to be one string or a list, as Markdown paragraphs."""
    return [markup(one).strip() for one in ([text] if isinstance(text, str) else text or [])]


def cell(text: str) -> str:
    """Text that stays inside one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ").strip()


def default(option: dict[str, Any]) -> str:
    """What an option is when nobody sets it."""
    if option.get("required"):
        return "**required**"
    if option.get("default") is None:
        return ""
    value = option["default"]
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"


def kind(option: dict[str, Any]) -> str:
    """Type of an option with that of its elements."""
    name = option.get("type", "str")
    return f"{name} of {option['elements']}" if option.get("elements") else str(name)


def rows(options: dict[str, Any], prefix: str = "") -> list[str]:
    """One row of the table for each option, each suboption below its own."""
    lines = []
    for name, option in options.items():
        text = " ".join(paragraphs(option.get("description")))
        choices = option.get("choices")
        if choices:
            text += " One of " + ", ".join(f"`{choice}`" for choice in choices) + "."
        lines.append(f"| `{prefix}{name}` | {kind(option)} | {cell(default(option))} | {cell(text)} |")
        inner = option.get("options") or option.get("suboptions") or {}
        lines += rows(inner, f"{prefix}{name}{'[]' if option.get('type') == 'list' else ''}.")
    return lines


def table(options: dict[str, Any]) -> list[str]:
    """The options as a Markdown table, the required ones first."""
    if not options:
        return ["It takes no variables.", ""]
    ordered = dict(sorted(options.items(), key=lambda item: not item[1].get("required")))
    return ["| Name | Type | Default | Meaning |", "|---|---|---|---|", *rows(ordered), ""]


def sentence(text: str) -> str:
    """A short description, which may or may not end in a full stop, with one."""
    return markup(text).strip().removesuffix(".") + "."


def tags(node: Any) -> set[str]:
    """All tags in a file of tasks, blocks included."""
    if isinstance(node, list):
        return set().union(*(tags(one) for one in node))
    if not isinstance(node, dict):
        return set()
    own = node.get("tags") or []
    found = {own} if isinstance(own, str) else set(own)
    return found.union(*(tags(value) for key, value in node.items() if key in {"block", "rescue", "always"}))


def role_tags(name: str) -> list[str]:
    """The tags by which parts of a role can be run alone."""
    files = sorted((ROOT / "roles" / name / "tasks").glob("**/*.yml"))
    found = set().union(*(tags(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in files))
    return sorted(found - {"always", "never"})


def role_page(name: str, specs: dict[str, Any]) -> str:
    """The page of one role: a section for each entry point."""
    lines = [HEADER.format(source=f"roles/{name}/meta/argument_specs.yml"), f"# Role `{COLLECTION}.{name}`", ""]
    for entry, spec in specs.items():
        lines += ["" if entry == "main" else f"## Entry point `{entry}`\n"]
        lines += [f"{sentence(spec.get('short_description', ''))}\n"]
        lines += [f"{paragraph}\n" for paragraph in paragraphs(spec.get("description"))]
        for attribute, value in (spec.get("attributes") or {}).items():
            details = " ".join([str(value.get("support", "")), *paragraphs(value.get("details"))])
            lines += [f"- **{attribute}**: {details}"]
        lines += ["", *table(spec.get("options") or {})]
    if role_tags(name):
        lines += ["## Tags", "", ", ".join(f"`{tag}`" for tag in role_tags(name))]
    return tidy(lines)


def returned(values: dict[str, Any], depth: int = 0) -> list[str]:
    """What a module returns, as a nested list."""
    lines = []
    for name, value in values.items():
        text = " ".join(paragraphs(value.get("description")))
        when = f", returned {markup(value['returned'])}" if value.get("returned") else ""
        sample = f" For example `{json.dumps(value['sample'])}`." if "sample" in value else ""
        lines.append(f"{'  ' * depth}- `{name}` ({kind(value)}{when}): {text}{sample}")
        lines += returned(value.get("contains") or {}, depth + 1)
    return lines


def plugin_page(plugin_type: str, name: str, plugin: dict[str, Any]) -> str:
    """The page of one module or other plugin."""
    doc = plugin["doc"]
    source = f"plugins/{'modules' if plugin_type == 'module' else plugin_type}"
    title = plugin_type.capitalize()
    lines = [HEADER.format(source=source), f"# {title} `{name}`", "", sentence(doc["short_description"]), ""]
    lines += [f"{paragraph}\n" for paragraph in paragraphs(doc.get("description"))]
    if doc.get("requirements"):
        lines += ["Needs: " + "; ".join(paragraphs(doc["requirements"])) + ".", ""]
    if doc.get("options"):
        lines += ["## Options", "", *table(doc["options"])]
    if doc.get("attributes"):
        lines += ["## Attributes", ""]
        for attribute, value in doc["attributes"].items():
            about = " ".join([*paragraphs(value.get("description")), *paragraphs(value.get("details"))])
            lines += [f"- **{attribute}**: {value.get('support', '')}. {about}"]
        lines += [""]
    for note in doc.get("notes") or []:
        lines += [f"> {markup(note)}", ""]
    if plugin.get("examples"):
        lines += ["## Examples", "", "```yaml", plugin["examples"].strip("\n"), "```", ""]
    if plugin.get("return"):
        lines += ["## Returns", "", *returned(plugin["return"]), ""]
    return tidy(lines)


def tidy(lines: list[str]) -> str:
    """Lines as a text without repeated empty lines and with one newline at its end."""
    text = "\n".join(lines)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip("\n") + "\n"


def index(title: str, source: str, entries: dict[str, str]) -> str:
    """The list of the pages of one folder."""
    lines = [HEADER.format(source=source), f"# {title}", ""]
    lines += [f"- [{name}]({name}.md): {text}" for name, text in entries.items()]
    return tidy(lines)


def role_pages() -> dict[str, str]:
    """Pages of all roles by their path below docs."""
    pages, entries = {}, {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        name = path.parent.parent.name
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        pages[f"roles/{name}.md"] = role_page(name, specs)
        entries[name] = sentence(specs.get("main", {}).get("short_description", ""))
    pages["roles/README.md"] = index("Roles", "roles/*/meta/argument_specs.yml", entries)
    return pages


def plugin_docs(plugin_type: str, names: list[str]) -> dict[str, Any]:
    """What ansible-doc knows of these plugins."""
    env = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(tree.linked()))
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--json", "--type", plugin_type, *names]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    docs: dict[str, Any] = json.loads(done.stdout)
    return docs


def plugin_pages() -> dict[str, str]:
    """Pages of all documented plugins by their path below docs."""
    pages, entries = {}, {}
    for plugin_type in PLUGIN_TYPES:
        folder = "modules" if plugin_type == "module" else plugin_type
        files = sorted((ROOT / "plugins" / folder).glob("*.py"))
        names = [f"{COLLECTION}.{path.stem}" for path in files if not path.stem.startswith("_")]
        for name, plugin in (plugin_docs(plugin_type, names) if names else {}).items():
            short = name.removeprefix(f"{COLLECTION}.")
            pages[f"modules/{short}.md"] = plugin_page(plugin_type, name, plugin)
            entries[short] = sentence(plugin["doc"]["short_description"])
    pages["modules/README.md"] = index("Modules and other plugins", "plugins/", entries)
    return pages


def main(argv: list[str]) -> int:
    """Write the pages, or compare them."""
    pages = {**role_pages(), **plugin_pages()}
    docs = ROOT / "docs"
    present = {str(path.relative_to(docs)) for folder in ("roles", "modules") for path in docs.glob(f"{folder}/*.md")}
    stale = [name for name, text in pages.items() if name not in present or (docs / name).read_text() != text]
    gone = sorted(present - pages.keys())
    if argv == ["--check"]:
        for name in stale + gone:
            print(f"docs/{name} is stale: run `make docs` and commit the result")
        return 1 if stale or gone else 0
    for name in stale:
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(pages[name])
        print(f"wrote docs/{name}")
    for name in gone:
        (docs / name).unlink()
        print(f"removed docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
