from pathlib import Path
from typing import Annotated, Literal, Optional

from cyclopts import App, Parameter

app = App(name="files", help="Work with files.")


@app.command
def copy(src: Path, dst: Path, *, overwrite: Annotated[bool, Parameter(name=["--overwrite", "-o"], help="Replace what is there")] = False):
    """Copy a file.

    Args:
        src: What to copy.
        dst: Where to.
    """


@app.command(name="ls")
def list_files(root: Path = Path("."), sort: Literal["name", "size", "time"] = "name", limit: Optional[int] = None):
    """List files."""


@app.command
def remove_all(*paths: Path, dry_run: bool = True):
    """Remove PATHS."""


if __name__ == "__main__":
    app()
