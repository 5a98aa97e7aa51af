"""The entry: the hot path first, then the command line."""

import sys


def main() -> int:
    """Run pyst with the words of `sys.argv`; returns the exit code."""
    sys.dont_write_bytecode = False  # a variable meant for the user's scripts must not make every start of pyst slow
    from pyst import hotpath

    code = hotpath.replay(sys.argv[1:])
    return full() if code is None else code


def full() -> int:
    """The full path: parse, plan, execute."""
    from pyst.cli.main import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    if sys.path and not sys.flags.safe_path:
        del sys.path[0]  # `python -m pyst` puts the current folder first: what lies there is not ours to import
    sys.exit(main())
