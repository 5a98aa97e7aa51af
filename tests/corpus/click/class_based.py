import click


class Tool:
    @staticmethod
    @click.command()
    @click.option("--x")
    def run(x):
        """Inside a class."""


@click.command()
@click.argument("n", type=int)
def square(n):
    """The square of N."""


if __name__ == "__main__":
    square()
