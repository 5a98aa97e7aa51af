import fire


class Calculator:
    """A simple calculator."""

    def add(self, x, y):
        """Sum of x and y."""
        return x + y

    def multiply(self, x, y=2, *more):
        """Product."""
        return x * y

    def _internal(self):
        pass

    @property
    def version(self):
        return "1"

    @staticmethod
    def pi(digits=2):
        """Pi."""
        return 3.14


if __name__ == "__main__":
    fire.Fire(Calculator)
