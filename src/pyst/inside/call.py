"""Run a script as `python SCRIPT ARGS…` would, then call its `def main(...)` with the typed command line.

Started as `python call.py SCRIPT [ARGS…]`. This file is compiled at every start (Python keeps no bytecode of the
file that it starts), so it holds only the first step: `_main` has the rest, and its bytecode is kept.
"""

NAMES = tuple(globals())  # what this Python puts into a fresh `__main__`

import os  # noqa: E402
import sys  # noqa: E402


def load(name: str) -> "object":
    """Load the module `name` beside this file, as `load` of `_main` does."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    loader = type(globals()["__loader__"])(name, path)
    module = type(sys)(name)
    module.__file__ = path
    module.__loader__ = loader
    module.__dict__["load"] = load
    unkept, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        code = loader.get_code(name)
    finally:
        sys.dont_write_bytecode = unkept
    exec(code, module.__dict__)  # noqa: S102
    return module


if __name__ == "__main__":
    # What stays below the script on the stack must not pass for the script: warnings look at this name.
    __name__ = "pyst.inside.call"
    if sys.argv[1:]:
        load("_main").run_file(NAMES, sys.argv[1:], call=True)  # type: ignore[attr-defined]
    else:
        sys.exit("usage: call.py SCRIPT [ARGS...]")
