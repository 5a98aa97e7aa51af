import argparse


def hello(ns):
    print("hello", ns.name)


COMMANDS = {"hello": hello}

parser = argparse.ArgumentParser(description="Commands from a table")
sub = parser.add_subparsers()
for name, function in COMMANDS.items():
    each = sub.add_parser(name)
    each.add_argument("name")
ns = parser.parse_args()
