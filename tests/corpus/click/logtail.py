import click


@click.command
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("-n", "--lines", default=10, type=int)
@click.option("-v", "--verbose", count=True, help="Repeat for more.")
@click.option("--level", type=click.Choice(("debug", "info", "error")), multiple=True)
@click.option("--since", type=click.DateTime(formats=["%Y-%m-%d"]))
def tail(files, lines, verbose, level, since):
    pass


if __name__ == "__main__":
    tail()
