import sys


def main(argv=None):
    """Reads the words itself."""
    print(argv or sys.argv)
