import click
def adds(f):
    f = click.option("--late")(f)
    return click.option("--first")(f)
def tricky(f):
    click.option("--hidden-extra")(f)
    return f
@click.command()
@adds
@tricky
@click.option("--y")
def main(**k): ...
main()
