import argparse
import statistics
import sys


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be positive")
    return value


def main():
    parser = argparse.ArgumentParser(description="Figures of numbers")
    parser.add_argument("numbers", type=float, nargs="*")
    parser.add_argument("--digits", type=positive, default=3)
    parser.add_argument("--trim", type=float, default=0.0, help="100%% is all")
    parser.add_argument("what", choices=["mean", "median", "stdev"])
    arguments = vars(parser.parse_args())
    print(getattr(statistics, arguments["what"])(arguments["numbers"]))


if __name__ == "__main__":
    sys.exit(main())
