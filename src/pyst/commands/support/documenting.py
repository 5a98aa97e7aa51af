"""What `pyst document` does with one script: read it, keep back what stays here, ask, show, write.

The one place where help that a model writes meets the terminal and the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.authoring.messages import Usage
from pyst.errors import ExitCode, Failure, Where

if TYPE_CHECKING:
    import _ast

    from pyst.app import App
    from pyst.authoring.documenting import Ask
    from pyst.authoring.finding import Examined, Finding
    from pyst.authoring.guardrails import Guarded
    from pyst.authoring.marks import Marks
    from pyst.authoring.model import Model
    from pyst.scripts.block import Text
    from pyst.scripts.script import Script
    from pyst.settings.values import Settings

MOST_BYTES = 512 << 10
"""A longer script is not documented: no person wrote it."""

PROVIDERS = {"gemini": "google"}
"""What providers are called elsewhere, and what PydanticAI calls them."""

STATES = ("complete", "found", "shown", "written", "declined", "ignored", "failed")


class Outcome(NamedTuple):
    """What became of one script. `places` is how much could be written, `kept_back` how many pieces were not sent."""

    script: Script
    state: str
    findings: tuple[Finding, ...] = ()
    places: int = 0
    kept_back: int = 0
    difference: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    usage: Usage = Usage()
    model: str | None = None
    rule: str | None = None
    failure: Failure | None = None


class Read(NamedTuple):
    """A script that was read: its bytes, its text (with what writing it takes), its tree, and what was found."""

    source: bytes
    text: Text
    tree: _ast.Module
    marks: Marks
    examined: Examined


def read_script(app: App, script: Script, *, for_writing: bool) -> Read:
    """Read and examine a script. Raises `Failure` where it can't be read or parsed, or not be written again."""
    from pyst.authoring.examining import examine
    from pyst.authoring.marks import find_comments, find_marks
    from pyst.scripts.block import Text, read_text
    from pyst.scripts.introspect import read_interface
    from pyst.scripts.introspect.parsing import Unparsable, parse_text

    source = app.witness.read(script.path, most_bytes=MOST_BYTES)
    if source is None:
        raise Failure("E_NOT_FOUND", f"`{script.path}` is gone", exit=ExitCode.NOT_FOUND)
    try:
        text = read_text(source, script.path)
    except Failure:  # mixed line ends, perhaps; they harm no reader
        if for_writing or (shown := _decoded(source)) is None:
            raise
        text = Text(shown, "utf-8", "\n")
    try:
        tree = parse_text(text.text)
        marks = find_marks(text.text, tree, find_comments(text.text))
        examined = examine(text.text, tree, read_interface(source, script.path), marks)
    except Unparsable as unparsable:
        broken = unparsable.broken
        where = Where(script.path, broken.line)
        raise Failure(broken.code, f"`{script.path}` can't be parsed: {broken.message}", where=where) from None
    except SyntaxError as error:
        message = f"`{script.path}` can't be parsed: {error.msg}"
        raise Failure("E_SYNTAX", message, where=Where(script.path, error.lineno or 0)) from None
    except RecursionError:
        raise Failure("E_SYNTAX", f"`{script.path}` is nested too deep", where=Where(script.path)) from None
    return Read(source, text, tree, marks, examined)


def _decoded(source: bytes) -> str | None:
    from pyst.scripts.decoding import decode

    try:
        return decode(source)
    except (UnicodeError, LookupError):
        return None


def ignoring_rule(app: App, script: Script) -> str | None:
    """Where the rule stands by which a script is kept back as a whole (`path:line`), or None. Raises `Failure`."""
    from pyst.authoring.ignoring import find_rule, read_ignores

    for path in dict.fromkeys((script.path, os.path.realpath(script.path))):
        for root in dict.fromkeys((app.workspace.root, os.path.realpath(app.workspace.root))):
            for files in read_ignores(path, root):
                found = find_rule(path, files)
                if found is not None:
                    return f"{found[0].path}:{found[1].line}"
    return None


def check_script(app: App, script: Script) -> Outcome:
    """What is missing or stale in the help of a script; no model is asked."""
    return _examined(app, script, for_writing=False)[0]


def _examined(app: App, script: Script, *, for_writing: bool) -> tuple[Outcome, Read | None]:
    """What is missing or stale, and the script as it was read for that; None where it is kept back as a whole."""
    from pyst.commands.support.shown_to_models import place_elsewhere

    rule = ignoring_rule(app, script)
    if rule is None and for_writing and (real := place_elsewhere(app, script.path)):
        rule = f"being a link out of the project, to {real}"
    if rule is not None:
        return Outcome(script, "ignored", rule=rule), None
    read = read_script(app, script, for_writing=for_writing)
    if read.marks.file_line:
        return Outcome(script, "ignored", rule=f"{script.path}:{read.marks.file_line}"), None
    findings = read.examined.findings
    return Outcome(script, "found" if findings else "complete", findings, len(read.examined.places)), read


