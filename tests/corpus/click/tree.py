import click
import os


@click.command()
@click.argument("root", default=os.curdir, type=click.Path(exists=True, file_okay=False))
@click.option("-L", "--level", "max_depth", type=int, help="Max depth")
@click.option("-a", "show_hidden", is_flag=True)
@click.option("-I", "ignore", multiple=True, metavar="PATTERN")
@click.option("--du", is_flag=True, help="Sizes")
def tree(root, max_depth, show_hidden, ignore, du):
    """List a folder as a tree."""


if __name__ == "__main__":
    tree()
