import argparse
import getpass
from argparse import ArgumentParser, Namespace


def arguments() -> Namespace:
    parser = ArgumentParser(description="""Encrypt and decrypt files.

    Uses a password.""")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("-e", "--encrypt", metavar="FILE")
    mode.add_argument("-d", "--decrypt", metavar="FILE")
    parser.add_argument("-k", "--key", default=getpass.getuser(), help="name of the key")
    parser.add_argument("--armor", "-a", action="store_true", default=False)
    parser.set_defaults(armor=True, extra=1)
    return parser.parse_args()


if __name__ == "__main__":
    print(arguments())
