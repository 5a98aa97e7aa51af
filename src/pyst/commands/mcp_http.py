"""`pyst mcp --transport http` and `pyst mcp token`: a server that many clients reach, and the token they need."""

from __future__ import annotations

import argparse
import json
import os
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from pyst.errors import ExitCode, Failure, Where
from pyst.report import Report

if TYPE_CHECKING:
    from mcp.server.lowlevel.server import Server

    from pyst.agents.token import Listening
    from pyst.app import App

LOOPBACK = "127.0.0.1"
MOST_BYTES = 4096


def token_folder(app: App) -> str:
    """Where running servers keep their tokens."""
    return os.path.join(app.paths.state, "mcp")


class Wish(NamedTuple):
    """Where the operator wants the server, by which names, and with which token."""

    bind: str
    port: int
    names: tuple[str, ...]
    token: str


def wish_of(app: App, args: argparse.Namespace) -> Wish:
    """What the options say, looked at before anything is started. Raises `Failure` for what can't be had."""
    from pyst.agents.token import new_token

    bind = (args.bind or LOOPBACK).strip("[]")
    try:
        address = ip_address(bind)
    except ValueError as error:
        hint = "`--bind 127.0.0.1` is this machine alone, `--bind ::1` the same in IPv6"
        raise Failure("E_USAGE", f"`--bind {bind}` is no IP address", hint=hint, exit=ExitCode.USAGE) from error
    if not 0 <= (args.port or 0) < 1 << 16:
        raise Failure("E_USAGE", f"`--port {args.port}` is no port", hint="0 to 65535", exit=ExitCode.USAGE)
    names = tuple(_host_name(each) for each in args.host_name)
    token = _read_token(app, args.token_file) if args.token_file else new_token()
    if not address.is_loopback:
        app.talk(
            f"`--bind {bind}`: whoever reaches this address can try tokens, and what passes is not encrypted; "
            "put a proxy with TLS before it"
        )
    return Wish(bind, args.port or 0, names, token)


def serve(app: App, wish: Wish, server: Server[Any]) -> Report:
    """Serve on HTTP until a signal. Raises `Failure` where the address can't be had."""
    from pyst.agents.http import serve_http

    def ready(found: Listening) -> None:
        app.event("listening", url=found.url, token_file=found.path)
        try:
            print(f"listening on {found.url}; the token is in {found.path}", file=app.stdout, flush=True)
        except OSError:  # nobody reads it; clients come all the same
            app.talk("standard output can't be written")

    serve_http(
        server,
        folder=token_folder(app),
        root=app.workspace.root,
        token=wish.token,
        bind=wish.bind,
        port=wish.port,
        names=wish.names,
        ready=ready,
        trouble=app.talk,
    )
    return Report({"action": "serve"})


def _host_name(name: str) -> str:
    """A name as it stands in a Host header, without the port. Raises `Failure` (E_USAGE)."""
    lower = name.lower()
    labels = lower.split(".")
    if all(each.replace("-", "a").isalnum() and each.isascii() for each in labels) and len(lower) < 254:
        return lower
    hint = "`--host-name box.example` lets clients come to `http://box.example:PORT/mcp`"
    raise Failure("E_USAGE", f"`{name}` is no host name", hint=hint, exit=ExitCode.USAGE)


def _read_token(app: App, word: str) -> str:
    """The token in a file of the operator's, which nobody else may be able to read. Raises `Failure` (E_TOKEN)."""
    from pyst.agents.token import SHORTEST, usable

    path = os.path.join(app.cwd, word)
    hint = "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes one; the file needs mode 0600"
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MOST_BYTES).decode("ascii", "replace").strip()
    except OSError as error:
        raise Failure("E_TOKEN", f"`{path}` can't be read: {error.strerror}", hint=hint, where=Where(path)) from error
    if mode & 0o077:
        message = f"others can read the token in `{path}` (mode {mode & 0o777:04o})"
        raise Failure("E_TOKEN", message, hint=f"`chmod 600 {path}`", where=Where(path))
    if not usable(text):
        message = f"what `{path}` holds is no token of at least {SHORTEST} letters, digits, and -._~+/"
        raise Failure("E_TOKEN", message, hint=hint, where=Where(path))
    return text


def token(app: App, words: list[str], *, as_header: bool) -> Report:
    """The token of the running server: of this port, else of this project, else of the only one."""
    from pyst.agents.token import running_servers

    if len(words) > 1 or (words and not words[0].isdecimal()):
        hint = "`pyst mcp token` or `pyst mcp token PORT`"
        raise Failure("E_USAGE", "`mcp token` takes a port", hint=hint, exit=ExitCode.USAGE)
    found = running_servers(token_folder(app))
    wanted = [each for each in found if words and each.url.endswith(f":{int(words[0])}/mcp")] if words else found
    here = [each for each in wanted if each.root == app.workspace.root] if len(wanted) > 1 else wanted
    if not wanted:
        which = f"on port {words[0]} " if words else ""
        raise Failure(
            "E_NO_SERVER", f"no server of yours {which}listens", hint="`pyst mcp --transport http` starts one"
        )
    if len(here) != 1:
        urls = ", ".join(f"`{each.url}`" for each in here or wanted)
        raise Failure("E_NO_SERVER", f"several servers listen: {urls}", hint="`pyst mcp token PORT` tells which")
    one = here[0]
    printed = json.dumps({"Authorization": f"Bearer {one.token}"}) if as_header else one.token
    return Report({"action": "token", "url": one.url, "token_file": one.path, "printed": printed})
