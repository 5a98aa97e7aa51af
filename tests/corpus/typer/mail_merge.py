import csv, sys
from pathlib import Path
from typing import *
import typer

app = typer.Typer()


@app.command()
def merge(
    template: Path = typer.Argument(..., help="Text with {fields}"),
    data: Path = typer.Argument(Path("data.csv"), help="Table"),
    output: Optional[Path] = typer.Option(None, "--output", "-o"),
    encoding: str = "utf-8",
    delimiter: str = typer.Option(",", "--delimiter", "-d", help="One character"),
    fields: Optional[List[str]] = None,
):
    """Fill TEMPLATE once per row of DATA."""


if __name__ == "__main__":
    app()
