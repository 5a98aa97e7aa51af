"""How a draft is shown to the person who decides: Rich's syntax view, and differences. Imports Rich when it shows.

Every line is cleaned before Rich sees it: what a model wrote does not steer the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from pyst.authoring.validating import Draft
from pyst.system.terminal import View, clean


def show_code(stream: TextIO, code: str, view: View) -> None:
    """The script with numbered lines, in colour where the terminal has it."""
    _show(stream, code, "python", view, line_numbers=True)


def show_difference(stream: TextIO, difference: str, view: View) -> None:
    """A unified diff."""
    _show(stream, difference or "(the same)\n", "diff", view, line_numbers=False)


def _show(stream: TextIO, text: str, lexer: str, view: View, *, line_numbers: bool) -> None:
    lines = [clean(line).expandtabs(4) for line in text.rstrip("\n").split("\n")]
    try:
        from rich.console import Console
        from rich.syntax import Syntax
    except ImportError:  # it only makes this easier to read
        for number, line in enumerate(lines, 1):
            print(f"{number:>4} {line}" if line_numbers else line, file=stream)
        return
    plain = "\n".join(lines)
    console = Console(
        file=stream,
        width=max(view.width, 20),
        color_system="256" if view.color else None,
        no_color=not view.color,
        force_terminal=view.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    theme = "ansi_dark"
    shown = Syntax(plain, lexer, theme=theme, line_numbers=line_numbers, word_wrap=True, background_color="default")
    console.print(shown)


def facts(draft: Draft) -> list[str]:
    """What is to be known of a draft besides its code, as lines; to be cleaned by whoever prints them."""
    lines = [draft.summary]
    for each in draft.parameters:
        kind = " | ".join(map(str, each.choices)) if each.choices else each.type or "?"
        default = "" if each.required else f" = {each.default!r}"
        lines.append(f"  parameter   {each.name}: {kind}{default}" + (f"  {each.help}" if each.help else ""))
    lines += [f"  requires    {each}" for each in draft.requirements]
    lines += _packages(draft.requirements, draft.packages)
    lines += [f"  asks for    {kind:<5} {item}" for kind, items in draft.permissions.items() for item in items]
    lines += [f"  does not pass: {each}" for each in draft.problems]
    return lines


def _packages(requirements: Sequence[str], packages: Mapping[str, str]) -> list[str]:
    if not packages:
        return []
    told = ", ".join(f"{name} {version}" for name, version in packages.items())
    return [f"  brings      {told}"]
