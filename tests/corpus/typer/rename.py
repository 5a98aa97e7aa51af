import re
from pathlib import Path
import typer

cli = typer.Typer()
SEPARATORS = ["-", "_", " "]


@cli.command(no_args_is_help=True)
def rename(
    pattern: str = typer.Argument(help="Regular expression"),
    replacement: str = typer.Argument(help="What to put"),
    files: list[Path] = typer.Argument(help="Files"),
    separator: str = typer.Option(SEPARATORS[0], help=f"One of {', '.join(SEPARATORS)}"),
    apply: bool = typer.Option(False, "--apply", help="Really do it"),
    lower: bool = typer.Option(False, "--lower/--keep-case"),
):
    """Rename FILES by PATTERN."""


if __name__ == "__main__":
    cli()
