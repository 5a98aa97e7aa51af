"""`pyst mcp config`: the entry for pyst in the files of MCP clients, printed or written after a question.

What stands in a file beside the entry stays as it is; a file that can't be understood is not touched.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.errors import ExitCode, Failure, Where, did_you_mean
from pyst.report import Diagnostic, Report
from pyst.system.terminal import Line, Span, View, table

if TYPE_CHECKING:
    from pyst.agents.clients import Client, Entry, Place
    from pyst.app import App

MOST_BYTES = 8 << 20
NO_REMARKS: tuple[Diagnostic, ...] = ()


def configure(app: App, words: list[str], args: argparse.Namespace) -> Report:
    """Show the entry of one client, or write it; without a client, list the clients."""
    from pyst.agents.clients import CLIENTS, find_client

    if len(words) > 1:
        raise Failure("E_USAGE", "`mcp config` takes one client", exit=ExitCode.USAGE)
    if not args.name.replace("-", "_").isidentifier() or not args.name.isascii():
        message = f"`--name {args.name}` is not made of letters, digits, `-` and `_`"
        raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    place = _place(app)
    if not words:
        if args.write:
            message = "`mcp config --write` needs to know for which client"
            raise Failure("E_USAGE", message, hint="`pyst mcp config` lists them", exit=ExitCode.USAGE)
        rows = [_listed(each, place, args.name) for each in CLIENTS]
        return Report({"action": "clients", "clients": rows})
    client = find_client(words[0])
    if client is None:
        names = [each.name for each in CLIENTS]
        hint = did_you_mean(words[0], names) or f"it knows {', '.join(names)}"
        raise Failure("E_USAGE", f"`{words[0]}` is no client that pyst knows", hint=hint, exit=ExitCode.USAGE)
    return _configure(app, client, place, args)


def _place(app: App) -> Place:
    from pyst.agents.clients import Place

    config = app.environ.get("XDG_CONFIG_HOME", "")
    home = app.paths.home
    return Place(
        home, config if os.path.isabs(config) else os.path.join(home, ".config"), app.workspace.root, app.environ
    )


def _listed(client: Client, place: Place, name: str) -> dict[str, Any]:
    files = []
    for scope, path_of in client.files.items():
        path = path_of(place)
        try:
            found = _entry_in(client, _read(path) or "", name)
        except Failure:
            found = None
        files.append({"scope": scope, "path": path, "exists": os.path.exists(path), "configured": found is not None})
    return {"name": client.name, "title": client.title, "http": client.http is not None, "files": files}


def _configure(app: App, client: Client, place: Place, args: argparse.Namespace) -> Report:
    from pyst.agents.clients import EXPORT, VARIABLE

    scope = args.scope or next(iter(client.files))
    if scope not in client.files:
        message = f"{client.title} has no file for `--scope {scope}`"
        hint = f"`--scope {next(iter(client.files))}` is the one it has"
        raise Failure("E_USAGE", message, hint=hint, exit=ExitCode.USAGE)
    path = client.files[scope](place)
    entry = _http_entry(app, client, args) if args.http else _stdio_entry(app, client, scope, place, args)
    snippet = _changed(client, "", args.name, entry, path)
    diff, state, remarks = None, "shown", NO_REMARKS
    if args.write:
        diff, state, remarks = _write(app, client, path, args.name, entry)
    else:
        app.talk(f"# for `{path}`")
    detail = {
        "action": "config",
        "client": client.name,
        "title": client.title,
        "transport": "http" if args.http else "stdio",
        "path": path,
        "snippet": snippet,
        "notes": [*client.notes, *((EXPORT,) if args.http and VARIABLE in snippet else ())],
        "diff": diff,
        "state": state,
    }
    return Report(detail, remarks)


def _stdio_entry(app: App, client: Client, scope: str, place: Place, args: argparse.Namespace) -> Entry:
    from pyst.agents.clients import words_for
    from pyst.commands.support.hosting import global_words

    more = list(global_words(app))
    more += [f"--sandbox={args.sandbox}"] if args.sandbox != "strict" else []
    more += ["--allow-unsandboxed"] if args.allow_unsandboxed else []
    more += [f"--timeout={args.timeout}"] if args.timeout else []
    program, *before = own_command()
    return client.stdio(program, [*before, *words_for(client, scope, place.root, more)])


def _http_entry(app: App, client: Client, args: argparse.Namespace) -> Entry:
    from pyst.agents.token import running_servers
    from pyst.commands.mcp_http import token_folder

    if client.http is None:
        message = f"{client.title} can't take the token of a server on HTTP from anywhere but its own file"
        hint = "without `--http` it starts `pyst mcp` itself, which needs none"
        raise Failure("E_USAGE", message, hint=hint, exit=ExitCode.USAGE)
    urls = [each.url for each in running_servers(token_folder(app)) if each.root == app.workspace.root]
    if args.port:
        urls = [f"http://127.0.0.1:{args.port}/mcp"]
    if len(urls) != 1:
        message = "several servers of this project listen" if urls else "no server of this project listens"
        hint = "`--port N` says on which port the client is to find it (`pyst mcp --transport http --port N`)"
        raise Failure("E_NO_SERVER", message, hint=hint, exit=ExitCode.USAGE)
    port = urls[0].rsplit(":", 1)[1].partition("/")[0]
    return client.http(urls[0], shlex.join([*own_command(), "mcp", "token", port, "--header"]))


def own_command() -> list[str]:
    """The words that start this very pyst from any folder."""
    beside = os.path.join(os.path.dirname(sys.executable), "pyst")
    if os.access(beside, os.X_OK):
        return [beside]
    return [sys.executable, "-m", "pyst"]


def _write(
    app: App, client: Client, path: str, name: str, entry: Entry
) -> tuple[str | None, str, tuple[Diagnostic, ...]]:
    """Show what would change, ask, and write: the difference, what became of it, and remarks."""
    from pyst.system.files import write_atomic, writing_failed

    before = _read(path)
    after = _changed(client, before or "", name, entry, path)
    if after == before:
        return None, "unchanged", (Diagnostic("info", "I_UNCHANGED", f"`{path}` has this entry already"),)
    diff = _difference(before, after, path)
    if not app.options.yes:
        for line in diff.splitlines():
            app.talk(line)
    if not app.ask(f"Write this to {path}?"):
        message = f"`{path}` was not written"
        return diff, "declined", (Diagnostic("info", "I_NOT_WRITTEN", message, "`--yes` writes without a question"),)
    if _read(path) != before:
        message = f"`{path}` was changed by another program meanwhile; it is as that program left it"
        raise Failure("E_CLIENT_FILE", message, hint="try again", where=Where(path))
    try:
        write_atomic(path, after, keep=True)
    except OSError as error:
        raise writing_failed(path, error) from error
    return diff, "written", ()


def _difference(before: str | None, after: str, path: str) -> str:
    from difflib import unified_diff

    old = (before or "").splitlines(keepends=True)
    lines = unified_diff(old, after.splitlines(keepends=True), path if before is not None else os.devnull, path)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in lines)


def _read(path: str) -> str | None:
    """The text of a client's file; None where there is none. Raises `Failure` (E_CLIENT_FILE)."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o170000 != 0o100000:
                raise _unusable(path, "it is no regular file")
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if len(data) > MOST_BYTES:
        raise _unusable(path, "it is too large")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _unusable(path, "it is not UTF-8") from error


