import click

OPTIONS = [click.Option(["--x"], type=int), click.Argument(["y"])]


@click.command(params=OPTIONS)
def run(x, y):
    """Parameters as a list."""


if __name__ == "__main__":
    run()
