"""Set up a checkout and use it: `python3 dev.py try` shows and runs examples, `python3 dev.py test` runs every check.

Needs Python 3.11 or later and git, nothing else. Everything is installed into `.venv` beside this file.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
BIN = HOME / ("Scripts" if os.name == "nt" else "bin")

TOUR = (
    ["list"],
    ["info", "word-count"],
    ["run", "word-count", "README.md", "--top", "5"],
    ["run", "table", "examples/data/people.csv", "--sort", "born"],
)


def run(*words: str) -> None:
    """Run a program and end with its exit code if it fails."""
    code = subprocess.run(words, cwd=ROOT).returncode
    if code:
        sys.exit(code)


def set_up(*packages: str) -> None:
    """Make `.venv` if there is none, and bring what is named into it."""
    if not (BIN / "python").exists():
        venv.create(HOME, with_pip=True)
    run(str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)


def main() -> None:
    """Do what the first word says."""
    what, *rest = sys.argv[1:] or ["help"]
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        sys.exit("pyst needs Python 3.11 or later")
    if what == "try":
        set_up(str(ROOT))
        for words in [["run", *rest]] if rest else TOUR:
            print(f"\n$ pyst {' '.join(words)}", flush=True)
            run(str(BIN / "pyst"), *words)
    elif what == "test":
        set_up("nox[uv]>=2025.2")
        run(str(BIN / "python"), "-m", "nox", "--no-error-on-missing-interpreters", *rest)
    else:
        sys.exit("usage: python3 dev.py try|test [WORDS…]")


main()
