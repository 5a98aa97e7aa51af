"""What of a script that is there a model may see: its text taken apart, unless it is kept back or holds a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyst.authoring.messages import MOST_CODE
from pyst.authoring.validating import Wanted
from pyst.errors import ExitCode, Failure, Where

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.scripts.script import Interface, Metadata, Script

MOST_BYTES = 4 << 20


class Source(NamedTuple):
    """A script as a model may see it: its bytes, its block, its `#!` line and the code without both."""

    script: Script
    data: bytes
    metadata: Metadata | None
    head: str
    code: str


def read_source(app: App, script: Script) -> Source:
    """The script's text, taken apart. Raises `Failure`: E_NOT_FOUND, E_ENCODING, E_TOO_LARGE, E_METADATA."""
    from pyst.scripts.metadata import parse_metadata

    data = app.witness.read(script.path, most_bytes=MOST_BYTES)
    if data is None:
        raise Failure("E_NOT_FOUND", f"`{script.path}` is gone", exit=ExitCode.NOT_FOUND)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Failure("E_ENCODING", f"`{script.path}` is not UTF-8: {error}", where=Where(script.path)) from error
    if len(text) > MOST_CODE:
        raise Failure("E_TOO_LARGE", f"`{script.path}` has more than {MOST_CODE} characters, too many for a model")
    metadata = parse_metadata(data, script.path)
    lines = text.split("\n")
    if metadata is not None:
        end = metadata.line + metadata.text.count("\n") + 1
        del lines[metadata.line - 1 : end]
    head = lines.pop(0) if lines[0].startswith("#!") else ""
    return Source(script, data, metadata, head, "\n".join(lines).strip("\n") + "\n")


def keep_back(app: App, source: Source) -> None:
    """Raise `Failure` (E_KEPT_BACK, E_SECRET) for what is not to be sent to a model's provider."""
    from pyst.authoring.ignoring import find_rule, read_ignores
    from pyst.sharing.revealing import find_secrets

    path = source.script.path
    if real := place_elsewhere(app, path):
        message = f"`{path}` leads out of the project, to `{real}`, which is not sent to a model on its word"
        raise Failure("E_KEPT_BACK", message, where=Where(path), hint="name the file itself, if it may be sent")
    for each in dict.fromkeys((path, os.path.realpath(path))):
        for files in read_ignores(each, app.workspace.root):
            if found := find_rule(each, files):
                where = Where(found[0].path, found[1].line)
                raise Failure("E_KEPT_BACK", f"`{path}` is kept from models", where=where, hint="change it by hand")
    if line := _marked(source.data.decode("utf-8-sig")):
        message = f"parts of `{path}` are kept from models by `# pyst: nodoc`"
        raise Failure("E_KEPT_BACK", message, where=Where(path, line), hint="change it by hand")
    secrets = find_secrets(source.data.decode("utf-8-sig"), app.environ, app.workspace.settings.document.redact)
    if secrets:
        message = f"a secret stands in `{path}`, which is not sent to a model: {secrets[0].what}"
        hint = "let the script read it from a variable (`os.environ[…]`)"
        raise Failure("E_SECRET", message, hint=hint, where=Where(path, secrets[0].line))


def place_elsewhere(app: App, path: str) -> str | None:
    """Where a script really is that lies in a project, but by a link leads out of it; None for any other.

    A project that somebody else made could name any file of the user's so. One that is trusted may.
    """
    root, real = os.path.realpath(app.workspace.root), os.path.realpath(path)
    shown = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    folders = (app.workspace.root, root)
    is_inside = any(each.startswith(folder.rstrip(os.sep) + os.sep) for each in (path, shown) for folder in folders)
    leads_out = is_inside and not real.startswith(root.rstrip(os.sep) + os.sep)
    return real if leads_out and not app.workspace.project_trusted else None


def _marked(text: str) -> int:
    """The line of the first mark that keeps something back, or that may be meant so; 0 where there is none."""
    import ast

    from pyst.authoring.marks import find_comments, find_marks

    if "pyst" not in text.lower():
        return 0
    try:
        marks = find_marks(text, ast.parse(text), find_comments(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = enumerate(text.split("\n"), 1)  # it can't be told what the mark means: all is kept back
        return next((number for number, line in lines if "nodoc" in line.lower()), 0)
    found = [each.first for each in marks.hidden] + [line for line, _ in marks.problems]
    return min([*found, *([marks.file_line] if marks.file_line else [])], default=0)


def wanted_of(app: App, source: Source) -> Wanted:
    """What a changed version is held against."""
    from pyst.commands.support.drafting import secrets_of
    from pyst.commands.support.surroundings import facts_of

    script = source.script
    return Wanted(
        script.name,
        script.path,
        app.paths.home,
        block=source.metadata.text if source.metadata else "",
        before=_interface(source),
        secrets=secrets_of(app),
        head=source.head,
        source=source.data,
        facts=facts_of(script, app.workspace.root, app.witness),
    )


def _interface(source: Source) -> Interface:
    """The interface as it was; of a script that can't be read, one of which nothing is known."""
    from pyst.scripts.introspect import read_interface
    from pyst.scripts.introspect.parsing import Unparsable
    from pyst.scripts.script import Interface

    try:
        return read_interface(source.data, source.script.path)
    except Unparsable:
        return Interface("none")
