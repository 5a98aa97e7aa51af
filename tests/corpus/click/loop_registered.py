import click


@click.group()
def cli():
    pass


@click.command()
@click.option("--x", default=1)
def alpha(x):
    pass


@click.command()
def beta():
    pass


for each in (alpha, beta):
    cli.add_command(each)

if __name__ == "__main__":
    cli()
