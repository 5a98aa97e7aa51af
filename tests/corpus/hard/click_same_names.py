import click
opt = click.option
@click.group()
def cli(): ...
@cli.command()
@opt("--x")
def one(x): ...
two = click.command("two")(lambda: None)
cli.add_command(two)
@cli.group()
def grp(): ...
@grp.command()
def one(): ...
if __name__ == "__main__": cli()
