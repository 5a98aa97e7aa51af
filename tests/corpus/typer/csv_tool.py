import csv
from typing import Literal

import typer

app = typer.Typer(help="Work with CSV files.")

Format = Literal["table", "json", "csv"]


@app.command()
def head(path: str, rows: int = typer.Option(5, "-n", "--rows"), format: Format = "table"):
    """Show the first rows."""
    with open(path) as file:
        for row in list(csv.reader(file))[:rows]:
            print(row)


@app.command()
def columns(path: str):
    """Show the names of the columns."""


@app.command(deprecated=True)
def stats(path: str, column: list[str] = typer.Option(["*"], help="Which columns")):
    """Show figures of columns."""


@app.command(hidden=True)
def debug(path: str):
    """For developers."""


if __name__ == "__main__":
    app()
