import os
import typer

app = typer.Typer(add_completion=False, help="Show the environment.")


@app.command()
def dump(prefix: str = "", user: str = os.environ.get("USER", "nobody"), null: bool = typer.Option(False, "-0", "--null"), columns: int = os.cpu_count() or 1):
    """Print variables."""


if __name__ == "__main__":
    app()
