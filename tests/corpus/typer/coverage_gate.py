import typer
import sys

app = typer.Typer()


@app.command()
def gate(
    report: typer.FileText = typer.Argument(sys.stdin),
    minimum: float = typer.Option(80.0, "--min", help="Percent; below is a failure [default: 80]"),
    exclude: list[str] = typer.Option([], "--exclude", "-x"),
    badge: typer.FileTextWrite = typer.Option(None, "--badge", lazy=True),
):
    """Fail if coverage is low."""


if __name__ == "__main__":
    app()
