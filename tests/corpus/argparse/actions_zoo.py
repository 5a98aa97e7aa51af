import argparse


class Upper(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values.upper())


parser = argparse.ArgumentParser()
parser.add_argument("--append-const", dest="types", action="append_const", const=str, help="add str")
parser.add_argument("--extend", action="extend", nargs="+", type=str)
parser.add_argument("--true", action="store_true", default=None)
parser.add_argument("--const", action="store_const", const=42)
parser.add_argument("-x", "--no-x", action="store_false", dest="x")
parser.add_argument("--pair", nargs=2, metavar=("A", "B"), type=float)
parser.add_argument("--one", nargs=1)
parser.add_argument("--rest", nargs=argparse.REMAINDER)
parser.add_argument("--hidden", help=argparse.SUPPRESS)
parser.add_argument("--absent", default=argparse.SUPPRESS, help="only there if given")
parser.add_argument("--kind", type=lambda s: s.split(","), default="a,b")
parser.parse_args()
