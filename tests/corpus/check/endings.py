"""End in ways that say nothing true."""

import os
import sys


def work() -> None:
    """Work."""
    try:
        os.getcwd()
    except:  # expect: C204 warning
        pass
    try:
        os.getcwd()
    except BaseException:
        raise SystemExit(3)
    if os.sep == "x":
        exit(1)  # expect: C203 warning
    if os.sep == "y":
        sys.exit(256)  # expect: C209 warning
    if os.sep == "z":
        raise SystemExit(-1)  # expect: C209 info
    sys.exit("a text is fine")


if __name__ == "__main__":
    try:
        work()
    except Exception as error:  # expect: C205 warning
        print(error)
