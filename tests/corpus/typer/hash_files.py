"""Hash files."""
import hashlib
from pathlib import Path
from typing import Annotated
import typer


def main(
    paths: Annotated[list[Path], typer.Argument(exists=True)],
    algorithm: Annotated[str, typer.Option("--algorithm", "-a", metavar="NAME")] = "sha256",
    check: Annotated[Path | None, typer.Option(help="Compare with the sums in this file")] = None,
):
    """Print the hash of each of PATHS."""


if __name__ == "__main__":
    typer.run(main)
