"""The generated pages: the commands from their table and parsers, the settings from their fields. Pure text.

Read from the parsers' actions and not from argparse's own help, whose layout differs between Pythons.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pyst.cli.arguments import GLOBALS, build_parser
from pyst.cli.table import COMMANDS, Command
from pyst.settings.fields import settings_table

GENERATED = "<!-- written by docs/generate.py: change the sources, not this page -->\n"


def commands_page() -> str:
    """The page `docs/commands.md`."""
    lines = [GENERATED, "# Commands", ""]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += [f"**{group}**", "", "| command | |", "| --- | --- |"]
        lines += [
            f"| [`{each.name}`](#pyst-{each.name}) | {_cell(each.summary)} |"
            for each in COMMANDS
            if each.group == group
        ]
        lines.append("")
    lines += ["Without a command, `pyst` lists the scripts.", "", *_global_options()]
    for command in COMMANDS:
        lines += _command(command)
    return "\n".join(lines).rstrip("\n") + "\n"


def settings_page(page: str) -> str:
    """`docs/settings.md` with the table of all settings between its two markers."""
    begin, end = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the page lacks the markers `{begin.strip()}` and `{end.strip()}`")
    return before + begin + "\n" + settings_table() + "\n" + end + after


def _global_options() -> Iterator[str]:
    yield from ("## Global options", "", "They stand before or after the command's name.", "")
    yield from ("| option | |", "| --- | --- |")
    for flags, keywords in GLOBALS:
        yield f"| {_flags(flags, keywords.get('metavar'), keywords.get('choices'))} | {_cell(keywords['help'])} |"
    yield "| `-h`, `--help` | show the help of pyst or of a command |"
    yield "| `-V`, `--version` | show the version of pyst |"
    yield ""


def _command(command: Command) -> Iterator[str]:
    parser, _ = build_parser(command)
    yield from (f"## pyst {command.name}", "", parser.description or command.summary, "")
    rest = " [ARGS…]" if command.takes_script_arguments else ""
    yield from ("```text", _usage(parser) + rest, "```", "")
    if command.aliases:
        yield from (f"Also {' and '.join(f'`pyst {each}`' for each in command.aliases)}.", "")
    yield from _parameters(parser)
    if parser.epilog:
        yield from (*_paragraph(parser.epilog), "")


def _parameters(parser: argparse.ArgumentParser) -> Iterator[str]:
    own = [each for each in parser._actions if not each.dest.startswith("global_") and each.help != argparse.SUPPRESS]
    own = [each for each in own if not isinstance(each, argparse._HelpAction) and "--help" not in each.option_strings]
    rows = [each for each in own if not isinstance(each, argparse._SubParsersAction)]
    if rows:
        yield from ("| argument or option | |", "| --- | --- |")
        yield from (f"| {_name(each)} | {_cell(_help(each))} |" for each in rows)
        yield ""
    for each in own:
        if isinstance(each, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in each._choices_actions}
            for name, inner in each.choices.items():
                about = inner.description or helps.get(name, "")
                yield from (f"### {inner.prog}", "", about, "", "```text", _usage(inner), "```", "")
                yield from _parameters(inner)


def _usage(parser: argparse.ArgumentParser) -> str:
    words = [parser.prog, "[OPTIONS]"]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            words.append(f"{'|'.join(action.choices)} …" if action.required else f"[{'|'.join(action.choices)} …]")
        elif not action.option_strings:
            words.append(_argument(action))
    return " ".join(words)


def _argument(action: argparse.Action) -> str:
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    if action.choices is not None and action.metavar is None:
        name = "|".join(map(str, action.choices))
    forms = {"?": f"[{name}]", "*": f"[{name}…]", "...": f"[{name}…]", "+": f"{name}…"}
    return forms.get(str(action.nargs), name)


def _name(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{_argument(action)}`".replace("|", "\\|")
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper().strip("_")
    if action.nargs == "?":
        return f"`{action.option_strings[-1]}[={metavar}]`"
    takes_value = action.nargs != 0
    return _flags(tuple(action.option_strings), metavar if takes_value else None, action.choices)


def _flags(flags: tuple[str, ...], metavar: str | None, choices: object) -> str:
    if isinstance(choices, (tuple, list)):
        metavar = "\\|".join(map(str, choices))
    *short, last = flags
    return ", ".join([*(f"`{each}`" for each in short), f"`{last} {metavar}`" if metavar else f"`{last}`"])


def _help(action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": ""} if "%" in (action.help or "") else action.help or ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _paragraph(text: str) -> Iterator[str]:
    """An epilog: running text as it is, what is indented as a block."""
    if any(line.startswith(" ") for line in text.strip().splitlines()):
        yield from ("```text", *text.strip("\n").splitlines(), "```")
    else:
        yield " ".join(text.split())
