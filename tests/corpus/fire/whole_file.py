"""All functions of a file."""
import fire
import os


def up(count: int = 1):
    """Go up."""


def down(count: int = 1, fast: bool = False):
    """Go down."""


def _hidden():
    pass


if __name__ == "__main__":
    fire.Fire()
