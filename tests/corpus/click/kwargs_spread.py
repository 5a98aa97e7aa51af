import click

BASE = dict(show_default=True, help="A number")
EXTRA = {"type": int, "default": 3}


@click.command()
@click.option("--n", **BASE, **EXTRA)
@click.option("--m", required=True, **BASE)
def spread(n, m):
    """Arguments from dicts."""


if __name__ == "__main__":
    spread()
