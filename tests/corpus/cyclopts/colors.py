import enum
from cyclopts import App


class Color(enum.Enum):
    LIGHT_RED = "#f88"
    GREEN = "#0f0"


app = App(version="1.2.3")


@app.default
def paint(shape: str, color: Color = Color.LIGHT_RED, layers: list[int] | None = None, opacity: float = 0.5):
    """Paint SHAPE."""


if __name__ == "__main__":
    app()
