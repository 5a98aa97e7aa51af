"""Rules about what waits for a person: prompts, debuggers, pagers."""

from __future__ import annotations

import _ast
from collections.abc import Iterator

from pyst.checking.finding import Finding, Rule
from pyst.checking.subject import Subject

PROMPT = Rule(
    "C201",
    "prompt",
    "warning",
    "A question to the person at the terminal.",
    "Without a terminal (an agent, a timer, a pipeline) it fails or waits for ever; an option can be given always.",
)
BREAKPOINT = Rule(
    "C202",
    "breakpoint",
    "error",
    "A debugger is started.",
    "It was left over from a search for a bug, and waits for a person.",
)

PROMPTS = frozenset(
    """
    input getpass.getpass click.prompt click.confirm click.pause click.getchar click.edit
    typer.prompt typer.confirm typer.pause typer.getchar typer.edit rich.prompt.Prompt.ask rich.prompt.Confirm.ask
    rich.prompt.IntPrompt.ask rich.prompt.FloatPrompt.ask questionary.text questionary.confirm questionary.select
    questionary.checkbox questionary.password questionary.path questionary.autocomplete questionary.rawselect
    inquirer.prompt InquirerPy.prompt pick.pick prompt_toolkit.prompt prompt_toolkit.shortcuts.prompt
    prompt_toolkit.shortcuts.confirm pydoc.pager click.echo_via_pager
    """.split()  # noqa: SIM905
)

DEBUGGERS = frozenset(
    """
    breakpoint pdb.set_trace pdb.post_mortem ipdb.set_trace pudb.set_trace IPython.embed IPython.start_ipython
    code.interact debugpy.wait_for_client rpdb.set_trace bpdb.set_trace celery.contrib.rdb.set_trace
    """.split()  # noqa: SIM905
)

OPTIONS = frozenset({"click.option", "typer.Option", "click.Option", "rich_click.option"})
CONFIRMATIONS = frozenset({"click.confirmation_option", "click.password_option"})


def prompts(subject: Subject) -> Iterator[Finding]:
    """C201: calls that ask, and options that ask where they are not given."""
    guards = _terminal_guards(subject)
    for call, name in subject.calls:
        line, column = subject.place_of(call)
        if any(first <= line <= last for first, last in guards):
            continue
        if name in PROMPTS:
            hint = "take it as an option or an argument; ask only where `sys.stdin.isatty()`"
            if name == "getpass.getpass":
                hint = "read the secret from a variable or from standard input"
            yield Finding(PROMPT, f"`{name}()` waits for a person", line, column, hint)
        elif name in CONFIRMATIONS or (name in OPTIONS and _asks(call)):
            level = "info" if name == "click.confirmation_option" else ""  # that one brings `--yes` along
            hint = "a missing option can be an error, or have a default"
            yield Finding(
                PROMPT, f"`{name}` asks for the value where the option is not given", line, column, hint, level
            )


def _asks(call: _ast.Call) -> bool:
    for each in call.keywords:
        if each.arg == "prompt" and isinstance(each.value, _ast.Constant):
            return bool(each.value.value)
    return False


def _terminal_guards(subject: Subject) -> list[tuple[int, int]]:
    """The lines under an `if` that asks whether there is a terminal: a prompt there can't hang."""
    found = []
    for node in subject.nodes:
        if isinstance(node, _ast.If) and "isatty" in _text_of(subject, node.test):
            found.append((node.lineno, node.end_lineno or node.lineno))
    return found


def _text_of(subject: Subject, node: _ast.expr) -> str:
    return "\n".join(subject.lines[node.lineno - 1 : node.end_lineno])


def breakpoints(subject: Subject) -> Iterator[Finding]:
    """C202: debuggers."""
    for call, name in subject.calls:
        if name in DEBUGGERS:
            yield Finding(BREAKPOINT, f"`{name}()` starts a debugger", *subject.place_of(call), "take it out")
