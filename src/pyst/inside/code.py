"""Run code that is no script file: `pyst run -c CODE`, `-` (stdin), `--base64`, and top-level `await`.

    code.py [--async] [--delete] FILE ARGV0 [ARGS…]    the code in FILE; ARGV0 is `-c` or `-`
    code.py [--async] --text CODE ARGV0 [ARGS…]        the code itself
    code.py [--alone] [--async] [--call] --script SCRIPT [ARGS…]
                                                       a script file, as `python SCRIPT ARGS…` would

`--call` calls its `main` then, as `call.py` does. `--alone` is the `-P` of Python 3.11, for those before it.

`--async` allows `await` at the top level. `--delete` removes FILE once it is read. `_main` does the work; this
file is compiled at every start and so is kept small.
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
    # What stays below the code on the stack must not pass for the code: warnings look at this name.
    __name__ = "pyst.inside.code"
    words = sys.argv[1:]
    switches = set()
    while words[:1] and words[0] in ("--alone", "--async", "--call", "--delete", "--text", "--script"):
        switches.add(words.pop(0))
    main = load("_main")
    if "--script" in switches and words:
        how = {"call": "--call" in switches, "wait": "--async" in switches, "alone": "--alone" in switches}
        main.run_file(NAMES, words, **how)  # type: ignore[attr-defined]
    elif len(words) > 1:
        main.run_code(NAMES, words[0], words[1:], switches)  # type: ignore[attr-defined]
    else:
        sys.exit("usage: code.py [--async] (FILE ARGV0 | --text CODE ARGV0 | --script PATH) [ARGS...]")
