import argparse
import sys
from pathlib import Path as P
def str2bool(v): return v == "y"
def main(argv=sys.argv[1:]):
    parser = argparse.ArgumentParser("prog", None, "Desc here")
    parser.add_argument("-1", "--one", dest="uno", type=int, default="5")
    parser.add_argument("--flag", type=str2bool, nargs="?", const=True, default=False, help="Flag.")
    parser.add_argument("--two-words", "--tw")
    parser.add_argument("pos-arg", nargs=2)
    parser.add_argument("--z", action="append", nargs=2, type=P, default=[])
    parser.add_argument("--cnt", "-c", action="count")
    parser.add_argument("--lst", nargs="*", default=["a"], choices=["a", "b"])
    parser.add_argument("--v", action="version", version="1", help="V")
    g = parser.add_mutually_exclusive_group()
    g2 = g.add_argument_group() if False else g
    g.add_argument("--x", action="store_true", dest="xy")
    g.add_argument("--y", action="store_false", dest="xy")
    sub = parser.add_subparsers(dest="cmd", help="c")
    for n in ["a", "b"]:
        s = sub.add_parser(n, help=f"does {n}")
        s.add_argument("--" + n, default=n * 1)
    x = sub.add_parser("x")
    x.set_defaults(func=main, deep=2)
    x.add_argument("--deep", type=int, default=1)
    args = parser.parse_args(argv)
if __name__ == "__main__":
    main()
