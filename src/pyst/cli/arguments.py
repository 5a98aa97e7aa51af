"""The words of the command line → a command, its options, and the global ones. Pure, but for imports.

Global options may stand before and after the command's name. Only the chosen command's parser is built.
"""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

from pyst.app import GlobalOptions
from pyst.cli.table import COMMANDS, Command, find_command
from pyst.errors import ExitCode, Failure, did_you_mean


class Request(NamedTuple):
    """A parsed command line. `help` is text to print instead of running anything."""

    command: Command | None
    module: ModuleType | None
    arguments: argparse.Namespace
    options: GlobalOptions
    help: str | None = None


class UnknownCommand(Failure):
    """There is no command of this name (E_USAGE). `word` may yet be what a script is called."""

    def __init__(self, word: str, hint: str) -> None:
        super().__init__("E_USAGE", f"there is no command `{word}`", hint=hint, exit=ExitCode.USAGE)
        self.word = word


class Parser(argparse.ArgumentParser):
    """An argparse parser that raises `Failure` (`E_USAGE`) and returns its help instead of exiting.

    The value of an option that may have none (`nargs="?"`) is given by `=` alone: what follows the bare option is
    the next word, such as a script's name. A command sets `intermixed` where options may stand between its
    arguments; that takes longer.
    """

    intermixed = False

    def understand(self, words: list[str]) -> argparse.Namespace:
        """The options among `words`. Raises `Failure` (`E_USAGE`), with near misses of an option that there is not."""
        read = self.parse_known_intermixed_args if self.intermixed else self.parse_known_args
        found, unknown = read([self._with_value(each) for each in words])
        if not unknown:
            return found
        word = next((each for each in unknown if each[:1] == "-"), unknown[0])
        hint = f"see `{self.prog} --help`"
        if word[:1] != "-":
            raise Failure("E_USAGE", f"`{word}` is one word too many", hint=hint, exit=ExitCode.USAGE)
        flag = word.partition("=")[0]
        near = did_you_mean(flag, [each for each in self._option_string_actions if each[:2] == "--"])
        hint = f"{near}\n{hint}" if near else hint
        raise Failure("E_USAGE", f"unknown option `{flag}`", hint=hint, exit=ExitCode.USAGE)

    def _with_value(self, word: str) -> str:
        action = self._option_string_actions.get(word)
        return f"{word}={action.const}" if action is not None and action.nargs == "?" else word

    def error(self, message: str) -> NoReturn:
        hint = f"see `{self.prog} --help`"
        raise Failure("E_USAGE", message.replace("'", "`"), hint=hint, exit=ExitCode.USAGE)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise Failure("E_USAGE", message or "the command line can't be used", exit=ExitCode.USAGE)


class _Help(Exception):
    """`--help` was asked for."""


class _HelpAction(argparse.Action):
    def __call__(self, *_: Any) -> None:
        raise _Help


GLOBALS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--format",), {"choices": ("human", "json", "markdown"), "help": "how the answer is written"}),
    (("--context",), {"metavar": "NAME", "help": "the context whose rules hold"}),
    (("--profile",), {"metavar": "NAME", "help": "the profile whose settings hold for runs"}),
    (("--config",), {"metavar": "FILE", "help": "read this instead of the global settings file"}),
    (("--cwd",), {"metavar": "DIR", "help": "where scripts start: project, script, current, or a folder"}),
    (("--uv-flags",), {"metavar": "FLAGS", "help": "flags handed to uv, as one word"}),
    (("--offline",), {"action": "store_true", "help": "use no network but that of this machine"}),
    (("--no-cache",), {"action": "store_true", "help": "neither read nor write cached interfaces and plans"}),
    (("--color",), {"choices": ("auto", "always", "never"), "help": "when to colour"}),
    (("--no-color",), {"action": "store_const", "const": "never", "dest": "color", "help": "never colour"}),
    (("-v", "--verbose"), {"action": "count", "help": "say more (twice: still more)"}),
    (("-q", "--quiet"), {"action": "store_true", "help": "say nothing but errors"}),
    (("--events",), {"metavar": "FILE", "help": "stream events as JSON Lines to FILE (`-`: standard error)"}),
    (("-y", "--yes"), {"action": "store_true", "help": "answer every question with yes"}),
    (("--debug",), {"action": "store_true", "help": "show the traceback of an internal error"}),
)


def add_globals(parser: argparse.ArgumentParser) -> None:
    """Give the parser the options that every command takes."""
    group = parser.add_argument_group("global options")
    for flags, keywords in GLOBALS:
        if not parser._option_string_actions.keys().isdisjoint(flags):
            continue  # the command has a wider form of its own (`lock --format pylock`)
        given = {"default": argparse.SUPPRESS, **keywords}
        given["dest"] = "global_" + keywords.get("dest", flags[-1].lstrip("-").replace("-", "_"))
        group.add_argument(*flags, **given)
    group.add_argument("-h", "--help", action=_HelpAction, nargs=0, help="show this help")


