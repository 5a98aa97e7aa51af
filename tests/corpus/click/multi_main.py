import click


@click.group()
def first():
    """The first."""


@click.group()
def second():
    """The second."""


@first.command()
@click.option("--a")
def one(a):
    pass


@second.command()
@click.option("--b", type=bool)
def two(b):
    pass


cli = click.CommandCollection(sources=[first, second])

if __name__ == "__main__":
    first()
