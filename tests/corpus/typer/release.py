import typer
from typing import Annotated, Literal
from pathlib import Path

app = typer.Typer(help="Cut releases.")
Part = Literal["major", "minor", "patch"]
CHANGELOG = Path(__file__).parent / "CHANGELOG.md"


@app.command()
def bump(part: Part, pre: Annotated[Literal["a", "b", "rc"] | None, typer.Option()] = None, changelog: Path = CHANGELOG):
    """Raise the version."""


@app.command()
def publish(index: str = "pypi", skip_existing: Annotated[bool, typer.Option("--skip-existing")] = False, sign: Annotated[bool, typer.Option()] = True):
    """Upload what was built."""


@app.command(name="yank", short_help="Take it back.")
def yank_release(version: str, reason: Annotated[str, typer.Option("--reason", "-m", help="Shown to users")] = ...):
    """Yank VERSION, with a reason."""


if __name__ == "__main__":
    app()
