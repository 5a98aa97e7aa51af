import click
import json
import sys


@click.command()
@click.version_option("2.1", "--version", "-V", prog_name="jsonfmt", message="%(version)s")
@click.option("--indent", default=2, type=click.IntRange(0, 8), show_default="two")
@click.option("--sort-keys/--keep-order", "-s/-S", help="Order of keys")
@click.option("--ascii", "ensure_ascii", is_flag=True, help="Escape what is not ASCII")
@click.option("--in-place", "-i", is_flag=True)
@click.argument("files", nargs=-1, type=click.Path(exists=True, allow_dash=True))
def format_json(indent, sort_keys, ensure_ascii, in_place, files):
    """Format JSON files."""


if __name__ == "__main__":
    sys.exit(format_json(standalone_mode=False))
