"""Find files with the same content."""
import argparse
import sys
from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dedupe", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roots", nargs="*", type=Path, default=[Path(".")], help="folders to look in")
    parser.add_argument("-m", "--min-size", type=int, default=1, metavar="BYTES", help="skip smaller files (default: %(default)s)")
    parser.add_argument("-f", "--follow-links", action="store_true")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--delete", action="store_true", help="delete all but the first")
    group.add_argument("--link", action="store_true", help="replace by hard links")
    parser.add_argument("--exclude", action="append", default=[], help="glob; may be repeated")
    return parser


def main(argv=None) -> int:
    args = build_parser().parse_args(argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
