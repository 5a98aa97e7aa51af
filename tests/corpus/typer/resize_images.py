"""Resize pictures in a folder."""

from enum import Enum
from pathlib import Path
from typing import List

import typer


class Mode(str, Enum):
    fit = "fit"
    fill = "fill"
    stretch = "stretch"


def resize(
    files: List[Path] = typer.Argument(..., help="Pictures", exists=True),
    width: int = typer.Option(800, "--width", "-w", help="Pixels"),
    height: int = typer.Option(600, "--height", "-h", help="Pixels"),
    mode: Mode = typer.Option(Mode.fit, case_sensitive=False, help="How to make it fit"),
    out: Path = typer.Option(Path("out"), "--out", "-o", help="Folder for the results"),
    overwrite: bool = typer.Option(False, "--overwrite", help="Replace what is there"),
):
    """Resize FILES into another folder."""
    for file in files:
        typer.echo(f"{file} -> {out / file.name} {width}x{height} {mode.value} {overwrite}")


if __name__ == "__main__":
    typer.run(resize)
