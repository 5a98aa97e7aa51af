"""What `pyst create` and `pyst edit` share: a model asked with the person watching, and the talk about its drafts.

The one place where the room `authoring` meets the terminal, uv and the grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.authoring.conversation import Conversation, Ends
from pyst.authoring.creating import Author, usage_words
from pyst.authoring.messages import Message, Usage
from pyst.authoring.model import make_model
from pyst.authoring.preview import facts, show_code, show_difference
from pyst.authoring.validating import Draft, Resolve, Wanted
from pyst.commands.support.confinement_schema import SET
from pyst.commands.support.schema import COUNT, MAYBE_TEXT, MODEL_USAGE, PARAMETER, TEXT, maybe, record, several
from pyst.commands.support.watching import Watch
from pyst.confinement.permissions import KINDS
from pyst.errors import ExitCode, Failure
from pyst.report import Diagnostic
from pyst.system.terminal import Line, Span, clean

if TYPE_CHECKING:
    from pyst.app import App

MOST_PROMPT = 100_000
"""Characters of a prompt; more is a slip, and costs."""


class Written(NamedTuple):
    """What came of it: the draft that was accepted (None: none), all versions, and what asking took."""

    accepted: Draft | None
    last: Draft
    versions: int
    model: str
    usage: Usage


def asks(app: App) -> bool:
    """Whether there is a person to talk to, and they did not say yes in advance."""
    return app.can_ask and app.options.format == "human" and not app.options.yes


def require_consent(app: App, what: str) -> None:
    """Raise `Failure` (E_CONFIRM, 64) where nobody could say yes in the end: asking the model would be in vain."""
    if not (app.options.yes or asks(app)):
        message = f"{what} needs a yes, and there is no terminal to ask at"
        raise Failure("E_CONFIRM", message, hint="`--yes` says it", exit=ExitCode.USAGE)


def check_prompt(prompt: str) -> None:
    """Raise `Failure` (E_PROMPT, 64) for a prompt that asks for nothing, for far too much, or that is no text."""
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise Failure("E_PROMPT", "the prompt is no text (UTF-8)", exit=ExitCode.USAGE) from error
    if not prompt.strip():
        raise Failure("E_PROMPT", "the prompt is empty", hint="say what the script is to do", exit=ExitCode.USAGE)
    if len(prompt) > MOST_PROMPT:
        message = f"the prompt has more than {MOST_PROMPT} characters"
        raise Failure("E_PROMPT", message, exit=ExitCode.USAGE)


def write_script(
    app: App,
    first: Message,
    wanted: Wanted,
    *,
    word: str | None,
    preview: bool,
    before: bytes | None = None,
) -> Written:
    """Have the script written, and talk it over where there is a person; nothing is saved.

    Raises `Failure`, as `make_model` and `Model.ask` do; E_DRAFT where nobody is there to mend what does not pass.
    """
    watch = Watch(app)
    heard = watch.hear if app.shows_live_lines else None
    with make_model(app.workspace.settings, app.environ, word, say=watch.say, heard=heard) as model:
        author = Author(watch.over(model), first, wanted, resolver(app))
        draft = author.write()
        ends = _ends(app)
        conversation = Conversation(author, wanted.name, ends, before)
        if not asks(app):
            if preview and app.options.verbosity >= 0:
                conversation.begin(draft)
            if draft.problems:
                raise _unfit(draft, author.usage)
            return Written(draft, draft, 1, model.word, author.usage)
        if preview or draft.problems or before is not None:
            conversation.begin(draft)
            accepted = conversation.talk()
            versions = conversation.versions
            return Written(accepted, versions[-1], len(versions), model.word, author.usage)
        for each in (*facts(draft), usage_words(author.usage)):
            ends.tell(each)
        yes = app.ask(f"Save it as `{wanted.path}` (`--preview` shows the code first)?")
        return Written(draft if yes else None, draft, 1, model.word, author.usage)


def _unfit(draft: Draft, usage: Usage) -> Failure:
    told = "\n".join(f"  {each}" for each in draft.problems)
    message = f"what the model wrote does not pass, after {usage.requests} tries; nothing was saved:\n{told}"
    hint = "say more exactly what is wanted, choose another model, or talk it over at a terminal (`--preview`);"
    hint += f" it took {usage_words(usage)}"
    return Failure("E_DRAFT", message, hint=hint, detail={"problems": list(draft.problems), "usage": usage._asdict()})


def secrets_of(app: App) -> tuple[str, ...]:
    """The values that no script may hold, and no model be sent."""
    from pyst.system.secrets import secret_values

    return tuple(secret_values(app.environ, app.workspace.settings.document.redact))


def _ends(app: App) -> Ends:
    """The person at the terminal; what is told goes to standard error, cleaned and masked."""

    def ask(question: str) -> str | None:
        print(clean(question), end="", file=app.stderr, flush=True)
        line = app.stdin.readline()
        if not line:
            print(file=app.stderr)
        return line.rstrip("\n") if line else None

    def tell(text: str) -> None:
        print(clean(app.masked(text)), file=app.stderr)

    return Ends(
        ask,
        tell,
        lambda source: show_code(app.stderr, app.masked(source.decode("utf-8", "replace")), app.talk_view),
        lambda difference: show_difference(app.stderr, app.masked(difference), app.talk_view),
    )


def resolver(app: App) -> Resolve:
    """Looks up, by uv, which packages a script would get. Nothing is installed, nothing built."""

    def resolve(source: bytes) -> Mapping[str, str]:
        from pyst.commands.lock import packages_of
        from pyst.commands.support.environment import uv_of
        from pyst.environments.interpreters import find_interpreter
        from pyst.environments.lock import make_lock
        from pyst.environments.spec import make_spec, wanted_python
        from pyst.scripts.metadata import parse_metadata
        from pyst.system.uv import settings_that_count, sort_flags

        metadata = parse_metadata(source, "the script")
        flags, python, _ = sort_flags(app.workspace.settings.core.uv.flags)
        root, uv = app.paths.environments, uv_of(app)._replace(live=None, say=None)
        interpreter = find_interpreter(
            python, wanted_python(metadata, None), root=root, uv=uv, cwd=app.cwd, flags=flags, witness=app.witness
        )
        settings = settings_that_count(app.environ, app.witness.read)
        spec = make_spec(metadata, interpreter, flags=flags, settings=settings, allow_build=False)
        return packages_of(make_lock(spec, root, uv, name="the script", source=source)) or {}

    return resolve


def grant_on_wish(app: App, path: str, draft: Draft) -> bool:
    """Ask whether the script is to be granted what it asks for; only a person can say yes to that."""
    if not draft.permissions or not asks(app):
        return False
    lines = ["it asks for:"]
    lines += [f"  {kind:<6} {item}" for kind, items in draft.permissions.items() for item in items]
    choice = app.choose(lines, "Grant this, for as long as the script stays as it is?", ("yes", "no"))
    if choice != "yes":
        return False
    from pyst.commands.support.confining import declared_by, remember
    from pyst.commands.support.starting import ground_of_word, start_folder

    ground = ground_of_word(app, path)
    remember(app, ground, declared_by(app, ground, start_folder(app, ground)))
    return True


def permission_remark(name: str, draft: Draft) -> tuple[Diagnostic, ...]:
    """What is said where a script asks for permissions that nobody granted yet."""
    if not draft.permissions:
        return ()
    from shlex import quote

    told = ", ".join(f"{kind} `{item}`" for kind, items in draft.permissions.items() for item in items)
    message = f"`{name}` asks for more than a script within walls has, and was granted nothing: {told}"
    return (Diagnostic("info", "I_NOT_GRANTED_YET", message, f"`pyst grants allow {quote(name)}` grants it"),)


def detail_of(written: Written, action: str, name: str, path: str) -> dict[str, Any]:
    """What came of it, as JSON data."""
    from hashlib import sha256

    draft = written.accepted or written.last
    return {
        "action": action,
        "name": name,
        "path": path,
        "sha256": sha256(draft.source).hexdigest(),
        "bytes": len(draft.source),
        "summary": draft.summary,
        "requirements": list(draft.requirements),
        "packages": [{"name": name, "version": version} for name, version in draft.packages.items()],
        "permissions": {kind: list(draft.permissions.get(kind, ())) for kind in KINDS},
        "parameters": [each.to_json() for each in draft.parameters],
        "problems": list(draft.problems),
        "versions": written.versions,
        "model": written.model,
        "usage": written.usage._asdict(),
    }


def human_lines(detail: dict[str, Any]) -> list[Line]:
    """Where it went, how it is run, and what it took."""
    from shlex import quote

    if detail["action"] == "discarded":
        return [[Span("not saved", "dim"), f"  {detail['name']}"]]
    usage = Usage(**detail["usage"])
    lines: list[Line] = [[Span(detail["action"], "good"), f"  {detail['path']}"]]
    words = " ".join(f"{each['name']}=…" for each in detail["parameters"] if each["required"])
    lines.append([Span("run it   ", "dim"), f"pyst run {quote(detail.get('word', detail['name']))} {words}".rstrip()])
    lines.append([Span("it took  ", "dim"), usage_words(usage)])
    return lines


_ITEMS = several(TEXT)
WRITTEN: dict[str, Any] = {
    "name": TEXT,
    "path": TEXT,
    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "bytes": COUNT,
    "summary": TEXT,
    "requirements": _ITEMS,
    "packages": several(record(name=TEXT, version=TEXT)),
    "permissions": SET,
    "parameters": several(PARAMETER),
    "problems": _ITEMS,
    "versions": COUNT,
    "model": TEXT,
    "usage": MODEL_USAGE,
}
"""The fields of the answer that `create` and `edit` have in common."""

GIST = maybe(record(id=TEXT, url=MAYBE_TEXT, public={"type": "boolean"}))
