from typing import Optional
import typer

app = typer.Typer()


@app.callback(invoke_without_command=True)
def main(ctx: typer.Context, level: str = typer.Option("INFO", "--level", help="Least level to show")):
    """Look at logs."""
    if ctx.invoked_subcommand is None:
        print("level", level)


@app.command()
def tail(ctx: typer.Context, file: typer.FileText, lines: int = 20, follow: bool = typer.Option(False, "-f", "--follow")):
    """Show the last lines of FILE."""


@app.command()
def grep(pattern: str, file: Optional[typer.FileText] = typer.Argument(None), invert: bool = typer.Option(False, "--invert", "-v")):
    """Show lines with PATTERN."""


if __name__ == "__main__":
    app()
