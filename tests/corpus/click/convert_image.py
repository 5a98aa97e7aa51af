import click

FORMATS = ["png", "jpeg", "webp"]


@click.command(context_settings={"show_default": True})
@click.argument("source", type=click.File("rb"))
@click.argument("target", type=click.File("wb"), default="-")
@click.option("-f", "--format", "fmt", type=click.Choice(FORMATS, case_sensitive=False), default="png")
@click.option("-q", "--quality", type=click.IntRange(1, 100), default=85, help="1 is worst")
@click.option("--size", type=(int, int), default=(640, 480), help="Width and height")
@click.option("--strip/--keep", " /-k", default=True, help="Metadata")
def main(source, target, fmt, quality, size, strip):
    """Convert SOURCE to another format."""


if __name__ == "__main__":
    main()
