"""Fetch a URL and print or save it."""

import sys
import urllib.request
from pathlib import Path

import typer
from typing_extensions import Annotated

UrlArgument = Annotated[str, typer.Argument(help="Where to fetch from", metavar="URL")]
Timeout = Annotated[float, typer.Option("--timeout", "-t", help="Seconds to wait")]

app = typer.Typer()


@app.command()
def fetch(
    url: UrlArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False)] = None,
    timeout: Timeout = 10.0,
    header: Annotated[list[str], typer.Option("--header", "-H", help="NAME: VALUE")] = [],
    insecure: Annotated[bool, typer.Option("--insecure/--secure", "-k/-K")] = False,
):
    request = urllib.request.Request(url, headers=dict(h.split(": ", 1) for h in header))
    with urllib.request.urlopen(request, timeout=timeout) as response:
        data = response.read()
    sys.stdout.buffer.write(data) if output is None else output.write_bytes(data)


if __name__ == "__main__":
    app()
