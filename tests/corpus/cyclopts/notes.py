from typing import Literal
from cyclopts import App

app = App()
KINDS = ("idea", "todo")


@app.command(help="Add a note.")
def add(text: str, *, kind: Literal["idea", "todo"] = KINDS[0], pinned: bool | None = None, tags: set[str] = frozenset()):
    """Not shown."""


@app.command
def export(format: str = "md", *, with_meta: bool = True, year: Literal[2024, 2025] = 2025):
    """
    Export notes.

    To standard output.
    """


if __name__ == "__main__":
    app()
