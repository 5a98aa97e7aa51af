"""Draw a random sample of lines."""
import random
import sys
import typer


def sample(size: int, seed: int = None, replace=False, weight=1.5, name="lines"):
    """Print SIZE lines of standard input."""
    random.seed(seed)
    print(*random.sample(sys.stdin.readlines(), size))


typer.run(sample)
