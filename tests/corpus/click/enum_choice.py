import enum
import click


class Color(enum.Enum):
    RED = "#f00"
    GREEN = "#0f0"


class Size(str, enum.Enum):
    small = "S"
    large = "L"


@click.command()
@click.option("--color", type=click.Choice(Color), default=Color.RED)
@click.option("--size", type=click.Choice([s.value for s in Size]), default=Size.small.value)
@click.option("--finish", type=click.Choice(list(Size.__members__)), help="Names")
def paint(color, size, finish):
    """Paint something."""


if __name__ == "__main__":
    paint()
