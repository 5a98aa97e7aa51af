from typing import Annotated
from cyclopts import App, Parameter, validators
from cyclopts.types import ExistingFile, PositiveInt

app = App(help="Sizes.")


@app.command
def crop(image: ExistingFile, width: PositiveInt, height: PositiveInt = 10):
    """Crop an image."""


@app.command
def box(size: tuple[int, int] = (800, 600), *, at: tuple[int, int] | None = None, verbose: Annotated[int, Parameter(alias="-v", count=True)] = 0):
    """Draw a box."""


if __name__ == "__main__":
    app()
