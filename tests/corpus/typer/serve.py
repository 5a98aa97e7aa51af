"""Serve a folder over HTTP."""

import http.server
from typing import Annotated

import typer


def serve(
    directory: Annotated[str, typer.Argument()] = ".",
    host: Annotated[str, typer.Option("--host", "-b", help="Address to bind", show_default=False)] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", help="Port; 0 takes a free one")] = 8000,
    cors: bool = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q")] = False,
) -> None:
    """Serve DIRECTORY until interrupted."""
    http.server.test(http.server.SimpleHTTPRequestHandler, port=port, bind=host)


def cli() -> None:
    typer.run(serve)


if __name__ == "__main__":
    cli()
