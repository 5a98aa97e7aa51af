import click

CURRENCIES = {"eur": 1.0, "usd": 1.1, "chf": 0.95}


@click.command()
@click.argument("amount", type=float)
@click.argument("source", type=click.Choice(list(CURRENCIES)))
@click.argument("target", type=click.Choice(CURRENCIES.keys()), default="eur")
@click.option("--round", "digits", default=2, help=f"Digits, for all of {len(CURRENCIES)} currencies")
def convert(amount, source, target, digits):
    """Convert money."""


if __name__ == "__main__":
    convert()
