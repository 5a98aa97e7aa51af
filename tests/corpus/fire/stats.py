import math
import fire

DEFAULT_BINS = 10


class Stats(object):
    """Figures of numbers."""

    def mean(self, *numbers: float) -> float:
        """Mean."""

    def histogram(self, numbers, bins=DEFAULT_BINS, scale=math.e, log=not True):
        """Histogram."""


if __name__ == "__main__":
    fire.Fire(component=Stats, name="stats")
