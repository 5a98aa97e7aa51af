import argparse
from enum import Enum
from pathlib import Path


class Case(Enum):
    LOWER = "lower"
    UPPER = "upper"

    def __str__(self):
        return self.value


def get_parser():
    parser = argparse.ArgumentParser(description="Rename files", epilog="Be careful.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--case", type=Case, choices=list(Case), default=Case.LOWER)
    parser.add_argument("--start", type=int, default=1, choices=range(1, 5))
    parser.add_argument("--prefix", default="")
    parser.add_argument("--dry-run", "-n", action="store_true", help="say what would be done")
    return parser


if __name__ == "__main__":
    arguments = get_parser().parse_args()
    print(arguments)
