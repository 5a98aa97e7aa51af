import decimal
import uuid
from pathlib import Path
from cyclopts import App

app = App(help="Types of all kinds.")


@app.default
def show(
    amount: decimal.Decimal,
    id: uuid.UUID | None = None,
    data: bytes = b"",
    ratio: int | float = 1,
    paths: list[Path] = [],
    flag: bool = True,
    untyped=3,
):
    """Show what was given."""


if __name__ == "__main__":
    app()
