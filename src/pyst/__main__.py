"""The entry: the hot path first, then the command line."""

import sys


def main() -> int:
    """Run pyst with the words of `sys.argv`; returns the exit code."""
    sys.dont_write_bytecode = False  # a variable meant for the user's scripts must not make every start of pyst slow
    from pyst import hotpath

    code = hotpath.replay(sys.argv[1:])
    return full() if code is None else code


def full() -> int:
    """What the hot path can't do alone: stay while a plan is executed, or the full path (parse, plan, execute)."""
    leave_foreign_folders()  # the hot path imports nothing that could lie elsewhere
    from pyst import hotpath

    if hotpath.stays:
        from pyst.staying import stay

        code = stay(*hotpath.stays[0], sys.argv[1:])
        if code is not None:
            return code
    from pyst.cli.main import main as command_line

    return command_line(sys.argv[1:])


def leave_foreign_folders() -> None:
    """Import from pyst's own installation alone: not from the current folder, nor from where PYTHONPATH points.

    A cloned repository may hold a `json.py`. The variable stays as it is for the scripts, whose business it is.
    """
    if not sys.flags.safe_path and sys.path:
        del sys.path[0]  # the folder of the launcher, or with `python -m pyst` the current one
    if not sys.flags.ignore_environment:
        import os

        if told := os.environ.get("PYTHONPATH"):
            foreign = {os.path.abspath(each) for each in told.split(os.pathsep)}
            sys.path[:] = [each for each in sys.path if each not in foreign]


if __name__ == "__main__":
    sys.exit(main())
