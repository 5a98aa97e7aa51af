"""Return an exit code, and drop it."""


def main() -> int:
    """Return a code."""
    return 3


if __name__ == "__main__":
    main()  # expect: C208 warning
