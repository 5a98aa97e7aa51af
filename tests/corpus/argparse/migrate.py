import argparse
import sys


def _add_common(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--dsn", default="sqlite://", help="database")
    parser.add_argument("--schema")
    return parser


def _parser():
    parser = argparse.ArgumentParser(description="Migrate a database")
    subs = parser.add_subparsers(dest="what", required=True)
    up = _add_common(subs.add_parser("up", help="apply"))
    up.add_argument("--to", type=int)
    _add_common(subs.add_parser("status", help="what is applied"))
    return parser


def run(argv):
    options = _parser().parse_args(argv)
    return 0 if options else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
