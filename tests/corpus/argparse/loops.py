import argparse

parser = argparse.ArgumentParser(description="Arguments from a loop")
for name in ("alpha", "beta"):
    parser.add_argument(f"--{name}", type=float)
sub = parser.add_subparsers()
one = sub.add_parser("one")
two = sub.add_parser("two")
for each in (one, two):
    each.add_argument("--shared")
args = parser.parse_args()
