# /// script
# requires-python = ">=3.11"
# dependencies = ["cyclopts>=3"]
# ///
"""Compare two `.env` files: which variables are missing, which differ. Values stay hidden unless asked for."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(help=__doc__)


def read(path: Path) -> dict[str, str]:
    """The variables of an `.env` file."""
    found = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        print(f"error: `{path}` can't be read: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("'\"")
    return found


@app.default
def compare(
    left: Path,
    right: Path,
    *,
    values: Annotated[bool, Parameter(negative=())] = False,
    ignore: Annotated[tuple[str, ...], Parameter(negative=())] = (),
) -> int:
    """Compare two `.env` files. Exit code 0: the same, 1: different, 2: can't be read.

    Parameters
    ----------
    left
        The file to compare.
    right
        The file to compare it with.
    values
        Show the values too. They may be secrets.
    ignore
        Pass over this variable (can be given again).
    """
    before, after = read(left), read(right)
    differs = False
    for name in sorted({*before, *after} - set(ignore)):
        if name not in after:
            line = f"- {name}"
        elif name not in before:
            line = f"+ {name}"
        elif before[name] != after[name]:
            line = f"~ {name}" + (f": {before[name]} → {after[name]}" if values else "")
        else:
            continue
        differs = True
        print(line)
    return int(differs)


if __name__ == "__main__":
    sys.exit(app())
