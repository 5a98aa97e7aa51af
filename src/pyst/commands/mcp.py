"""`pyst mcp`: the scripts of this place as tools for AI agents, over the Model Context Protocol.

Owns what the operator says, and the host that the server is given. Clients are set up by `mcp_config`, HTTP and its
token are in `mcp_http`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyst.commands.support.hosting import TIMEOUT_SECONDS
from pyst.commands.support.schema import MAYBE_TEXT, TEXT, YES_NO, one_of, record, several
from pyst.errors import ExitCode, Failure, did_you_mean
from pyst.report import Report
from pyst.system.terminal import Line, View

if TYPE_CHECKING:
    from pyst.app import App

DESCRIPTION = """\
Serve the scripts that are visible from here as tools of the Model Context Protocol. Every run is confined and recorded.
What a client may do is said here, by options and settings; nothing that a client sends can widen it.
"""
TIERS = ("strict", "basic")


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `mcp`."""
    parser.intermixed = True  # type: ignore[attr-defined]
    add = parser.add_argument
    doing = "serve (the default), show or write the configuration of a client, or print the token of a server on HTTP"
    add("words", nargs="*", metavar="serve | config [CLIENT] | token [PORT]", help=doing)
    add("--transport", choices=("stdio", "http"), default="stdio", help="how clients reach it (stdio)")
    add("--root", metavar="DIR", help="serve the project in DIR instead of the current folder")
    http = parser.add_argument_group("HTTP")
    http.add_argument("--port", type=int, metavar="N", help="the port (default: one that is free)")
    http.add_argument("--bind", metavar="ADDRESS", help="listen on this IP address (default: loopback, 127.0.0.1)")
    http.add_argument(
        "--host-name", action="append", default=[], metavar="NAME", help="a host name that clients may call it by"
    )
    http.add_argument("--token-file", metavar="FILE", help="take the token from FILE (mode 0600), not a new one")
    configure = parser.add_argument_group("`config` and `token`")
    configure.add_argument("--write", action="store_true", help="write the client's file, after a question")
    configure.add_argument("--http", action="store_true", help="have the client come by HTTP to the server of `--port`")
    configure.add_argument("--scope", choices=("project", "user"), help="which of the client's files")
    configure.add_argument("--name", default="pyst", metavar="NAME", help="what the client calls the server (pyst)")
    configure.add_argument("--header", action="store_true", help="print the token as a JSON object of HTTP headers")
    add = parser.add_argument_group("Runs").add_argument
    add("--sandbox", choices=TIERS, default="strict", metavar="TIER", help="hold runs by strict (default) or basic")
    add(
        "--allow-unsandboxed",
        action="store_true",
        help="confine scripts only where the settings say so, as `pyst run` does",
    )
    add("--timeout", metavar="S", help=f"end calls that take longer than S seconds ({TIMEOUT_SECONDS:g})")


ACTIONS = ("serve", "config", "token")


def run(app: App, args: argparse.Namespace) -> Report:
    """Do what the first word says; without one, serve until the client, or a signal, ends it."""
    action, *rest = args.words or ["serve"]
    if action not in ACTIONS:
        hint = did_you_mean(action, list(ACTIONS)) or f"it can {', '.join(ACTIONS)}"
        raise Failure("E_USAGE", f"`mcp` can't `{action}`", hint=hint, exit=ExitCode.USAGE)
    if args.root is not None:
        _enter(app, args)
    if action == "config":
        from pyst.commands.mcp_config import configure

        return configure(app, rest, args)
    if action == "token":
        from pyst.commands.mcp_http import token

        return token(app, rest, as_header=args.header)
    if rest:
        raise Failure("E_USAGE", f"`{rest[0]}` is one word too many", hint="`pyst mcp --help`", exit=ExitCode.USAGE)
    return _serve(app, args)


def _serve(app: App, args: argparse.Namespace) -> Report:
    if app.options.format != "human":
        message = "`pyst mcp` speaks the protocol alone: its standard output has no other form"
        raise Failure("E_USAGE", message, hint="`--events FILE` tells when it listens", exit=ExitCode.USAGE)
    for name in ("port", "bind", "host_name", "token_file"):
        if args.transport == "stdio" and getattr(args, name):
            message = f"`--{name.replace('_', '-')}` is for `--transport http`"
            raise Failure("E_USAGE", message, exit=ExitCode.USAGE)
    from pyst.commands.mcp_http import serve, wish_of
    from pyst.commands.support.hosting import make_host

    wish = wish_of(app, args) if args.transport == "http" else None
    host = make_host(app, args)
    try:
        from pyst.agents.server import build_server, serve_stdio
    except ImportError as error:
        raise missing_extra(error) from error
    server = build_server(host)
    if wish is not None:
        return serve(app, wish, server)
    if app.talk_view.is_terminal and app.stdin.isatty():
        app.talk("a client of the protocol is awaited on standard input: it starts `pyst mcp` by itself")
        app.talk("`pyst mcp config` sets one up; Ctrl-C ends this")
    serve_stdio(server)
    return Report({"action": "serve"})


def _enter(app: App, args: argparse.Namespace) -> None:
    """Go on from the folder of `--root`; other paths stay those of the current one. Raises `Failure`."""
    path = os.path.realpath(os.path.join(app.cwd, args.root))
    if not os.path.isdir(path):
        raise Failure("E_CWD", f"`--root {args.root}`: there is no such folder", exit=ExitCode.USAGE)
    if args.token_file:
        args.token_file = os.path.join(app.cwd, args.token_file)
    if app.options.config:
        app.options = app.options._replace(config=os.path.join(app.cwd, app.options.config))
    app.cwd = path


def missing_extra(error: ImportError) -> Failure:
    """The failure for an installation without the SDK."""
    if (error.name or "").partition(".")[0] == "pyst":
        raise error
    package = (error.name or "").partition(".")[0]
    package = "mcp" if package in ("", "mcp_types") else package  # the types come with it
    message = f"`pyst mcp` needs the package `{package}`, which is not installed"
    return Failure("E_EXTRA", message, hint="install `pyst-cli[mcp]`")


def human(report: Report, view: View) -> Iterable[Line]:
    """What is to be pasted or handed on, alone; nothing of a server that has ended."""
    detail = report.detail
    if detail["action"] == "token":
        return [detail["printed"]]
    if detail["action"] == "serve":
        return ()
    from pyst.commands.mcp_config import human_configuration

    return human_configuration(detail, view)


FILE = record(scope=one_of("project", "user"), path=TEXT, exists=YES_NO, configured=YES_NO)
DETAIL: dict[str, Any] = {
    "oneOf": [
        record(action=one_of("serve")),
        record(action=one_of("token"), url=TEXT, token_file=TEXT, printed=TEXT),
        record(
            action=one_of("clients"),
            clients=several(record(name=TEXT, title=TEXT, http=YES_NO, files=several(FILE))),
        ),
        record(
            action=one_of("config"),
            client=TEXT,
            title=TEXT,
            transport=one_of("stdio", "http"),
            path=TEXT,
            snippet=TEXT,
            notes=several(TEXT),
            diff=MAYBE_TEXT,
            state=one_of("shown", "written", "unchanged", "declined"),
        ),
    ]
}