def build_parser(command: Command) -> tuple[Parser, ModuleType]:
    """The parser of one command, and its module: the only one that is imported."""
    module = importlib.import_module(f"pyst.commands.{command.module}")
    parser = Parser(
        prog=f"pyst {command.name}",
        usage=f"pyst {command.name} [options] SCRIPT [ARGS…]" if command.takes_script_arguments else None,
        description=getattr(module, "DESCRIPTION", command.summary),
        epilog=getattr(module, "EPILOG", None),
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.options(parser)
    add_globals(parser)
    return parser, module


def parse(words: list[str]) -> Request:
    """Understand the command line. Raises `Failure` (`E_USAGE`, exit 64) where that can't be done."""
    before, name, after = split_globals(words)
    if name is None and not {"-h", "--help", "-V", "--version"}.intersection(before):
        before, name, after = [], "list", before  # `pyst --all` means `pyst list --all`
    early = Parser(prog="pyst", add_help=False, allow_abbrev=False)
    add_globals(early)
    early.add_argument("-V", "--version", action="store_true", default=False)
    try:
        given = early.understand(before)
    except _Help:
        return Request(None, None, argparse.Namespace(), GlobalOptions(), overview())
    if given.version:
        from pyst import __version__

        return Request(None, None, given, GlobalOptions(), f"pyst {__version__}\n")
    if name == "help":
        if not after:
            return Request(None, None, given, GlobalOptions(), overview())
        name, after = after[0], ["--help"]
    command = find_command(name or "list")
    if command is None:
        hint = did_you_mean(name or "", [each.name for each in COMMANDS])
        hint = hint or "`pyst run NAME` runs a script; `pyst --help` lists the commands"
        raise UnknownCommand(name or "", hint)
    parser, module = build_parser(command)
    rest: list[str] = []
    if command.takes_script_arguments:
        after, rest = split_script(parser, after)
    try:
        arguments = parser.understand(after)
    except _Help:
        return Request(command, module, argparse.Namespace(), GlobalOptions(), parser.format_help())
    merged = {**_said(given), **_said(arguments)}
    merged["verbose"] = _said(given).get("verbose", 0) + _said(arguments).get("verbose", 0)
    if command.takes_script_arguments:
        arguments.script_arguments = rest
    return Request(command, module, arguments, _options(merged))


def named_command(words: list[str]) -> str | None:
    """The name of the command that `words` are for, as far as can be told of words that can't be parsed."""
    _, name, after = split_globals(words)
    if name == "help" and after:
        name = after[0]
    command = find_command(name or "")
    return command.name if command else None


def split_globals(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """The words before the command's name, the name (None: there is none), and the words after it."""
    takes_value = {flag for flags, keywords in GLOBALS if "action" not in keywords for flag in flags}
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in takes_value else 1
    return words[:at], (words[at] if at < len(words) else None), words[at + 1 :]


def split_script(parser: argparse.ArgumentParser, words: list[str]) -> tuple[list[str], list[str]]:
    """Cut after the script's name: what follows is the script's, byte for byte, but for one leading `--`."""
    at = 0
    while at < len(words):
        word = words[at]
        action = parser._option_string_actions.get(word.partition("=")[0] if word[:2] == "--" else word[:2])
        if word == "--":
            at += 2
            break
        if action is None and (not word.startswith("-") or word == "-"):
            at += 1
            break
        has_value = "=" in word if word[:2] == "--" else len(word) > 2
        at += 1 if action is None or action.nargs in (0, "?") or has_value else 2
        if action is not None and action.dest in ("code", "base64"):
            break  # the code stands where a script's name would
    rest = words[at:]
    return words[:at], rest[1:] if rest[:1] == ["--"] else rest


def _said(given: argparse.Namespace) -> dict[str, Any]:
    return {key[len("global_") :]: value for key, value in vars(given).items() if key.startswith("global_")}


def _options(said: dict[str, Any]) -> GlobalOptions:
    flags = said.get("uv_flags", "")
    if flags:
        import shlex

        try:
            flags = shlex.split(flags)
        except ValueError as error:
            message = f"`--uv-flags` can't be split into words: {error}"
            raise Failure("E_USAGE", message, exit=ExitCode.USAGE) from error
    return GlobalOptions(
        format=said.get("format", "human"),
        context=said.get("context"),
        profile=said.get("profile"),
        config=said.get("config"),
        cwd=said.get("cwd"),
        uv_flags=tuple(flags),
        offline=said.get("offline", False),
        no_cache=said.get("no_cache", False),
        color=said.get("color", "auto"),
        verbosity=-1 if said.get("quiet") else said["verbose"],
        events=said.get("events"),
        yes=said.get("yes", False),
        debug=said.get("debug", False),
    )


def wants_json(words: list[str]) -> bool:
    """Whether JSON was asked for, told even of a command line that can't be parsed."""
    for at, word in enumerate(words):
        if word == "--format=json" or (word == "--format" and words[at + 1 : at + 2] == ["json"]):
            return True
        if word in ("--", "-c"):
            return False
        if word == "--json" and split_globals(words)[1] == "info":
            return True
    return False


def overview() -> str:
    """The help of pyst as a whole."""
    lines = ["usage: pyst [global options] COMMAND …", ""]
    lines += ["pyst turns any Python file into a dependable command. Without a command it lists the scripts."]
    width = max(len(each.name) for each in COMMANDS)
    for group in dict.fromkeys(each.group for each in COMMANDS):
        lines += ["", f"{group}:"]
        lines += [f"  {each.name:<{width}}  {each.summary}" for each in COMMANDS if each.group == group]
    lines += ["", "`pyst COMMAND --help` tells the rest. Global options stand before or after the command:"]
    for flags, keywords in GLOBALS:
        shown = ", ".join(flags) + (f" {keywords['metavar']}" if "metavar" in keywords else "")
        if "choices" in keywords:
            shown += " " + "|".join(keywords["choices"])
        lines.append(f"  {shown:<34} {keywords['help']}")
    lines.append(f"  {'-V, --version':<34} show the version of pyst")
    return "\n".join(lines) + "\n"