def _unusable(path: str, why: str) -> Failure:
    hint = "without `--write` the entry is printed, to be put there by hand"
    return Failure("E_CLIENT_FILE", f"`{path}` can't be changed: {why}", hint=hint, where=Where(path))


def _entry_in(client: Client, text: str, name: str) -> Any:
    """The client's entry of this name, or None. Raises `Failure` (E_CLIENT_FILE)."""
    if client.form == "toml":
        import tomllib

        try:
            found: Any = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise _unusable("", str(error)) from error
        for key in (*client.keys, name):
            found = found.get(key) if isinstance(found, dict) else None
        return found
    from pyst.agents.json_text import NotPlainJson, member

    try:
        return member(text, (*client.keys, name))
    except NotPlainJson as error:
        raise _unusable("", str(error)) from error


def _changed(client: Client, text: str, name: str, entry: Entry, path: str) -> str:
    """The text of the client's file with the entry in it. Raises `Failure` (E_CLIENT_FILE)."""
    if client.form == "toml":
        from pyst.agents.toml_text import NotPlainToml, with_table

        try:
            return with_table(text, (*client.keys, name), entry)
        except NotPlainToml as error:
            raise _unusable(path, str(error)) from error
    from pyst.agents.json_text import NotPlainJson, with_member

    try:
        return with_member(text, (*client.keys, name), entry)
    except NotPlainJson as error:
        raise _unusable(path, str(error)) from error


def human_configuration(detail: dict[str, Any], view: View) -> Iterable[Line]:
    """The entry alone, to be pasted; what was written where; or the clients in columns."""
    if detail["action"] == "clients":
        rows = [
            (Span(row["name"], "name"), file["scope"], _state(file), Span(file["path"], "dim"))
            for row in detail["clients"]
            for file in row["files"]
        ]
        return table(rows, view)
    if detail["state"] == "shown":
        return str(detail["snippet"]).splitlines()
    if detail["state"] == "written":
        return [[Span("written: ", "good"), detail["path"]], *(Span(each, "dim") for each in detail["notes"])]
    return []


def _state(file: dict[str, Any]) -> str:
    return "configured" if file["configured"] else "exists" if file["exists"] else "absent"
