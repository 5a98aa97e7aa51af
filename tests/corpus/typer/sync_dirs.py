import sys
from pathlib import Path
import typer

app = typer.Typer()

if sys.platform == "win32":
    DEFAULT = "C:/sync"
else:
    DEFAULT = "/srv/sync"


@app.command()
def sync(left: Path, right: Path = Path(DEFAULT), delete: bool = False, jobs: int = 1 << 2, ratio: float = 3 / 4):
    """Keep two folders equal."""


if __name__ == "__main__":
    app()
