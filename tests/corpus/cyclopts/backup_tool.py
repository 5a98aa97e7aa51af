"""Backups."""
from pathlib import Path
from typing import Annotated
import cyclopts
from cyclopts import Group, Parameter

app = cyclopts.App(name="backup", help=__doc__)
auth = Group("Authentication")


@app.command
def push(source: Path, /, target: str = "s3://bucket", *, key: Annotated[str, Parameter(group=auth, env_var="KEY")], jobs: int = 4, exclude: Annotated[list[str] | None, Parameter(name="--exclude", help="Globs to leave out.")] = None):
    """Send SOURCE away.

    Parameters
    ----------
    source: Path
        A folder.
    target
        Bucket,
        with prefix.
    """


@app.command
def pull(source: str, into: Path = Path("restored")):
    """Get it back."""


if __name__ == "__main__":
    app()
