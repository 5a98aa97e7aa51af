import click


@click.command()
@click.option("--on/--off", default=None)
@click.option("+a/-a", "plus", default=False)
@click.option("/debug;/no-debug", "debugging")
@click.option("--shout", is_flag=True)
@click.option("--level", is_flag=False, flag_value="all", default="some", help="Optional value")
@click.option("--x-axis", "-x", type=click.UNPROCESSED)
@click.option("--tags", type=str, required=True)
@click.option("--secret", hidden=True)
def flags(**kwargs):
    """Flags of all kinds."""


if __name__ == "__main__":
    flags()
