import argparse
import multiprocessing


def main():
    with_defaults = argparse.ArgumentParser(description="Make thumbnails", argument_default=argparse.SUPPRESS)
    with_defaults.add_argument("--width", type=int)
    with_defaults.add_argument("images", nargs="+")
    return with_defaults.parse_args()


if __name__ == "__main__":
    main()
