"""The facts of this machine (`machine.describe_machine`) as a person reads them, and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyst.commands.support.machine_shells import SHELLS
from pyst.commands.support.markdown import code, markdown_table, plain
from pyst.system.terminal import Cell, Line, Span, View, table


def machine_lines(detail: dict[str, Any], view: View) -> Iterable[Line]:
    """The parts that are there, each under its head."""
    whole = view._replace(is_terminal=False)  # a path that is cut is of no use
    lines: list[Line] = []
    if system := detail["system"]:
        lines += table([(Span(name, "dim"), value) for name, value in _rows(system)], whole)
        lines += _part("Interpreters", [(each["version"], each["path"]) for each in system["interpreters"]], whole)
    if paths := detail["paths"]:
        rows: list[list[Cell]] = [
            [Span(each["name"], "dim"), Span(each["path"], "" if each["exists"] else "dim")]
            for each in paths["folders"]
        ]
        lines += _part("Folders and files", rows, whole)
        lines += _path_lines(paths)
        if view.is_terminal:
            lines += ["", Span("Dim paths do not exist yet.", "dim")]
    if detail["commands"] is not None:
        rows2 = [(each["name"], each["path"], each["version"] or "") for each in detail["commands"]]
        lines += _part("Commands", rows2, whole)
    if env := detail["env"]:
        more = f" … and {env['omitted']} more" if env["omitted"] else ""
        lines += ["", Span("Names of variables", "head"), ["  ", " ".join(env["names"]) + more]]
    if detail["syntax"] is not None:
        shell = _shell_of(detail)
        rows3 = [(each["topic"], _one_line(each[shell])) for each in detail["syntax"]]
        lines += _part(f"Syntax of {shell}", rows3, whole)
        lines.append(["  ", Span("`--format markdown` and `--json` have all five shells.", "dim")])
    while lines and lines[0] == "":
        del lines[0]
    return lines


def _path_lines(paths: dict[str, Any]) -> list[Line]:
    """Whether the shell finds the shims, and how it would."""
    if paths["bin_on_path"]:
        return [["  ", Span("The folder of the shims is on PATH.", "dim")]]
    if paths["bin_line"] is None:
        return [["  ", Span("The folder of the shims is not on PATH, and its name can't be put there.", "warn")]]
    place = f" in {paths['bin_line_file']}" if paths["bin_line_file"] else ""
    head = Span(f"The folder of the shims is not on PATH; this line{place} puts it there:", "warn")
    return [["  ", head], ["    ", Span(paths["bin_line"], "code")]]


def _part(title: str, rows: Iterable[Any], view: View) -> list[Line]:
    return ["", Span(title, "head"), *table([list(each) for each in rows], view, indent=2)]


def _shell_of(detail: dict[str, Any]) -> str:
    """The shell whose syntax is of use: the running one, else that of the login, else bash."""
    shell = (detail["system"] or {}).get("shell") or {}
    known = [each for each in (shell.get("running"), shell.get("login")) if each in SHELLS]
    return known[0] if known else "bash"


def _one_line(text: str) -> str:
    return text.replace("\n", " ⏎ ")


def _rows(system: dict[str, Any]) -> list[tuple[str, str]]:
    project, shell = system["project"], system["shell"]
    trusted = "trusted" if project["trusted"] else "not trusted"
    memory = system["memory_bytes"]
    described = [system["distribution"], f"{system['name']} {system['release']} {system['machine']}"]
    described += [f"in {system['container']}"] if system["container"] else []
    counted = f"{system['processors']} processor{'s' if system['processors'] != 1 else ''}"
    login = f" (at login {shell['login']})" if shell["login"] and shell["login"] != shell["running"] else ""
    return [
        ("pyst", f"{system['pyst']['version']}  {system['pyst']['path']}"),
        ("python", f"{system['python']['version']}  {system['python']['path']}"),
        ("uv", system["uv"] or "not found"),
        ("system", ", ".join(filter(None, described))),
        ("machine", counted + (f", {memory / (1 << 30):.1f} GiB of memory" if memory else "")),
        ("shell", (shell["running"] or "not known") + login),
        ("project", f"{project['root']}  (found by {project['marker']}, {trusted})"),
    ]


def machine_markdown(detail: dict[str, Any]) -> str:
    """The parts that are there, as one page."""
    out = ["# This machine\n"]
    if system := detail["system"]:
        out.append(markdown_table(("What", "Value"), [(plain(name), code(value)) for name, value in _rows(system)]))
        rows = [(code(each["version"]), code(each["path"]), plain(each["source"])) for each in system["interpreters"]]
        out.append("## Interpreters\n\n" + markdown_table(("Version", "Path", "Found by"), rows))
    if paths := detail["paths"]:
        rows = [
            (plain(each["name"]), code(each["path"]), "yes" if each["exists"] else "no") for each in paths["folders"]
        ]
        out.append("## Folders and files\n\n" + markdown_table(("What", "Path", "Exists"), rows))
        out.append(f"The folder of the shims is {'' if paths['bin_on_path'] else 'not '}on PATH.\n")
        if not paths["bin_on_path"] and paths["bin_line"]:
            place = f" in {code(paths['bin_line_file'])}" if paths["bin_line_file"] else ""
            out.append(f"This line{place} puts it there: {code(paths['bin_line'])}\n")
    if detail["commands"] is not None:
        rows = [
            (code(each["name"]), code(each["path"]), code(each["version"]) if each["version"] else "")
            for each in detail["commands"]
        ]
        out.append("## Commands\n\n" + markdown_table(("Name", "Path", "Version"), rows))
    if env := detail["env"]:
        more = f" … and {env['omitted']} more" if env["omitted"] else ""
        out.append(f"## Names of variables\n\n{' '.join(map(code, env['names']))}{more}\n")
    if detail["syntax"] is not None:
        rows5 = [(plain(each["topic"]), *(_cell(each[shell]) for shell in SHELLS)) for each in detail["syntax"]]
        out.append("## Shell syntax\n\n" + markdown_table(("To say", *SHELLS), rows5))
    return "\n".join(out)


def _cell(text: str) -> str:
    return code(_one_line(text)) if text else ""
