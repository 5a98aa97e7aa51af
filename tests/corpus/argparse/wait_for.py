import argparse
import textwrap

EXAMPLES = """
examples:
  wait_for db:5432
"""
DEFAULT_TIMEOUT = 15


def main(argv: list[str] | None = None) -> int:
    ap = argparse.ArgumentParser(
        description="Wait until a port answers.",
        epilog=textwrap.dedent(EXAMPLES),
        allow_abbrev=False,
    )
    ap.add_argument("target", help="HOST:PORT", nargs="+")
    ap.add_argument("--timeout", "-t", type=float, default=DEFAULT_TIMEOUT, help=f"seconds, {DEFAULT_TIMEOUT} if not given")
    ap.add_argument("--interval", "-i", type=float, default=0.25)
    ap.add_argument("--strict", action="store_true", help="don't run COMMAND after a timeout")
    ap.add_argument("--command", nargs=argparse.REMAINDER, help="then run this")
    ns = ap.parse_args(argv)
    return int(ns.strict)


if __name__ == "__main__":
    raise SystemExit(main())
