import enum


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def main(color: Color, level: Level = Level.LOW, others: list[Color] = [Color.RED]):
    """Show a colour."""
