import click
@click.group("tool", context_settings=dict(max_content_width=100))
@click.option("--a", "-a", "alpha", type=click.Choice(["x"]), multiple=True, required=True, help=("One " "two"))
@click.option("--n", type=int, default="3")
@click.option("--f", type=float, default=None, required=False, show_default=False)
@click.option("-q/-Q", "quiet", default=True)
@click.option("--flag/--no-flag", is_flag=True, default=False, required=True)
@click.option("--mode", flag_value=3, type=int)
@click.option("-vv", "--very", is_flag=True, multiple=True)
@click.option("--empty", default="")
@click.option("--lst", multiple=True, default=[])
@click.option("--d", default=0.0)
@click.option("--b", default=False)
@click.option("--bt", type=bool, default=True)
@click.option("--tup", default=(1, 2), nargs=2)
def cli(**kw):
    """First line
    second line.

    Para two.
    """
@cli.command("do-it", help="")
@click.argument("a", nargs=2, default=(1, 2), type=int)
@click.argument("b", required=False, nargs=-1)
@click.argument("c", type=click.Path(), required=True, default=None)
def do(a, b, c): "Doc."
@cli.command(no_args_is_help=True, short_help="s")
@click.argument("filename", metavar="FILE", envvar="X", nargs=1)
@click.option("--long-name-here", "-l", "-L")
@click.option("-x", "--x-long", "--xx")
@click.option("-o")
def other_command(**kw): pass
if __name__ == "__main__": cli()
