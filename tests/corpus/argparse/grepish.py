import argparse
import re
import sys


def parse(argv):
    ap = argparse.ArgumentParser(description="Search lines.", add_help=True)
    ap.add_argument("pattern", type=re.compile)
    ap.add_argument("files", nargs="*", default=["-"])
    ap.add_argument("-i", action="store_const", const=re.I, default=0, dest="flags")
    ap.add_argument("-A", type=int, default=0, metavar="NUM", help="lines after")
    ap.add_argument("-c", "--count", action="store_true")
    ap.add_argument("--color", choices=["always", "never", "auto"], default="auto", nargs="?", const="always")
    return ap.parse_args(argv)


def main():
    args = parse(sys.argv[1:])
    return 0


if __name__ == "__main__":
    main()
