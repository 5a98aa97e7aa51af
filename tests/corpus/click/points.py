import click


@click.command()
@click.option("--pos", nargs=2, type=float, default=(0.0, 0.0))
@click.option("--box", type=click.Tuple([int, int, int, int]))
@click.option("--item", type=(str, int), multiple=True, default=[("a", 1)])
@click.argument("path", nargs=3)
def plot(pos, box, item, path):
    """Plot."""


if __name__ == "__main__":
    plot()
