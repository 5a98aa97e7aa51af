import argparse

pre = argparse.ArgumentParser(add_help=False)
pre.add_argument("--config")
known, rest = pre.parse_known_args()
parser = argparse.ArgumentParser(description="Two phases", parents=[pre])
parser.add_argument("--level", type=int)
args = parser.parse_args(rest)
