import sys
import click


@click.command()
@click.option("--upper", "transformation", flag_value="upper", default=True)
@click.option("--lower", "transformation", flag_value="lower")
@click.argument("text")
def info(transformation, text):
    """Change the case of TEXT."""
    click.echo(getattr(text, transformation)())


if __name__ == "__main__":
    sys.exit(info())