def document_script(app: App, script: Script, model: Callable[[], Model], *, writes: bool) -> Outcome:
    """Have the help of a script written, show what would change, and write it on a yes.

    Raises `Failure`: E_MARK, E_INTEGRITY, E_CHANGED, E_WRITE, and what reading, asking and patching raise; the file is
    then as it was.
    """
    from pyst.authoring.documenting import askable, document, needs_words
    from pyst.authoring.guardrails import guard

    checked, read = _examined(app, script, for_writing=True)
    if read is None:
        return checked
    _require_clear_marks(read, script.path)
    guarded = guard(read.text.text, read.tree, app.workspace.settings.document.redact, app.environ)
    places, left = askable(read.examined.places, guarded)
    if not places:
        return checked._replace(kept_back=guarded.kept_back, left=left)
    if writes and script.origin == "installed":
        message = f"`{script.selector}` is installed; with other help it would no longer match its source"
        raise Failure("E_INTEGRITY", message, hint="document it at its source, or copy it into the project")
    words = sum(needs_words(each) for each in places)
    done = document(
        read.text.text,
        read.tree,
        places,
        guarded,
        script.name,
        script.path,
        _encoding(read.text),
        _asking(app, script, model, guarded, words),
    )
    outcome = Outcome(
        script,
        "shown",
        read.examined.findings,
        len(places),
        guarded.kept_back,
        tuple(_difference(read.text.text, done.text, script.path)),
        left + done.left,
        done.usage,
        model().word if done.usage.requests else None,
    )
    if done.text == read.text.text or not writes:
        return outcome._replace(state="found" if done.text == read.text.text else "shown")
    return _write(app, read, done.text, outcome)


def _encoding(text: Text) -> str:
    return "utf-8" if text.encoding == "utf-8-sig" else text.encoding


def _require_clear_marks(read: Read, path: str) -> None:
    """Raise `Failure` (E_MARK) where a comment may have been meant to keep something back."""
    from pyst.authoring.finding import BAD_MARK

    for each in read.examined.findings:
        if each.rule is BAD_MARK:
            raise Failure("E_MARK", f"{each.message}; nothing was sent", hint=each.hint, where=Where(path, each.line))


def _asking(app: App, script: Script, model: Callable[[], Model], guarded: Guarded, count: int) -> Ask:
    def ask(instructions: str, messages: Any, check: Any) -> Any:
        asked = model()  # which tells what is missing where the extra is not installed

        from pyst.authoring.help_answer import HelpAnswer

        size = sum(len(each.text) for each in messages)
        kept = f", {guarded.kept_back} kept back" if guarded.kept_back else ""
        texts = "1 text" if count == 1 else f"{count} texts"
        app.talk(f"asking {asked.word} for {texts} of `{script.name}` ({size:,} characters{kept})")
        app.event("model_asked", model=asked.word, path=script.path, characters=size, kept_back=guarded.kept_back)
        return asked.ask(instructions, messages, HelpAnswer, check=check)

    return ask


def _difference(before: str, after: str, path: str) -> list[str]:
    from difflib import unified_diff

    name = os.path.basename(path)
    old, new = (text.removesuffix("\n").split("\n") for text in (before, after))
    return list(unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""))


def _write(app: App, read: Read, text: str, outcome: Outcome) -> Outcome:
    """Write the new text if the person says yes; what was changed meanwhile stays."""
    from pyst.commands.support.editing import change_script

    path = outcome.script.path
    if not app.options.yes:
        _show(app, outcome.difference)
    if app.choose((), f"Write this into `{path}`?", ("yes", "no")) != "yes":
        return outcome._replace(state="declined")
    new = read.text._replace(text=text).encode(path)

    def change(now: bytes) -> bytes:
        if now != read.source:
            message = f"`{path}` was changed meanwhile; it is as it was"
            raise Failure("E_CHANGED", message, hint="try again", where=Where(path))
        return new

    change_script(app, path, change)
    app.event("script_documented", path=path, places=outcome.places)
    return outcome._replace(state="written")


def _show(app: App, difference: tuple[str, ...]) -> None:
    from pyst.commands.support.document_view import difference_lines
    from pyst.system.terminal import render

    masked = (app.masked(line) for line in difference)
    print(render(difference_lines(masked), app.talk_view), file=app.stderr, flush=True)


def writes_on_yes(app: App, *, must_write: bool) -> bool:
    """Whether a yes can be had, so that something is written in the end; else what would change is only shown.

    Raises `Failure` (E_CONFIRM, 64) where it must be written and nobody can say yes: asking the model would be in vain.
    """
    can_ask = app.can_ask and app.options.format == "human"
    if must_write and not (app.options.yes or can_ask):
        message = "writing help needs a yes, and there is no terminal to ask at"
        raise Failure("E_CONFIRM", message, hint="`--yes` says it", exit=ExitCode.USAGE)
    return app.options.yes or can_ask


def chosen_model(settings: Settings, word: str | None) -> tuple[str | None, str | None]:
    """The model to ask (None: that of `create`), and the variable of its key where the settings name one."""
    chosen = settings.document
    if word is not None:
        return word, None
    if not chosen.model:
        return None, None
    provider = PROVIDERS.get(chosen.provider or "", chosen.provider)
    named = chosen.model if ":" in chosen.model or not provider else f"{provider}:{chosen.model}"
    return named, chosen.api_key_env
