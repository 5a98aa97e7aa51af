import click


@click.command()
@click.option("-r", "--rounds", type=int, default=10**3, help="Rounds")
@click.option("--warmup", type=int, default=-1)
@click.option("--fn", "functions", type=click.Choice(["a", "b"]), multiple=True, default=["a"])
@click.option("--json", "json_", is_flag=True)
@click.option("--compare/--no-compare", is_flag=True, default=True)
@click.argument("module", type=click.STRING, metavar="MODULE[:FUNCTION]")
def bench(**kw):
    """Time functions of MODULE."""


bench()
