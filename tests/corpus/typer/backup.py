#!/usr/bin/env python3
"""Back up folders to a dated archive."""

import shutil
from pathlib import Path
from typing import Optional

import typer

app = typer.Typer(help=__doc__)
HOME_DIR = Path("/srv") / "backups"


@app.command()
def create(
    source: Path = typer.Argument(..., exists=True, file_okay=False, resolve_path=True),
    target: Path = typer.Option(HOME_DIR, "--target"),
    compression: str = typer.Option("gz", "--compression", "-z", help="gz, bz2 or xz"),
    exclude: Optional[list[str]] = typer.Option(None, "--exclude", "-x", help="Glob to leave out"),
    keep: int = typer.Option(7, help="How many archives to keep"),
):
    """Make an archive of SOURCE."""
    shutil.make_archive(str(target), f"{compression}tar", source)


@app.command()
def restore(archive: Path, into: Path = Path("."), check: bool = True):
    """Unpack an archive."""


@app.command()
def prune(keep: int = 7, dry_run: bool = typer.Option(False, "--dry-run", "-n", help="Only say what would go")):
    """Remove old archives."""


if __name__ == "__main__":
    app()
