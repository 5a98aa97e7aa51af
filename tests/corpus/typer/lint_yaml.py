import typer
from pathlib import Path
from typing import Annotated

app = typer.Typer(pretty_exceptions_enable=False, context_settings=dict(help_option_names=["-h", "--help"]))
MAX_LINE = 80


@app.command()
def lint(
    files: Annotated[list[Path], typer.Argument(help="YAML files; `-` is standard input")],
    max_line: Annotated[int, typer.Option("--max-line", help="Longest line", rich_help_panel="Rules")] = MAX_LINE,
    indent: Annotated[int, typer.Option(rich_help_panel="Rules")] = MAX_LINE // 40,
    fail_fast: Annotated[bool, typer.Option("-x", "--fail-fast")] = False,
    disable: Annotated[list[str], typer.Option("--disable", "-d", metavar="RULE")] = ["comments"],
):
    r"""Check YAML.

    \b
    Exit codes: 0 fine, 1 problems.
    """


if __name__ == "__main__":
    app()
