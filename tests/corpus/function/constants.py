import os
from pathlib import Path

BASE = Path("/srv")
LIMIT = 10 * 1024
NAMES = ["a", "b"]


def main(base: Path = BASE / "data", limit: int = LIMIT, names: list[str] = NAMES, home: str = os.getcwd(), label: str = f"limit-{LIMIT}"):
    """Defaults by name."""
