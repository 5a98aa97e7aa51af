import argparse
def common():
    c = argparse.ArgumentParser(add_help=False)
    c.add_argument("--c", default=1)
    return c
parent = common()
p = argparse.ArgumentParser(parents=[parent, common2] if False else [parent])
sp = p.add_subparsers()
a = sp.add_parser("a", parents=[parent], add_help=False)
a.set_defaults(c=5)
p.parse_args()
