"""Sum a column."""
import csv
import sys
from typing import Iterable


def main(column: str, files: Iterable[str] = (), delimiter: str = ",", skip_bad: bool = False) -> float:
    total = 0.0
    return total
