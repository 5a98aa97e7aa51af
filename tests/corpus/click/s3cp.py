import click


@click.command()
@click.argument("source")
@click.argument("destination", required=False, default=None)
@click.option("--recursive", "-r", is_flag=True, help="Folders too")
@click.option("--storage-class", type=click.Choice(["STANDARD", "GLACIER"], case_sensitive=True))
@click.option("--acl", default="private", type=click.Choice(["private", "public-read"]))
@click.option("--part-size", default=8 * 1024 * 1024, help="Bytes")
@click.option("--metadata", "-m", multiple=True, type=(str, str))
@click.option("--no-progress", is_flag=True, default=False)
def cp(source, destination, recursive, storage_class, acl, part_size, metadata, no_progress):
    """Copy objects."""


if __name__ == "__main__":
    cp()
