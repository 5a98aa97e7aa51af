import typer
import json
from typing import Annotated, Any, Union

app = typer.Typer()


def parse_pair(text: str) -> tuple:
    key, _, value = text.partition("=")
    return key, value


@app.command()
def query(
    expression: str,
    file: Annotated[str, typer.Argument(allow_dash=True)] = "-",
    arg: Annotated[list[str], typer.Option("--arg", metavar="NAME=VALUE")] = None,
    pair: Annotated[Any, typer.Option(parser=parse_pair)] = None,
    compact: Annotated[bool, typer.Option("--compact", "-c", help="One line")] = False,
    indent: Annotated[int, typer.Option(show_default=False)] = -1,
):
    """Run EXPRESSION over JSON."""


if __name__ == "__main__":
    app()
