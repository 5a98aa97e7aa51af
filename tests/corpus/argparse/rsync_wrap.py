import argparse
import subprocess


def parse_arguments(args=None):
    parser = argparse.ArgumentParser(description="rsync with fewer surprises")
    parser.add_argument("source")
    parser.add_argument("destination")
    parser.add_argument("--bwlimit", type=int, help="KiB per second")
    parser.add_argument("--checksum", "-c", action="store_true")
    flags = parser.add_argument_group(title="dangerous", description="think first")
    flags.add_argument("--delete", action="store_true")
    return parser.parse_known_args(args)


def main():
    known, rest = parse_arguments()
    subprocess.run(["rsync", known.source, known.destination, *rest])


if __name__ == "__main__":
    main()
