import argparse as ap

STYLES = {"line": "-", "dots": "o", "bars": "|"}

cli = ap.ArgumentParser(description="Plot numbers.", usage="%(prog)s [options] FILE")
cli.add_argument("file", metavar="FILE")
cli.add_argument("--style", choices=STYLES, default="line")
cli.add_argument("--keys", choices=list(STYLES.keys()), nargs="*")
cli.add_argument("--title", "-T", default="Plot of " + "numbers")
cli.add_argument("--size", nargs=2, type=int, default=(800, 600), metavar=("W", "H"), help="pixels")
cli.add_argument("--log", choices=["x", "y", "xy"], nargs="?", const="xy")

if __name__ == "__main__":
    with open(cli.parse_args().file) as f:
        print(f.read())
