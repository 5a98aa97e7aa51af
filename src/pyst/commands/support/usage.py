"""An interface as a person reads it: arguments, options and commands, in columns or in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.markdown import code, markdown_table, plain
from pyst.system.secrets import MASK, is_secret
from pyst.system.terminal import Cell, Line, Span, View, table

if TYPE_CHECKING:
    from pyst.scripts.script import Interface

SHORTEST_SECRET = 8
"""A shorter default is no secret, whatever its parameter is called: `--key name` sorts a table."""


def without_secrets(interface: Interface, globs: tuple[str, ...]) -> Interface:
    """The interface with the defaults of secret parameters masked. `globs` name further ones."""

    def has_secret(name: str, default: Any) -> bool:
        return isinstance(default, str) and len(default) >= SHORTEST_SECRET and is_secret(name, globs)

    return interface._replace(
        parameters=tuple(
            each._replace(default=MASK) if has_secret(each.name, each.default) else each
            for each in interface.parameters
        ),
        commands=tuple((name, without_secrets(each, globs)) for name, each in interface.commands),
    )


def interface_lines(interface: dict[str, Any], view: View) -> Iterable[Line]:
    """The parameters and commands of an interface (its JSON form), by kind."""
    for title, parameters in _by_kind(interface):
        yield ""
        yield Span(title, "head")
        yield from table([_cells(each) for each in parameters], view, indent=2)
    if interface["commands"]:
        yield ""
        yield Span("Commands", "head")
        rows: list[list[Cell]] = [[Span(name, "name"), each["summary"]] for name, each in _all_commands(interface)]
        yield from table(rows, view, indent=2)
    if interface["exit_notes"]:
        yield ""
        yield Span("Exit codes", "head")
        yield from (["  ", each] for each in interface["exit_notes"])
    if interface["unknown"]:
        yield ""
        yield Span(f"Not known without running it: {', '.join(interface['unknown'])}", "dim")


def interface_markdown(interface: dict[str, Any]) -> str:
    """The same as `interface_lines`, in Markdown."""
    out = []
    for title, parameters in _by_kind(interface):
        rows = [(code(name), plain(what), plain(notes)) for name, what, notes in map(_texts, parameters)]
        out.append(f"\n## {title}\n\n" + markdown_table(("Name", "Type", "Meaning"), rows))
    if interface["commands"]:
        rows2 = [(code(name), plain(each["summary"])) for name, each in _all_commands(interface)]
        out.append("\n## Commands\n\n" + markdown_table(("Command", "Meaning"), rows2))
    if interface["exit_notes"]:
        out.append("\n## Exit codes\n\n" + "".join(f"- {plain(each)}\n" for each in interface["exit_notes"]))
    if interface["unknown"]:
        out.append(f"\nNot known without running it: {plain(', '.join(interface['unknown']))}\n")
    return "".join(out)


def _by_kind(interface: dict[str, Any]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    for title, kind in (("Arguments", "argument"), ("Options", "option")):
        parameters = [each for each in interface["parameters"] if each["kind"] == kind]
        if parameters:
            yield title, parameters


def _all_commands(interface: dict[str, Any], before: str = "") -> Iterable[tuple[str, dict[str, Any]]]:
    """Every command with its full name, the inner ones after their group."""
    for name, each in interface["commands"].items():
        yield before + name, each
        yield from _all_commands(each, f"{before}{name} ")


def _cells(parameter: dict[str, Any]) -> list[Cell]:
    name, what, notes = _texts(parameter)
    return [Span(name, "name"), Span(what, "dim"), notes]


def _texts(parameter: dict[str, Any]) -> tuple[str, str, str]:
    """How it is written, what it takes, and what it means."""
    name = ", ".join(parameter["flags"]) or parameter["name"].upper()
    if parameter["choices"] and "choices" not in parameter["unknown"]:
        what = "|".join(map(str, parameter["choices"]))
    else:
        what = "flag" if parameter["is_flag"] else parameter["type"] or "any"
    if parameter["multiple"]:
        what += " …"
    notes = [parameter["help"] or ""]
    if parameter["required"]:
        notes.append("(required)" if parameter["kind"] == "option" else "")
    elif parameter["default"] not in (None, False, "", []) and "default" not in parameter["unknown"]:
        notes.append(f"[default: {_shown(parameter['default'])}]")
    elif parameter["kind"] == "argument":
        notes.append("(optional)")
    return name, what, " ".join(filter(None, notes))


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)
