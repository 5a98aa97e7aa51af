import argparse

parser = argparse.ArgumentParser(description="Grüße in vielen Sprachen — 日本語")
parser.add_argument("--größe", type=int, default=3, help="wie groß ✓")
parser.add_argument("name", help="\u2603 snowman\tand tab")
args = parser.parse_args()
